"""A store that lasts as long as the process."""

import secrets
import time
from collections.abc import Sequence
from dataclasses import replace
from threading import Lock

from errors import DraftChangedError, DraftExistsError

from .drafts import KEY_MILLISECONDS, DraftEntry, Listing, Row
from .records import Kind


class MemoryStore:
    """See Store."""

    def __init__(self) -> None:
        self._entries: dict[str, DraftEntry] = {}
        self._rows: dict[str, list[Row]] = {}
        self._done: dict[str, tuple[str, Row]] = {}
        self._records: dict[tuple[Kind, str], tuple[bytes, float]] = {}
        self._lock = Lock()

    def create(self, draft_id: str, name: str, rows: Sequence[Row]) -> None:
        """See DraftLog."""
        with self._lock:
            if draft_id in self._entries:
                raise DraftExistsError(draft_id)
            size, last = sum(len(row.request) for row in rows), rows[-1]
            self._entries[draft_id] = DraftEntry(
                draft_id, secrets.token_hex(8), name, last.number, size, rows[0].at, last.at
            )
            self._rows[draft_id] = list(rows)
            self._remember(draft_id, last)

    def append(self, entry: DraftEntry, row: Row) -> None:
        """See DraftLog."""
        with self._lock:
            now = self._entries.get(entry.draft_id)
            if now is None or now.incarnation != entry.incarnation or now.deleted_at is not None:
                raise DraftChangedError(entry.draft_id)
            if row.number != now.version + 1:
                raise DraftChangedError(entry.draft_id)
            self._entries[entry.draft_id] = replace(
                now, version=row.number, bytes=now.bytes + len(row.request), changed_at=row.at
            )
            self._rows[entry.draft_id].append(row)
            self._remember(entry.draft_id, row)

    def _remember(self, draft_id: str, row: Row) -> None:
        if row.key:
            self._done[row.key] = (draft_id, row)

    def entry(self, draft_id: str) -> DraftEntry | None:
        """See DraftLog."""
        return self._entries.get(draft_id)

    def rows(self, draft_id: str, after: int = 0) -> list[Row]:
        """See DraftLog."""
        with self._lock:
            return self._rows.get(draft_id, [])[after:]

    def find(self, key: str, now: int) -> tuple[str, int] | None:
        """See DraftLog."""
        draft_id, row = self._done.get(key, ("", None))
        if row is None or row.at <= now - KEY_MILLISECONDS:
            return None
        return draft_id, row.number

    def mark_deleted(self, draft_id: str, at: int | None) -> None:
        """See DraftLog."""
        with self._lock:
            if draft_id in self._entries:
                self._entries[draft_id] = replace(self._entries[draft_id], deleted_at=at)

    def rename(self, entry: DraftEntry, name: str) -> None:
        """See DraftLog."""
        with self._lock:
            now = self._entries.get(entry.draft_id)
            if now is not None and now.incarnation == entry.incarnation:
                self._entries[entry.draft_id] = replace(now, name=name)

    def purge(self, draft_id: str) -> None:
        """See DraftLog."""
        with self._lock:
            self._entries.pop(draft_id, None)
            self._rows.pop(draft_id, None)
            self._done = {key: done for key, done in self._done.items() if done[0] != draft_id}

    def search(self, listing: Listing) -> tuple[list[DraftEntry], int]:
        """See DraftLog."""
        with self._lock:
            entries = list(self._entries.values())
        return listing.choose(entries)

    def get(self, kind: Kind, key: str) -> bytes | None:
        """See Records."""
        value, until = self._records.get((kind, key), (None, 0.0))
        return value if until > time.time() else None

    def get_many(self, kind: Kind, keys: list[str]) -> dict[str, bytes]:
        """See Records."""
        return {key: value for key in keys if (value := self.get(kind, key)) is not None}

    def put(self, kind: Kind, key: str, value: bytes, seconds: float) -> None:
        """See Records."""
        with self._lock:
            self._records[kind, key] = (value, time.time() + seconds)

    def swap(self, kind: Kind, key: str, old: bytes | None, new: bytes | None, seconds: float = 0) -> bool:
        """See Records."""
        with self._lock:
            if self.get(kind, key) != old:
                return False
            if new is None:
                self._records.pop((kind, key), None)
            else:
                self._records[kind, key] = (new, time.time() + seconds)
            return True

    def keys(self, kind: Kind) -> list[str]:
        """See Records."""
        with self._lock:
            return [key for (of, key) in self._records if of == kind and self.get(kind, key) is not None]

    def sweep(self) -> None:
        """See Records."""
        now = time.time()
        with self._lock:
            self._records = {name: kept for name, kept in self._records.items() if kept[1] > now}

    def close(self) -> None:
        """See Store."""
