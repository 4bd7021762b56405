"""The store in one SQLite file, shared by all processes of a machine.

What is written is committed before the call returns. WAL: readers do not wait for writers. With `synchronous` NORMAL it
survives the end of the process at any moment; with FULL a loss of power too, at a disk flush for each edit.
"""

import os
import secrets
import sqlite3
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any, Literal

from errors import DraftChangedError, DraftExistsError, StoreError

from .drafts import KEY_MILLISECONDS, Done, DraftEntry, Listing, Row
from .records import Kind

Durability = Literal["normal", "full"]

_UPGRADES: tuple[tuple[str, ...], ...] = (
    (
        """
        CREATE TABLE operations (
            draft_id TEXT NOT NULL,
            number INTEGER NOT NULL,
            name TEXT NOT NULL,
            request BLOB NOT NULL,
            at INTEGER NOT NULL DEFAULT (strftime('%s', 'now')),
            PRIMARY KEY (draft_id, number)
        ) WITHOUT ROWID
        """,
    ),
    (
        "UPDATE operations SET at = at * 1000",
        "ALTER TABLE operations ADD COLUMN key TEXT",
        "ALTER TABLE operations ADD COLUMN token TEXT NOT NULL DEFAULT ''",
        "CREATE INDEX operations_by_key ON operations (key) WHERE key IS NOT NULL",
        """
        CREATE TABLE drafts (
            draft_id TEXT PRIMARY KEY,
            incarnation TEXT NOT NULL,
            name TEXT NOT NULL,
            version INTEGER NOT NULL,
            token TEXT NOT NULL,
            bytes INTEGER NOT NULL,
            created_at INTEGER NOT NULL,
            changed_at INTEGER NOT NULL,
            deleted_at INTEGER,
            key TEXT
        ) WITHOUT ROWID
        """,
        """
        INSERT INTO drafts
        SELECT draft_id, lower(hex(randomblob(8))),
            coalesce(max(CASE WHEN number = 1 AND json_valid(CAST(request AS TEXT))
                THEN json_extract(CAST(request AS TEXT), '$.name') END), draft_id),
            max(number), '', sum(length(request)), min(at), max(at), NULL, NULL
        FROM operations GROUP BY draft_id
        """,
        "CREATE INDEX drafts_by_key ON drafts (key) WHERE key IS NOT NULL",
        """
        CREATE TABLE records (
            kind TEXT NOT NULL,
            key TEXT NOT NULL,
            value BLOB NOT NULL,
            until REAL NOT NULL,
            PRIMARY KEY (kind, key)
        ) WITHOUT ROWID
        """,
        "CREATE INDEX records_by_end ON records (until)",
    ),
)
"""By version, what makes the next one of it. A released step is never changed; a new form of the file is a new step."""

SCHEMA_VERSION = len(_UPGRADES)
"""What `PRAGMA user_version` says of a file of this form."""

_ENTRY = "SELECT draft_id, incarnation, name, version, token, bytes, created_at, changed_at, deleted_at FROM drafts"
_ROWS = "SELECT number, name, request, at, coalesce(key, ''), token FROM operations WHERE draft_id = ? AND number > ?"
_INSERT = "INSERT INTO operations (draft_id, number, name, request, at, key, token) VALUES (?, ?, ?, ?, ?, ?, ?)"
_ADVANCE = """
UPDATE drafts SET version = ?, token = ?, bytes = bytes + ?, changed_at = ?
WHERE draft_id = ? AND incarnation = ? AND version = ? AND token = ? AND deleted_at IS NULL
"""
_MATCH = """
 WHERE (:text = '' OR instr(fold(draft_id), :text) OR instr(fold(name), :text))
 AND (:deleted IS NULL OR (deleted_at IS NOT NULL) = :deleted)
"""
_FIND = """
SELECT draft_id, number, key FROM operations WHERE key >= :name AND key < :name || '~' AND at > :since
UNION ALL SELECT draft_id, 1, key FROM drafts WHERE key >= :name AND key < :name || '~' AND created_at > :since
"""
_PUT = "INSERT OR REPLACE INTO records (kind, key, value, until) VALUES (?, ?, ?, ?)"
_GET = "SELECT value FROM records WHERE kind = ? AND key = ? AND until > ?"
_BUSY_SECONDS = 5.0
"""How long a write waits for its turn: for the threads of this process and for other processes together."""
_BETWEEN_TRIES = 0.001


