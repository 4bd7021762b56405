"""Drafts in memory over their log: least recently used go first, one writer at a time per draft.

Dropping a draft loses nothing: it is rebuilt from its log when it is next used. Processes share the log: each sees what
the others have added before it reads or writes a draft, and the log takes only the row that is next.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from threading import Lock
from typing import TypeVar
from weakref import WeakValueDictionary

from engine.script_file import Script_file
from errors import DraftChangedError, DraftExistsError, DraftNotFoundError, ServiceError, StoreError
from store.drafts import DraftEntry, DraftLog, Row
from store.history import JUMPS, History, Jump

_T = TypeVar("_T")

MAX_CACHE_SIZE = 10_000
MAX_CACHE_BYTES = 128_000_000
MAX_IDLE_SECONDS = 3_600.0

_STEPS_KEPT = 32
"""How many undos in a row can go on from a kept state; the next one rebuilds the draft from its first row."""

Replay = Callable[[str, "Script_file | None", Row], Script_file]
"""Do one logged operation again: (draft id, the draft so far or None for the first row, row) to the draft."""


def now() -> int:
    """The time as the log counts it: whole milliseconds since 1970."""
    return time.time_ns() // 1_000_000


class _Writing:
    """The right to change one draft; held weakly, so that it lasts as long as somebody wants it."""

    __slots__ = ("__weakref__", "lock")

    def __init__(self) -> None:
        self.lock = Lock()


class _Held:
    """A draft in memory."""

    __slots__ = ("entry", "history", "kept", "script", "used", "weight")

    def __init__(self, entry: DraftEntry) -> None:
        self.entry = entry
        self.history = History()
        self.script: Script_file | None = None
        self.kept: tuple[int, Script_file] | None = None
        """A state some steps back and the draft in it, so that undoing does not begin with the first row."""
        self.weight = 0
        self.used = 0.0

    @property
    def current(self) -> Script_file:
        """The draft, which is there once it has caught up with its log."""
        assert self.script is not None
        return self.script

    def weigh(self) -> int:
        """About how many bytes it takes in memory."""
        shared = sum(len(track.segments) for track in self.kept[1].tracks.values()) if self.kept else 0
        return self.current.weight + 130 * shared  # what is kept shares the segments themselves


class DraftCache:
    """Holds at most `capacity` drafts, of `capacity_bytes` together (estimated), none idle for over `idle` seconds."""

    def __init__(
        self,
        log: DraftLog,
        replay: Replay,
        capacity: int = MAX_CACHE_SIZE,
        capacity_bytes: int = MAX_CACHE_BYTES,
        idle: float = MAX_IDLE_SECONDS,
    ):
        self._log, self._replay = log, replay
        self._capacity, self._capacity_bytes, self._idle = capacity, capacity_bytes, idle
        self._drafts: OrderedDict[str, _Held] = OrderedDict()
        self._bytes = 0
        self._writing: WeakValueDictionary[str, _Writing] = WeakValueDictionary()
        self._lock = Lock()

    def __contains__(self, draft_id: str) -> bool:
        entry = self._log.entry(draft_id)
        return entry is not None and entry.deleted_at is None

    def create(self, draft_id: str, name: str, rows: Sequence[Row]) -> None:
        """Make a draft of its first rows.

        Raises:
            DraftExistsError: there is one of that id.
            StoreError: it could not be stored.
        """
        try:
            self._log.create(draft_id, name, rows)
        except DraftExistsError:
            entry = self._log.entry(draft_id)
            raise DraftExistsError(draft_id, is_deleted=bool(entry and entry.deleted_at is not None)) from None

    def check(self, draft_id: str, rows: Sequence[Row]) -> None:
        """Do the operations of a log that is not stored yet, to see that they can be done.

        Raises:
            ServiceError: one of them cannot.
        """
        by_number, script = {row.number: row for row in rows}, None
        for number in History(rows).path():
            script = self._replay(draft_id, script, by_number[number])

    def edit(
        self,
        draft_id: str,
        name: str,
        request: bytes,
        run: Callable[[Script_file], _T],
        *,
        expected: int | None = None,
        key: str = "",
    ) -> _T:
        """Run one operation on a draft and log it. If it raises, the draft is as it was before.

        Another process may be first with the next row; the operation is then run again, on the draft with that row. A
        call whose `key` is in the log is not done again: it gets the answer it got then.

        Raises:
            DraftNotFoundError: there is no such draft.
            DraftChangedError: the draft is not at the version `expected`.
            StoreError: the log cannot be read or written.
        """
        with self._exclusively(draft_id):
            held = self._drafts.get(draft_id) or self._current(draft_id)
            while True:
                try:
                    if done := self._done(draft_id, key):
                        return run(self._built(held, done - 1, begin=done))
                    self._check(held, expected)
                    return self._attempt(held, Row(held.history.version + 1, name, request, now(), key), run)
                except StoreError:
                    raise
                except ServiceError:
                    # What is in memory is tried without asking the store whether it has more: that is rare.
                    if self._is_current(held):
                        raise
                held = self._current(draft_id)

    def jump(self, draft_id: str, name: Jump, request: bytes, *, expected: int | None = None, key: str = "") -> History:
        """Undo, redo or restore a version, and log that; answers where the draft is then.

        Raises:
            DraftNotFoundError: there is no such draft.
            DraftChangedError: the draft is not at the version `expected`.
            ConflictError: there is nothing to undo or redo.
            NotFoundError: there is no such version.
            StoreError: the log cannot be read or written.
        """
        with self._exclusively(draft_id):
            while True:
                held = self._current(draft_id)
                if self._done(draft_id, key):
                    return held.history.copy()
                self._check(held, expected)
                row = Row(held.history.version + 1, name, request, now(), key)
                held.history.copy().add(row)  # it may refuse
                with suppress(DraftChangedError):
                    self._log.append(held.entry, row)
                    return self._current(draft_id).history.copy()

    def find(self, key: str) -> tuple[str, int] | None:
        """Draft and version that a call of that key has made within a day."""
        return self._log.find(key, now()) if key else None

    def snapshot(self, draft_id: str, version: int | None = None) -> Script_file:
        """A copy of a draft as it is now, or was at `version`; free to use while the draft is edited on.

        Raises:
            DraftNotFoundError: there is no such draft.
            NotFoundError: there is no such version.
        """
        with self._exclusively(draft_id):
            held = self._current(draft_id)
            if version is None or version == held.history.version:
                return held.current.copy()
            return self._built(held, version, begin=version)

    def version(self, draft_id: str) -> int:
        """How many operations a draft has.

        Raises:
            DraftNotFoundError: there is no such draft.
        """
        return self.entry(draft_id).version

    def entry(self, draft_id: str) -> DraftEntry:
        """What the index of drafts says of a draft.

        Raises:
            DraftNotFoundError: there is no such draft, or it is deleted.
        """
        entry = self._log.entry(draft_id)
        if entry is None or entry.deleted_at is not None:
            raise DraftNotFoundError(draft_id, is_deleted=entry is not None)
        return entry

    def history(self, draft_id: str) -> tuple[History, list[Row]]:
        """Where a draft is among its states, and all its rows.

        Raises:
            DraftNotFoundError: there is no such draft.
        """
        self.entry(draft_id)
        rows = self._log.rows(draft_id)
        return History(rows), rows

    def forget(self, draft_id: str) -> None:
        """Let go of a draft; it is rebuilt when it is next used."""
        with self._lock:
            self._forget(draft_id)

    def drop_idle(self) -> None:
        """Let go of drafts that nobody has used for long."""
        oldest = time.monotonic() - self._idle
        with self._lock:
            while self._drafts and next(iter(self._drafts.values())).used < oldest:
                self._forget(next(iter(self._drafts)))

    def _done(self, draft_id: str, key: str) -> int:
        """The row of this draft that a call of that key has made; 0 for none."""
        found = self.find(key)
        return found[1] if found and found[0] == draft_id else 0

    def _is_current(self, held: _Held) -> bool:
        entry = self._log.entry(held.entry.draft_id)
        return (
            entry is not None
            and (entry.incarnation, entry.deleted_at) == (held.entry.incarnation, None)
            and entry.version == held.history.version
        )

    def _check(self, held: _Held, expected: int | None) -> None:
        if expected is not None and held.history.version != expected:
            raise DraftChangedError(held.entry.draft_id, held.history.version)

    def _attempt(self, held: _Held, row: Row, run: Callable[[Script_file], _T]) -> _T:
        script = held.current
        version = script.version
        script.begin(row.number)
        try:
            result = run(script)
            self._log.append(held.entry, row)
        except BaseException:
            script.roll_back()
            script.begin(version)
            raise
        held.history.add(row)
        self._name(held)
        self._keep(held)
        return result

    @contextmanager
    def _exclusively(self, draft_id: str) -> Iterator[None]:
        with self._lock:
            writing = self._writing.get(draft_id)
            if writing is None:
                writing = self._writing[draft_id] = _Writing()
        with writing.lock:
            yield

    def _current(self, draft_id: str) -> _Held:
        """The draft with every row of its log."""
        entry = self.entry(draft_id)
        with self._lock:
            held = self._drafts.get(draft_id)
        if held is None or held.entry.incarnation != entry.incarnation:
            held = _Held(entry)
        if held.history.version < entry.version:
            try:
                self._catch_up(held)
            except BaseException:
                self._drop(held)
                raise
        held.entry = entry
        self._name(held)
        self._keep(held)
        return held

    def _name(self, held: _Held) -> None:
        """Let the index say what the draft is called; its log decides.

        Should this not come about, because the process ends here, the draft's next use makes up for it.
        """
        if held.entry.name != held.current.name:
            with suppress(StoreError):  # the edit is kept, and says so
                self._log.rename(held.entry, held.current.name)
                held.entry = replace(held.entry, name=held.current.name)

    def _catch_up(self, held: _Held) -> None:
        draft_id, history = held.entry.draft_id, held.history
        rows = self._log.rows(draft_id, after=history.version)
        for row in rows:
            history.add(row)
        if any(row.name in JUMPS for row in rows):
            held.script = self._built(held, history.version, begin=history.version, keep=True)
        else:
            for row in rows:
                held.script = self._replay(draft_id, held.script, row)

    def _built(self, held: _Held, version: int, *, begin: int, keep: bool = False) -> Script_file:
        """The draft as it was at `version`, made by replay and about to do operation `begin`.

        With `keep` a state some steps before is remembered for the next time.
        """
        draft_id, path = held.entry.draft_id, held.history.path(held.history.at(version))
        script: Script_file | None = None
        if held.kept and held.kept[0] in path:
            script = held.kept[1].copy()
            del path[: path.index(held.kept[0]) + 1]
            after = held.kept[0]
        else:
            after = 0
        rows = {row.number: row for row in self._log.rows(draft_id, after)}
        for left, number in zip(range(len(path), 0, -1), path, strict=True):
            if keep and script and left == _STEPS_KEPT:
                held.kept = (after, script.copy())
            script = self._replay(draft_id, script, rows[number])
            after = number
        assert script is not None, "a draft has a first row"
        script.begin(begin)
        return script

    def _keep(self, held: _Held) -> None:
        draft_id, weight = held.entry.draft_id, held.weigh()
        with self._lock:
            if self._drafts.get(draft_id) is not held:
                self._forget(draft_id)
                held.weight = 0
            self._drafts[draft_id] = held
            self._drafts.move_to_end(draft_id)
            self._bytes += weight - held.weight
            held.weight, held.used = weight, time.monotonic()
            while len(self._drafts) > 1 and (len(self._drafts) > self._capacity or self._bytes > self._capacity_bytes):
                self._forget(next(iter(self._drafts)))

    def _drop(self, held: _Held) -> None:
        with self._lock:
            if self._drafts.get(held.entry.draft_id) is held:
                self._forget(held.entry.draft_id)

    def _forget(self, draft_id: str) -> None:
        held = self._drafts.pop(draft_id, None)
        if held:
            self._bytes -= held.weight
