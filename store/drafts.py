"""The log of operations: what a draft is, apart from the views of it that are kept in memory.

All stores share this interface; tests/test_store.py is the contract that every one of them passes. Times are whole
milliseconds since 1970.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import orjson

from errors import StoreError

KEY_MILLISECONDS = 24 * 3600 * 1000
"""How long the key of a call is remembered: a day."""
KEY_NAME = 32
"""A key is a name that the caller gave, so many characters long, and then what tells this request from others."""


@dataclass(frozen=True, slots=True)
class Row:
    """One operation that was done."""

    number: int
    """1 for the one that made the draft, then without gaps."""
    name: str
    """Name of the operation."""
    request: bytes
    """The validated request as JSON, defaults left out."""
    at: int = 0
    """When it was done."""
    key: str = ""
    """What its caller named the call by, so that the same call sent again is known; empty: not named."""
    token: str = ""
    """Tells it from any other row of its number, in a log that lost its end say, and went on otherwise."""

    def asked(self) -> dict[str, Any]:
        """The request.

        Raises:
            StoreError: the row is damaged.
        """
        try:
            asked = orjson.loads(self.request)
        except ValueError:
            asked = None
        if not isinstance(asked, dict):
            raise StoreError(f"operation {self.number}, {self.name}, is damaged in the store")
        return asked


@dataclass(frozen=True, slots=True)
class DraftEntry:
    """What the index of drafts says of one."""

    draft_id: str
    incarnation: str
    """Tells it from another draft that had its id before."""
    name: str
    version: int
    """The number of its last row."""
    token: str
    """The token of its last row."""
    bytes: int
    """Length of its requests together."""
    created_at: int
    changed_at: int
    deleted_at: int | None = None
    """When it was deleted; it can be recovered until it is purged."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a named call has done."""

    draft_id: str
    number: int
    """The row it added; 1 if it made the draft."""
    key: str


Sort = Literal["changed_at", "created_at", "deleted_at", "name", "draft_id", "bytes", "version"]
State = Literal["active", "deleted"]


@dataclass(frozen=True, slots=True)
class Listing:
    """Which drafts are asked for, in which order."""

    text: str = ""
    """Part of the id or the name, in any case."""
    state: State | None = "active"
    """None: both."""
    sort: Sort = "changed_at"
    descending: bool = True
    limit: int = 50
    offset: int = 0

    def choose(self, entries: Iterable[DraftEntry]) -> tuple[list[DraftEntry], int]:
        """This page of `entries`, and how many there are on all pages."""
        text = self.text.casefold()
        found = [
            entry
            for entry in entries
            if (self.state is None or (entry.deleted_at is not None) == (self.state == "deleted"))
            and (text in entry.draft_id.casefold() or text in entry.name.casefold())
        ]
        found.sort(key=lambda entry: entry.draft_id)
        found.sort(key=lambda entry: getattr(entry, self.sort) or 0, reverse=self.descending)
        return found[self.offset : self.offset + self.limit], len(found)


class DraftLog(Protocol):
    """Rows of drafts, each draft's in order, and an index of the drafts.

    Raises:
        StoreError: any of these, when the store cannot be read or written. What was to be written is not.
    """

    def create(self, draft_id: str, name: str, rows: Sequence[Row], at: int, key: str = "") -> None:
        """Make a draft of its first rows, all or nothing, for a call of that key; or the last row has the key.

        Raises:
            DraftExistsError: there is one of that id, maybe deleted.
        """

    def append(self, entry: DraftEntry, row: Row) -> None:
        """Add the row that follows on the one `entry` ends with. Once this returns, the row is kept.

        Raises:
            DraftChangedError: the draft does not end with that row any more, or is gone; nothing is changed.
        """

    def entry(self, draft_id: str) -> DraftEntry | None:
        """What the index says of a draft, deleted or not; None when there is none."""

    def read(self, draft_id: str, after: int = 0) -> tuple[DraftEntry, list[Row]] | None:
        """A draft's entry and its rows with numbers above `after`, as they were at one moment; None: there is none."""

    def find(self, name: str, now: int) -> Done | None:
        """What a call whose key begins with `name` has done less than a day before `now`."""

    def mark_deleted(self, draft_id: str, at: int | None) -> None:
        """Note that a draft was deleted, or with None that it is back."""

    def rename(self, entry: DraftEntry, name: str) -> None:
        """Let the index call the draft of that id and incarnation otherwise, if it is still there.

        The log decides what a draft is called; this only lets the index follow.
        """

    def purge(self, entry: DraftEntry) -> bool:
        """Remove a draft and its rows for good, if it is still that one, deleted when `entry` says or not at all."""

    def search(self, listing: Listing) -> tuple[list[DraftEntry], int]:
        """One page of the drafts asked for, and how many there are on all pages."""
