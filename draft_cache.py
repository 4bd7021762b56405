"""Drafts in memory over their log: least recently used go first, one writer at a time per draft.

Dropping a draft loses nothing: it is rebuilt from its log when it is next used. Processes share the log: each sees what
the others have added before it reads or writes a draft, and the log takes only the row that is next.
"""

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from threading import Lock
from typing import TypeVar
from weakref import WeakValueDictionary

from engine.catalog import App
from engine.script_file import Script_file
from errors import (
    DraftChangedError,
    DraftExistsError,
    DraftNotFoundError,
    KeyReusedError,
    ServiceError,
    StoreError,
)
from store.drafts import KEY_NAME, Done, DraftEntry, DraftLog, Row
from store.history import JUMPS, History, Jump

_T = TypeVar("_T")

MAX_CACHE_SIZE = 10_000
MAX_CACHE_BYTES = 128_000_000
MAX_IDLE_SECONDS = 3_600.0

_STEPS_KEPT = 32
"""How many undos in a row can go on from a kept state; the next one rebuilds the draft from its first row."""

_MOST_TRIES = 1_000
"""How often an edit is tried when others are first each time."""

Replay = Callable[[str, "Script_file | None", Row], Script_file]
"""Do one logged operation again: (draft id, the draft so far or None for the first row, row) to the draft."""


