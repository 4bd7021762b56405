"""Lists that are answered page by page, and searched."""

from collections.abc import Sequence
from typing import Annotated, TypeVar

from pydantic import Field

from .requests import Request
from .words import Limit, Offset

Item = TypeVar("Item")


class Paged(Request):
    """A request for one page of a list."""

    limit: Limit = 50
    offset: Offset = 0

    def page(self, found: Sequence[Item]) -> Sequence[Item]:
        """The part of what was found that is asked for."""
        return found[self.offset : self.offset + self.limit]


class Searched(Paged):
    """A request for one page of what has a text in its name or id."""

    search: Annotated[str, Field(max_length=200)] = Field("", description="Part of the name or the id, in any case.")

    def finds(self, *names: str) -> bool:
        """Whether one of the names has the text in it."""
        text = self.search.casefold()
        return any(text in name.casefold() for name in names)
