"""Drafts in memory over their log: least recently used go first, one writer at a time per draft.

Dropping a draft loses nothing: it is rebuilt from its log when it is next used.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Lock
from typing import TypeVar
from weakref import WeakValueDictionary

from engine.script_file import Script_file
from errors import ConflictError, DraftChangedError, DraftNotFoundError
from store.drafts import DraftLog, Row

_T = TypeVar("_T")

MAX_CACHE_SIZE = 10_000
MAX_CACHE_BYTES = 128_000_000

Replay = Callable[[str, "Script_file | None", Row], Script_file]
"""Do one logged operation again: (draft id, the draft so far or None for the first row, row) to the draft."""


class _Writing:
    """The right to change one draft; held weakly, so that it lasts as long as somebody wants it."""

    __slots__ = ("__weakref__", "lock")

    def __init__(self) -> None:
        self.lock = Lock()


class DraftCache:
    """Holds at most `capacity` drafts of at most `capacity_bytes` together (estimated)."""

    def __init__(
        self,
        log: DraftLog,
        replay: Replay,
        capacity: int = MAX_CACHE_SIZE,
        capacity_bytes: int = MAX_CACHE_BYTES,
    ):
        self._log, self._replay = log, replay
        self._capacity, self._capacity_bytes = capacity, capacity_bytes
        self._scripts: OrderedDict[str, Script_file] = OrderedDict()
        self._weights: dict[str, int] = {}
        self._bytes = 0
        self._writing: WeakValueDictionary[str, _Writing] = WeakValueDictionary()
        self._lock = Lock()

    def __contains__(self, draft_id: str) -> bool:
        with self._lock:
            if draft_id in self._scripts:
                return True
        return self._log.version(draft_id) > 0

    def create(self, draft_id: str, row: Row) -> None:
        """Make a draft from its first row.

        Raises:
            ConflictError: there is one of that id.
        """
        with self._exclusively(draft_id):
            if self._log.version(draft_id):
                raise ConflictError.about("draft_id", f"draft {draft_id!r} exists; edit it, or use another id")
            script = self._replay(draft_id, None, row)
            self._log.append(draft_id, row)
            self._keep(draft_id, script)

    def edit(self, draft_id: str, name: str, request: bytes, run: Callable[[Script_file], _T]) -> _T:
        """Run one operation on a draft and log it. If it raises, the draft is as it was before.

        Another process may be first with the next row; the operation is then run again, on the draft with that row.

        Raises:
            DraftNotFoundError: there is no such draft.
            StoreError: the log cannot be read or written.
        """
        with self._exclusively(draft_id):
            while True:
                script = self._current(draft_id)
                with suppress(DraftChangedError):
                    result = self._attempt(script, name, request, run)
                    self._keep(draft_id, script)
                    return result

    def _attempt(self, script: Script_file, name: str, request: bytes, run: Callable[[Script_file], _T]) -> _T:
        version, edits = script.version, script.edits
        script.begin(version + 1)
        try:
            result = run(script)
            self._log.append(script.draft_id, Row(version + 1, name, request))
        except BaseException:
            if script.edits == edits:
                script.begin(version)  # refused before anything was changed: no need to rebuild it
            else:
                self._drop(script.draft_id)
            raise
        return result

    def snapshot(self, draft_id: str) -> Script_file:
        """A copy of a draft as it is now, free to use while the draft is edited on.

        Raises:
            DraftNotFoundError: there is no such draft.
        """
        with self._exclusively(draft_id):
            return self._current(draft_id).copy()

    def version(self, draft_id: str) -> int:
        """How many operations a draft has.

        Raises:
            DraftNotFoundError: there is no such draft.
        """
        with self._exclusively(draft_id):
            return self._current(draft_id).version

    @contextmanager
    def _exclusively(self, draft_id: str) -> Iterator[None]:
        with self._lock:
            writing = self._writing.get(draft_id)
            if writing is None:
                writing = self._writing[draft_id] = _Writing()
        with writing.lock:
            yield

    def _current(self, draft_id: str) -> Script_file:
        """The draft with every row of its log applied."""
        with self._lock:
            script = self._scripts.get(draft_id)
        for row in self._log.rows(draft_id, after=script.version if script else 0):
            script = self._replay(draft_id, script, row)
        if script is None:
            raise DraftNotFoundError(draft_id)
        self._keep(draft_id, script)
        return script

    def _keep(self, draft_id: str, script: Script_file) -> None:
        with self._lock:
            self._scripts[draft_id] = script
            self._scripts.move_to_end(draft_id)
            self._bytes += script.weight - self._weights.get(draft_id, 0)
            self._weights[draft_id] = script.weight
            while len(self._scripts) > 1 and (
                len(self._scripts) > self._capacity or self._bytes > self._capacity_bytes
            ):
                self._forget(next(iter(self._scripts)))

    def _drop(self, draft_id: str) -> None:
        with self._lock:
            if draft_id in self._scripts:
                self._forget(draft_id)

    def _forget(self, draft_id: str) -> None:
        del self._scripts[draft_id]
        self._bytes -= self._weights.pop(draft_id)
