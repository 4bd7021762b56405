"""Templates and skeletons that were saved, by id."""

from collections.abc import Callable
from typing import Literal

from .records import Records

_CENTURY = 100 * 365 * 86_400.0


class Templates:
    """Values that are kept until they are deleted; what is in them is the caller's."""

    def __init__(self, records: Records, kind: Literal["template", "skeleton"] = "template") -> None:
        self._records = records
        self._kind: Literal["template", "skeleton"] = kind

    def get(self, template_id: str) -> bytes | None:
        """The template; None when there is none."""
        return self._records.get(self._kind, template_id)

    def put(self, template_id: str, value: bytes, *, replace: bool) -> bool:
        """Keep it; answers False when there is one of that id, which it does not `replace`."""
        if not replace:
            return self._records.swap(self._kind, template_id, None, value, _CENTURY)
        self.change(template_id, lambda _: value)
        return True

    def change(self, template_id: str, change: Callable[[bytes | None], bytes | None]) -> bytes | None:
        """Put what `change` makes of it in its place; None is none. Answers what there was."""
        while True:
            old = self.get(template_id)
            if self._records.swap(self._kind, template_id, old, change(old), _CENTURY):
                return old

    def all(self) -> dict[str, bytes]:
        """Every template by id."""
        return self._records.get_many(self._kind, self._records.keys(self._kind))
