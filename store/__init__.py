"""What outlives a request: drafts as logs of operations, records, saved folders."""

from typing import Protocol

from .drafts import DraftLog
from .records import Records


class Store(DraftLog, Records, Protocol):
    """Everything that is kept, in one place: memory, a file of SQLite, or a Redis server."""

    def close(self) -> None:
        """Let go of connections."""