class SqliteStore:
    """A store in the file at `path`, made if there is none and brought up to this version's form if it is older.

    Raises:
        StoreError: the file cannot be used: it is no database, of a newer version, or cannot be written.
    """

    def __init__(self, path: Path, durability: Durability = "normal"):
        self._path, self._durability = path, durability
        self._free: deque[sqlite3.Connection] = deque()
        self._writer = Lock()  # SQLite lets one write at a time; its own way of waiting is to sleep and try again
        self._writing_connection: sqlite3.Connection | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.exists() and not os.access(path, os.W_OK):  # SQLite finds out at the first edit only
                raise StoreError("it cannot be written to")
            with self._writing() as connection:
                self._upgrade(connection)
        except (StoreError, OSError) as error:
            raise StoreError(f"the drafts in {path} cannot be used: {error}") from error

    def create(self, draft_id: str, name: str, rows: Sequence[Row], at: int, key: str = "") -> None:
        """See DraftLog."""
        size, last = sum(len(row.request) for row in rows), rows[-1]
        entry = (draft_id, secrets.token_hex(8), name, last.number, last.token, size, at, at, key or None)
        with self._writing() as connection:
            try:
                connection.execute("INSERT INTO drafts VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL, ?)", entry)
            except sqlite3.IntegrityError:
                raise DraftExistsError(draft_id) from None
            connection.executemany(_INSERT, (_values(draft_id, row) for row in rows))

    def append(self, entry: DraftEntry, row: Row) -> None:
        """See DraftLog."""
        place = (entry.draft_id, entry.incarnation, row.number - 1, entry.token)
        with self._writing() as connection:
            change = (row.number, row.token, len(row.request), row.at)
            if row.number != entry.version + 1 or not connection.execute(_ADVANCE, (*change, *place)).rowcount:
                raise DraftChangedError(entry.draft_id)
            connection.execute(_INSERT, _values(entry.draft_id, row))

    def entry(self, draft_id: str) -> DraftEntry | None:
        """See DraftLog."""
        with self._reading() as connection:
            return _entry(connection, draft_id)

    def read(self, draft_id: str, after: int = 0) -> tuple[DraftEntry, list[Row]] | None:
        """See DraftLog."""
        with self._reading() as connection:
            connection.execute("BEGIN")  # both questions about one moment
            try:
                entry = _entry(connection, draft_id)
                found = connection.execute(f"{_ROWS} ORDER BY number", (draft_id, after)).fetchall()
            finally:
                connection.execute("ROLLBACK")
        return (entry, [Row(*row) for row in found]) if entry else None

    def find(self, name: str, now: int) -> Done | None:
        """See DraftLog."""
        with self._reading() as connection:
            found = connection.execute(_FIND, {"name": name, "since": now - KEY_MILLISECONDS}).fetchone()
        return Done(*found) if found else None

    def mark_deleted(self, draft_id: str, at: int | None) -> None:
        """See DraftLog."""
        with self._writing() as connection:
            connection.execute("UPDATE drafts SET deleted_at = ? WHERE draft_id = ?", (at, draft_id))

    def rename(self, entry: DraftEntry, name: str) -> None:
        """See DraftLog."""
        place = (name, entry.draft_id, entry.incarnation)
        with self._writing() as connection:
            connection.execute("UPDATE drafts SET name = ? WHERE draft_id = ? AND incarnation = ?", place)

    def purge(self, entry: DraftEntry) -> bool:
        """See DraftLog."""
        gone = "DELETE FROM drafts WHERE draft_id = ? AND incarnation = ? AND deleted_at IS ?"
        with self._writing() as connection:
            if not connection.execute(gone, (entry.draft_id, entry.incarnation, entry.deleted_at)).rowcount:
                return False
            connection.execute("DELETE FROM operations WHERE draft_id = ?", (entry.draft_id,))
        return True

    def search(self, listing: Listing) -> tuple[list[DraftEntry], int]:
        """See DraftLog."""
        deleted = None if listing.state is None else listing.state == "deleted"
        wanted = {"text": listing.text.casefold(), "deleted": deleted, "most": listing.limit, "from": listing.offset}
        order = f" ORDER BY {listing.sort} {'DESC' if listing.descending else 'ASC'}, draft_id"
        with self._reading() as connection:
            page = connection.execute(f"{_ENTRY}{_MATCH}{order} LIMIT :most OFFSET :from", wanted).fetchall()
            (count,) = connection.execute(f"SELECT count(*) FROM drafts{_MATCH}", wanted).fetchone()
        return [DraftEntry(*found) for found in page], count

    def get(self, kind: Kind, key: str) -> bytes | None:
        """See Records."""
        with self._reading() as connection:
            found: tuple[bytes] | None = connection.execute(_GET, (kind, key, time.time())).fetchone()
        return found[0] if found else None

    def get_many(self, kind: Kind, keys: list[str]) -> dict[str, bytes]:
        """See Records."""
        return {key: value for key in keys if (value := self.get(kind, key)) is not None}

    def put(self, kind: Kind, key: str, value: bytes, seconds: float) -> None:
        """See Records."""
        with self._writing() as connection:
            connection.execute(_PUT, (kind, key, value, time.time() + seconds))

    def swap(self, kind: Kind, key: str, old: bytes | None, new: bytes | None, seconds: float = 0) -> bool:
        """See Records."""
        now = time.time()
        with self._writing() as connection:
            found = connection.execute(_GET, (kind, key, now)).fetchone()
            there = found[0] if found else None
            if there != old and (new is None or there != new):
                return False
            if new is None:
                connection.execute("DELETE FROM records WHERE kind = ? AND key = ?", (kind, key))
            else:
                connection.execute(_PUT, (kind, key, new, now + seconds))
        return True

    def keys(self, kind: Kind) -> list[str]:
        """See Records."""
        query = "SELECT key FROM records WHERE kind = ? AND until > ?"
        with self._reading() as connection:
            return [key for (key,) in connection.execute(query, (kind, time.time()))]

    def sweep(self) -> None:
        """See Records."""
        with self._writing() as connection:
            connection.execute("DELETE FROM records WHERE until <= ?", (time.time(),))

    def close(self) -> None:
        """See Store."""
        while self._free:
            self._free.pop().close()
        with self._writer:
            if self._writing_connection:
                self._writing_connection.close()
                self._writing_connection = None

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        connection = None
        try:
            connection = self._connection()
            yield connection
        except sqlite3.Error as error:
            raise StoreError(f"the store could not be read: {error}") from error
        finally:
            if connection:
                self._free.append(connection)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all of it, or, when something is raised, nothing."""
        until = time.monotonic() + _BUSY_SECONDS
        if not self._writer.acquire(timeout=_BUSY_SECONDS):
            raise StoreError("the store is busy, and nothing was done; try again in a moment")
        try:
            connection = self._writing_connection = self._writing_connection or self._connect(timeout=0)
            _begin(connection, until)
            try:
                yield connection
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise StoreError(f"the store could not be written, and nothing was done: {error}") from error
        finally:
            self._writer.release()

    def _connection(self) -> sqlite3.Connection:
        """One to read with that no other thread is using."""
        try:
            return self._free.pop()
        except IndexError:
            return self._connect(timeout=_BUSY_SECONDS)

    def _connect(self, timeout: float) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {self._durability}")
        connection.execute(f"PRAGMA busy_timeout = {round(timeout * 1000)}")
        connection.create_function("fold", 1, str.casefold, deterministic=True)
        return connection

    def _upgrade(self, connection: sqlite3.Connection) -> None:
        """Of several workers that start at once one does it: this is a transaction."""
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > SCHEMA_VERSION:
            raise StoreError("they were written by a newer version of this service; use that")
        for step in _UPGRADES[version:]:
            for statement in step:
                connection.execute(statement)
        if version < SCHEMA_VERSION:  # else nothing is written: a full disk must not keep drafts from being read
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _begin(connection: sqlite3.Connection, until: float) -> None:
    """Begin to write as soon as no other process does.

    SQLite's own way to wait sleeps longer and longer, up to 100 ms, and those who wait longest come last.
    """
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
        time.sleep(_BETWEEN_TRIES)


def _entry(connection: sqlite3.Connection, draft_id: str) -> DraftEntry | None:
    found = connection.execute(f"{_ENTRY} WHERE draft_id = ?", (draft_id,)).fetchone()
    return DraftEntry(*found) if found else None


def _values(draft_id: str, row: Row) -> tuple[Any, ...]:
    return draft_id, row.number, row.name, row.request, row.at, row.key or None, row.token
