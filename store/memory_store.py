"""A store that lasts as long as the process."""

import secrets
import time
from collections.abc import Sequence
from dataclasses import replace
from threading import Lock

from errors import DraftChangedError, DraftExistsError

from .drafts import KEY_MILLISECONDS, KEY_NAME, Done, DraftEntry, Listing, Row
from .records import Kind


class MemoryStore:
    """See Store."""

    def __init__(self) -> None:
        self._entries: dict[str, DraftEntry] = {}
        self._rows: dict[str, list[Row]] = {}
        self._done: dict[str, tuple[Done, int]] = {}
        self._records: dict[tuple[Kind, str], tuple[bytes, float]] = {}
        self._lock = Lock()

    def create(self, draft_id: str, name: str, rows: Sequence[Row], at: int, key: str = "") -> None:
        """See DraftLog."""
        with self._lock:
            if self._known(draft_id):
                raise DraftExistsError(draft_id)
            size, last = sum(len(row.request) for row in rows), rows[-1]
            incarnation = secrets.token_hex(8)
            self._entries[draft_id] = DraftEntry(
                draft_id, incarnation, name, last.number, last.token, size, created_at=at, changed_at=at
            )
            self._rows[draft_id] = list(rows)
            self._remember(Done(draft_id, 1, key), at)
            self._remember(Done(draft_id, last.number, last.key), at)

    def append(self, entry: DraftEntry, row: Row) -> None:
        """See DraftLog."""
        with self._lock:
            now = self._known(entry.draft_id)
            if now is None or now.deleted_at is not None or row.number != entry.version + 1:
                raise DraftChangedError(entry.draft_id)
            if (now.incarnation, now.version, now.token) != (entry.incarnation, entry.version, entry.token):
                raise DraftChangedError(entry.draft_id)
            self._entries[entry.draft_id] = replace(
                now, version=row.number, token=row.token, bytes=now.bytes + len(row.request), changed_at=row.at
            )
            self._rows[entry.draft_id].append(row)
            self._remember(Done(entry.draft_id, row.number, row.key), row.at)

    def _remember(self, done: Done, at: int) -> None:
        if done.key:
            self._done[done.key[:KEY_NAME]] = (done, at)

    def entry(self, draft_id: str) -> DraftEntry | None:
        """See DraftLog."""
        return self._known(draft_id)

    def _known(self, draft_id: str) -> DraftEntry | None:
        """The entry of a draft; every look at one begins here."""
        return self._entries.get(draft_id)

    def read(self, draft_id: str, after: int = 0) -> tuple[DraftEntry, list[Row]] | None:
        """See DraftLog."""
        with self._lock:
            entry = self._known(draft_id)
            return (entry, self._rows[draft_id][after:]) if entry else None

    def find(self, name: str, now: int) -> Done | None:
        """See DraftLog."""
        done, at = self._done.get(name, (None, 0))
        return done if at > now - KEY_MILLISECONDS else None

    def mark_deleted(self, draft_id: str, at: int | None) -> None:
        """See DraftLog."""
        with self._lock:
            if now := self._known(draft_id):
                self._entries[draft_id] = replace(now, deleted_at=at)

    def rename(self, entry: DraftEntry, name: str) -> None:
        """See DraftLog."""
        with self._lock:
            now = self._known(entry.draft_id)
            if now is not None and now.incarnation == entry.incarnation:
                self._entries[entry.draft_id] = replace(now, name=name)

    def purge(self, entry: DraftEntry) -> bool:
        """See DraftLog."""
        with self._lock:
            now = self._known(entry.draft_id)
            if now is None or (now.incarnation, now.deleted_at) != (entry.incarnation, entry.deleted_at):
                return False
            del self._entries[entry.draft_id], self._rows[entry.draft_id]
            self._done = {name: kept for name, kept in self._done.items() if kept[0].draft_id != entry.draft_id}
            return True

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
            there = self.get(kind, key)
            if there != old and (new is None or there != new):
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
            oldest = round(now * 1000) - KEY_MILLISECONDS
            self._done = {name: kept for name, kept in self._done.items() if kept[1] > oldest}

    def close(self) -> None:
        """See Store."""
