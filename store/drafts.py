"""The log of operations. A draft is its log; everything else about it can be rebuilt.

`DraftLog` is the interface; tests/test_draft_log.py is the contract that every implementation passes.
"""

from dataclasses import dataclass
from threading import Lock
from typing import Protocol

from errors import DraftChangedError


@dataclass(frozen=True, slots=True)
class Row:
    """One operation that was done."""

    number: int
    """1 for the one that made the draft, then without gaps."""
    name: str
    """Name of the operation."""
    request: bytes
    """The validated request as JSON, defaults left out."""


class DraftLog(Protocol):
    """Rows of drafts, each draft's in order."""

    def append(self, draft_id: str, row: Row) -> None:
        """Add the next row. An acknowledged row is kept.

        Raises:
            DraftChangedError: the number is not the next one of the draft; nothing is changed.
            StoreError: the row could not be kept; nothing is changed.
        """

    def rows(self, draft_id: str, after: int = 0) -> list[Row]:
        """The rows with numbers above `after`, in order; none for an unknown draft."""

    def version(self, draft_id: str) -> int:
        """The number of the last row; 0 for an unknown draft."""


class MemoryLog:
    """A log that lasts as long as the process."""

    def __init__(self) -> None:
        self._rows: dict[str, list[Row]] = {}
        self._lock = Lock()

    def append(self, draft_id: str, row: Row) -> None:
        """See DraftLog."""
        with self._lock:
            rows = self._rows.setdefault(draft_id, [])
            if row.number != len(rows) + 1:
                raise DraftChangedError(draft_id)
            rows.append(row)

    def rows(self, draft_id: str, after: int = 0) -> list[Row]:
        """See DraftLog."""
        with self._lock:
            return self._rows.get(draft_id, [])[after:]

    def version(self, draft_id: str) -> int:
        """See DraftLog."""
        with self._lock:
            return len(self._rows.get(draft_id, []))