def _token() -> str:
    return secrets.token_hex(6)


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

    @property
    def is_built(self) -> bool:
        """Whether the draft has all of its history."""
        return self.script is not None and self.script.version == self.history.version

    def weigh(self) -> int:
        """About how many bytes it takes in memory; what is kept may share segments with it, or none."""
        return (self.script.weight if self.script else 0) + (self.kept[1].weight if self.kept else 0)

    def is_at(self, entry: DraftEntry) -> bool:
        """Whether it is what the log says now. A number alone does not tell: a log may have lost its end."""
        mine = self.entry
        return (mine.incarnation, mine.version, mine.token) == (entry.incarnation, entry.version, entry.token)


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
        self._origin: DraftCache | None = None
        self._writing: WeakValueDictionary[str, _Writing] = WeakValueDictionary()
        self._lock = Lock()

    def __contains__(self, draft_id: str) -> bool:
        entry = self._log.entry(draft_id)
        return entry is not None and entry.deleted_at is None

    def must_be_free(self, draft_id: str) -> None:
        """Find out before much work that there is a draft of that id.

        Raises:
            DraftExistsError: there is one, maybe deleted.
        """
        entry = self._log.entry(draft_id)
        if entry is not None:
            raise DraftExistsError(draft_id, is_deleted=entry.deleted_at is not None)

    def over(self, log: DraftLog) -> "DraftCache":
        """One over another log, which may have the same drafts: what is held here need not be rebuilt there."""
        twin = DraftCache(log, self._replay)
        twin._origin = self
        return twin

    def create(
        self, draft_id: str, name: str, rows: Sequence[Row], key: str = "", script: Script_file | None = None
    ) -> None:
        """Make a draft of its first rows, for a call of that key. `script` is the draft, where it is known already.

        Raises:
            DraftExistsError: there is one of that id.
            StoreError: it could not be stored.
        """
        rows = [replace(row, token=_token()) for row in rows]
        try:
            self._log.create(draft_id, name, rows, now(), key)
        except DraftExistsError:
            self.must_be_free(draft_id)  # it says whether it is a deleted one
            raise
        if script:
            self._hold(draft_id, rows, script)

    def _hold(self, draft_id: str, rows: Sequence[Row], script: Script_file) -> None:
        """Keep a draft that was just made, unless somebody was at it already."""
        with self._exclusively(draft_id):
            entry = self._log.entry(draft_id)
            if entry and entry.deleted_at is None and (entry.version, entry.token) == (rows[-1].number, rows[-1].token):
                held = _Held(entry)
                self._learn(held, entry, rows)
                held.script = script
                self._keep(held)

    def check(self, draft_id: str, rows: Sequence[Row]) -> None:
        """Do the operations of a log that is not stored yet, to see that they can be done.

        Raises:
            ServiceError: one of them cannot.
        """
        by_number, history = {row.number: row for row in rows}, History()
        branches: OrderedDict[int, Script_file] = OrderedDict()
        script, at = None, 0
        for row in rows:
            before = history.state
            history.add(row)
            if row.name in JUMPS:
                continue
            if before != at:
                script = self._branched(draft_id, [by_number[number] for number in history.path(before)], branches)
            script, at = self._replay(draft_id, script, row), row.number

    def _branched(self, draft_id: str, path: list[Row], branches: OrderedDict[int, Script_file]) -> Script_file | None:
        """The draft at the end of `path`, from the latest of the `branches` on it; it becomes one of them.

        A log in which much was undone branches at every undo, mostly near the last one.
        """
        known = next((index for index in range(len(path), 0, -1) if path[index - 1].number in branches), 0)
        script = branches[path[known - 1].number].copy() if known else None
        for row in path[known:]:
            script = self._replay(draft_id, script, row)
        assert script is not None, "nothing goes back behind the first row"
        branches[path[-1].number] = script.copy()
        if len(branches) > _STEPS_KEPT:
            branches.popitem(last=False)
        return script

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
            held = self._at_hand(draft_id)
            for _ in range(_MOST_TRIES):
                try:
                    if done := self._done(draft_id, key):
                        return run(self._built(held, held.history, done - 1, begin=done))
                    self._check(held, expected)
                    return self._attempt(held, self._next(held, name, request, key), run)
                except StoreError:
                    raise
                except ServiceError:
                    # What is in memory is tried without asking the store whether it has more: that is rare.
                    if self._is_current(held):
                        raise
                held = self._current(draft_id)
        raise StoreError(f"draft {draft_id!r} is being edited by so many that there was no turn; try again in a moment")

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
            for _ in range(_MOST_TRIES):
                held = self._learned(draft_id)
                if done := self._done(draft_id, key):
                    return History(self._rows(draft_id)[:done])
                self._check(held, expected)
                row = self._next(held, name, request, key)
                there = held.history.copy()
                there.add(row)  # it may refuse
                script = self._built(held, there, row.number, begin=row.number, keep=True)
                with suppress(DraftChangedError):
                    self._append(held, row)
                    held.history, held.script = there, script
                    self._name(held)
                    self._keep(held)
                    return there.copy()
        raise StoreError(f"draft {draft_id!r} is being edited by so many that there was no turn; try again in a moment")

    def find(self, key: str) -> Done | None:
        """What a call of that key has done within a day.

        Raises:
            KeyReusedError: it was another request.
        """
        done = self._log.find(key[:KEY_NAME], now()) if key else None
        if done and done.key != key:
            raise KeyReusedError.about("Idempotency-Key", "was used for another request within a day; use a new one")
        return done

    def snapshot(self, draft_id: str, version: int | None = None) -> Script_file:
        """A copy of a draft as it is now, or was at `version`; free to use while the draft is edited on.

        Raises:
            DraftNotFoundError: there is no such draft.
            NotFoundError: there is no such version.
        """
        with self._exclusively(draft_id):
            if version is None:
                return self._current(draft_id).current.copy()
            held = self._learned(draft_id)
            return self._built(held, held.history, version, begin=version)

    def app(self, draft_id: str) -> App:
        """The app that a draft is for. That never changes, so the store is asked only for a draft not in memory.

        Raises:
            DraftNotFoundError: there is no such draft.
        """
        with self._lock:
            held = self._drafts.get(draft_id)
            script = held.script if held else None  # None too while it is being caught up
        if script is None:
            with self._exclusively(draft_id):
                script = self._current(draft_id).current
        return script.app

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
        rows = self._rows(draft_id)
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

    def _rows(self, draft_id: str) -> list[Row]:
        found = self._log.read(draft_id)
        if found is None or found[0].deleted_at is not None:
            raise DraftNotFoundError(draft_id, is_deleted=found is not None)
        return found[1]

    def _done(self, draft_id: str, key: str) -> int:
        """The row of this draft that a call of that key has made; 0 for none."""
        found = self.find(key)
        return found.number if found and found.draft_id == draft_id else 0

    def _is_current(self, held: _Held) -> bool:
        entry = self._log.entry(held.entry.draft_id)
        return entry is not None and entry.deleted_at is None and held.is_at(entry)

    @staticmethod
    def _next(held: _Held, name: str, request: bytes, key: str) -> Row:
        return Row(held.history.version + 1, name, request, now(), key, _token())

    def _append(self, held: _Held, row: Row) -> None:
        self._log.append(held.entry, row)
        held.entry = replace(held.entry, version=row.number, token=row.token)

    def _check(self, held: _Held, expected: int | None) -> None:
        if expected is not None and held.history.version != expected:
            raise DraftChangedError(held.entry.draft_id, held.history.version)

    def _attempt(self, held: _Held, row: Row, run: Callable[[Script_file], _T]) -> _T:
        script = held.current
        version = script.version
        script.begin(row.number)
        try:
            result = run(script)
            self._append(held, row)
        except BaseException:
            script.roll_back()
            script.begin(version)
            raise
        held.history.add(row)
        held.kept = None
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

    def _at_hand(self, draft_id: str) -> _Held:
        """The draft as it is in memory, if it is: others may have edited it since."""
        with self._lock:
            held = self._drafts.get(draft_id)
        return held if held and held.is_built else self._current(draft_id)

    def _current(self, draft_id: str) -> _Held:
        """The draft with every row of its log."""
        held = self._learned(draft_id)
        if not held.is_built:
            held.script = self._built(held, held.history, held.history.version, begin=held.history.version, keep=True)
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

    def _learned(self, draft_id: str) -> _Held:
        """The draft with the history of its log; the draft itself may be as it was some rows before."""
        entry = self.entry(draft_id)
        with self._lock:
            held = self._drafts.get(draft_id)
        if held and held.is_at(entry):
            held.entry = entry  # what the index calls it may have changed
            return held
        return (held and self._caught_up(held)) or self._afresh(draft_id)

    def _caught_up(self, held: _Held) -> _Held | None:
        """The draft with the rows that others have added; None if they do not follow on what is held."""
        version = held.history.version
        found = self._log.read(held.entry.draft_id, after=version - 1)
        if not found or found[0].incarnation != held.entry.incarnation or not found[1]:
            return None
        entry, (last, *rows) = found
        if last.token != held.entry.token:
            return None
        self._learn(held, entry, rows)
        if held.script and not any(row.name in JUMPS for row in rows):
            script, held.script = held.script, None  # in the making, until all is done
            for row in rows:
                script = self._replay(entry.draft_id, script, row)
            held.script = script
        return held

    def _afresh(self, draft_id: str) -> _Held:
        found = self._log.read(draft_id)
        if found is None or found[0].deleted_at is not None:
            raise DraftNotFoundError(draft_id, is_deleted=found is not None)
        held = _Held(found[0])
        self._learn(held, *found)
        if self._origin:
            with suppress(DraftNotFoundError):
                held.script = self._origin.snapshot(draft_id)
        return held

    @staticmethod
    def _learn(held: _Held, entry: DraftEntry, rows: Sequence[Row]) -> None:
        try:
            for row in rows:
                held.history.add(row)
        except (ServiceError, ValueError) as error:
            raise StoreError(f"the log of draft {entry.draft_id!r} is damaged: {error}") from error
        held.entry = replace(entry, version=held.history.version)

    def _built(self, held: _Held, history: History, version: int, *, begin: int, keep: bool = False) -> Script_file:
        """The draft as it was at `version` of `history`, made by replay and about to do operation `begin`.

        With `keep` a state some steps before is remembered for the next time.
        """
        draft_id, path = held.entry.draft_id, history.path(history.at(version))
        script: Script_file | None = None
        after = 0
        if held.kept and held.kept[0] in path:
            after, script = held.kept[0], held.kept[1].copy()
            del path[: path.index(after) + 1]
        found = self._log.read(draft_id, after)
        rows = {row.number: row for row in found[1]} if found else {}
        if not rows.keys() >= set(path):
            raise StoreError(f"the log of draft {draft_id!r} has changed meanwhile; try again")
        jumped = bool(history.undone_or_restored)
        for left, number in zip(range(len(path), 0, -1), path, strict=True):
            if keep and jumped and script and left == _STEPS_KEPT:
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

    def _forget(self, draft_id: str) -> None:
        held = self._drafts.pop(draft_id, None)
        if held:
            self._bytes -= held.weight
