"""The log of operations in one SQLite file, shared by all processes of a machine.

A row is committed before `append` returns. WAL: readers do not wait for writers. With `synchronous` NORMAL a row
survives the end of the process at any moment; with FULL a loss of power too, at a disk flush for each edit.
"""

import sqlite3
from dataclasses import asdict
from pathlib import Path
from threading import local
from typing import Literal

from errors import DraftChangedError, StoreError

from .drafts import Row

Durability = Literal["normal", "full"]

SCHEMA_VERSION = 1
"""What `PRAGMA user_version` says of a file of this form. To change it: a step in _UPGRADES, and one more here."""

_UPGRADES = {
    0: """
    CREATE TABLE operations (
        draft_id TEXT NOT NULL,
        number INTEGER NOT NULL,
        name TEXT NOT NULL,
        request BLOB NOT NULL,
        at INTEGER NOT NULL DEFAULT (strftime('%s', 'now')),
        PRIMARY KEY (draft_id, number)
    ) WITHOUT ROWID
    """
}
"""By version, what makes the next one of it."""

_APPEND = """
INSERT INTO operations (draft_id, number, name, request)
SELECT :draft_id, :number, :name, :request
WHERE :number = 1 + (SELECT coalesce(max(number), 0) FROM operations WHERE draft_id = :draft_id)
"""
_ROWS = "SELECT number, name, request FROM operations WHERE draft_id = ? AND number > ? ORDER BY number"
_VERSION = "SELECT coalesce(max(number), 0) FROM operations WHERE draft_id = ?"
_BUSY_SECONDS = 30.0


class SqliteLog:
    """A log in the file at `path`, made if there is none and brought up to this version's form if it is older.

    Raises:
        StoreError: the file cannot be used: it is no database, of a newer version, or cannot be written.
    """

    def __init__(self, path: Path, durability: Durability = "normal"):
        self._path, self._durability = path, durability
        self._threads = local()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._upgrade(self._connection())
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"the drafts in {path} cannot be used: {error}") from error

    def append(self, draft_id: str, row: Row) -> None:
        """See DraftLog."""
        try:
            done = self._connection().execute(_APPEND, {"draft_id": draft_id, **asdict(row)})
        except sqlite3.Error as error:
            raise StoreError(f"the edit could not be stored, and was not done: {error}") from error
        if not done.rowcount:
            raise DraftChangedError(draft_id)

    def rows(self, draft_id: str, after: int = 0) -> list[Row]:
        """See DraftLog."""
        try:
            return [Row(*found) for found in self._connection().execute(_ROWS, (draft_id, after))]
        except sqlite3.Error as error:
            raise StoreError(f"the draft could not be read: {error}") from error

    def version(self, draft_id: str) -> int:
        """See DraftLog."""
        try:
            (number,) = self._connection().execute(_VERSION, (draft_id,)).fetchone()
        except sqlite3.Error as error:
            raise StoreError(f"the draft could not be read: {error}") from error
        return int(number)

    def _connection(self) -> sqlite3.Connection:
        """This thread's connection: SQLite lets no two threads use one at once."""
        connection: sqlite3.Connection | None = getattr(self._threads, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self._path, timeout=_BUSY_SECONDS, isolation_level=None)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA synchronous = {self._durability}")
            self._threads.connection = connection
        return connection

    def _upgrade(self, connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN IMMEDIATE")  # of several workers that start, one makes the tables
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > SCHEMA_VERSION:
            connection.execute("ROLLBACK")
            raise StoreError(f"the drafts in {self._path} were written by a newer version of this service; use that")
        for step in range(version, SCHEMA_VERSION):
            connection.execute(_UPGRADES[step])
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")
