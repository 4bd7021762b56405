"""Save tasks: what each is doing, for those who ask and those who wait, in any process.

The process that runs a task holds its state and a lease on it, renewed for as long as the process lives. A task that is
unfinished and that nobody holds was cut off; the next process to notice takes it over.

Each state is put in the place of the one before (a swap). So any process can end a task: it puts "cancelled" there, and
the one that runs it finds that out when it next says how far it is.
"""

import logging
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import asdict, dataclass, field, replace
from threading import BoundedSemaphore, Lock
from typing import Any, Literal

import orjson

from errors import StoreError, TaskFinishedError, TaskNotFoundError

from .following import Followers
from .records import Records

log = logging.getLogger(__name__)

Status = Literal["initialized", "processing", "completed", "failed", "cancelled"]
FINISHED: tuple[Status, ...] = ("completed", "failed", "cancelled")

LEASE_SECONDS = 10.0
_QUEUED = b"queued"
"""Holds a task that was handed to another process, which has not begun it."""
_QUEUE_SECONDS = 6 * 3_600.0
_BETWEEN_WRITES = 0.25  # seconds; progress moves faster than anybody reads it


@dataclass(frozen=True)
class Task:
    """The state of one save. Never changes; a later state is a new one."""

    task_id: str
    draft_id: str
    draft_version: int
    """The number of operations in the draft that is saved; later edits are not in it."""
    target: str
    incarnation: str = ""
    """Which draft of that id, if there was more than one."""
    asked: dict[str, Any] = field(default_factory=dict)
    """The request, to begin again after a crash."""
    tries: int = 1
    """How many processes have begun it."""
    status: Status = "initialized"
    progress: int = 0
    """Percent."""
    message: str = "waiting for a free worker"
    completed_files: int = 0
    total_files: int = 0
    downloaded_bytes: int = 0
    """Of media, over the network."""
    total_bytes: int = 0
    warnings: list[str] = field(default_factory=list)
    failed_files: list[dict[str, Any]] = field(default_factory=list)
    removed_segments: list[dict[str, Any]] = field(default_factory=list)
    trimmed_segments: list[dict[str, Any]] = field(default_factory=list)
    findings: list[dict[str, Any]] = field(default_factory=list)
    deployed_to: str = ""
    """Where on this machine the draft was put; empty: nowhere."""
    failure: tuple[int, str] = (502, "save_failed")
    """Status and code of what made it fail."""
    has_archive: bool = False
    """Whether there is a draft to download, complete or not."""
    created_at: int = 0
    """Milliseconds since 1970."""
    finished_at: int | None = None
    """Milliseconds since 1970."""
    retry_of: str = ""
    """The task that this one does again."""
    metadata: dict[str, Any] = field(default_factory=dict)
    """The caller's own, given back as it came."""
    webhook_url: str = ""
    """Who is told of its end."""
    base_url: str = ""
    """Under which name the caller reached the service."""
    storage: str = "local"
    """The kind of storage that the zip was put into; local: it is on this server only."""
    stored_as: str = ""
    """The name of the zip there."""
    upload_error: str = ""
    """Why it could not be put there."""

    @property
    def is_finished(self) -> bool:
        """Whether this state is the last."""
        return self.status in FINISHED

    @property
    def has_failed(self) -> bool:
        """Whether it has ended without all that was asked for."""
        return self.status in ("failed", "cancelled")


def new_task(draft_id: str, version: int, target: str, incarnation: str, asked: dict[str, Any]) -> Task:
    """A save that is asked for now; its id begins with the time, in seconds. What was `asked` may hold warnings."""
    now = time.time()
    task_id = f"{int(now)}_{secrets.token_hex(6)}"
    task = Task(task_id, draft_id, version, target, incarnation, asked, created_at=round(now * 1000))
    return replace(task, warnings=list(asked.get("warnings", ())))


class TaskTakenError(Exception):
    """Another process has taken the task over, for this one was silent for too long."""


class TaskCancelledError(TaskTakenError):
    """A caller has cancelled the task."""


@dataclass
class _Held:
    """A task that this process runs."""

    task: Task
    packed: bytes | None = None
    """What the store has of it."""
    written: float = 0.0
    """When that was written, in seconds of the monotonic clock."""
    lock: Lock = field(default_factory=Lock)
    """Held by the one who changes or writes it."""


class TaskStore:
    """Tasks by id, and the latest of each draft. Finished ones are kept for `keep` seconds."""

    def __init__(self, records: Records, keep: float, lease: float = LEASE_SECONDS, waiters: int = 8) -> None:
        self._records, self._keep, self._lease = records, keep, lease
        self._owner = secrets.token_hex(8).encode()
        self._held: dict[str, _Held] = {}
        self._lock = Lock()
        self._followers = Followers(self._look)
        self._waiting = BoundedSemaphore(waiters)

    def add(self, task: Task) -> None:
        """Remember a new task, which this process is going to run.

        Raises:
            StoreError: it could not be stored.
        """
        packed = _packed(task)
        self._records.put("running", task.task_id, self._owner, self._lease)
        self._records.put("unfinished", task.task_id, b"1", self._keep)
        self._records.put("task", task.task_id, packed, self._keep)
        self._records.put("latest", task.draft_id, task.task_id.encode(), self._keep)
        with self._lock:
            self._held[task.task_id] = _Held(task, packed)

    def update(self, task_id: str, change: Callable[[Task], dict[str, Any]] | None = None, **changes: Any) -> Task:
        """Change fields of a task that this process runs: given ones, or those that `change` makes of its state.

        Raises:
            TaskCancelledError: a caller has cancelled it.
            TaskTakenError: another process runs it by now.
        """
        with self._lock:
            held = self._held.get(task_id)
        if held is None:
            raise self._lost(task_id)
        with held.lock:
            before = held.task
            task = replace(before, **(change(before) if change else {}), **changes)
            if task.is_finished and task.finished_at is None:
                task = replace(task, finished_at=round(time.time() * 1000))
            if task.status != before.status or time.monotonic() - held.written >= _BETWEEN_WRITES:
                self._write(task, held)
            held.task = task
        self._followers.notify()
        return task

    def cancel(self, task_id: str) -> Task:
        """End a task, whichever process runs it.

        Raises:
            TaskNotFoundError: there is none, and no save of a draft of that id.
            TaskFinishedError: it has ended.
        """
        task_id, ended = self.get(task_id).task_id, None
        while ended is None:
            packed = self._records.get("task", task_id)
            if packed is None:
                raise TaskNotFoundError(task_id)
            ended = self._ended(_unpacked(packed), packed)
        self._let_go(task_id)
        self._followers.notify()
        return ended

    def _ended(self, task: Task, packed: bytes) -> Task | None:
        """The task cancelled, if the store has it as `packed` still."""
        if task.is_finished:
            raise TaskFinishedError(task.task_id, task.status)
        changes: dict[str, Any] = {"message": "cancelled on request", "finished_at": round(time.time() * 1000)}
        ended = replace(task, status="cancelled", failure=(409, "save_cancelled"), **changes)
        return ended if self._records.swap("task", task.task_id, packed, _packed(ended), self._keep) else None

    def get(self, task_id: str) -> Task:
        """The task of that id, or the latest of the draft of that id.

        Raises:
            TaskNotFoundError: there is neither.
        """
        task = self._find(task_id) or self.latest(task_id)
        if task is None:
            raise TaskNotFoundError(task_id)
        return task

    def all(self) -> list[Task]:
        """Every task that is kept; what that costs grows with their number."""
        return list(self._look(self._records.keys("task")).values())

    def latest(self, draft_id: str) -> Task | None:
        """The latest task of a draft."""
        task_id = self._records.get("latest", draft_id)
        return self._find(task_id.decode()) if task_id else None

    def follow(self, task_id: str, observer: Callable[[Task], None]) -> Callable[[], None]:
        """Tell `observer` the state of a task, then each new one up to the last; see `Followers.follow`."""
        return self._followers.follow(task_id, observer)

    def following(self, task_id: str) -> AbstractContextManager[Callable[[float], Task | None]]:
        """Follow a task for the length of a block; see `Followers.queue`."""
        return self._followers.queue(task_id)

    def wait(self, task_id: str, seconds: float, until: Callable[[Task], bool] = lambda task: False) -> Task:
        """The task once it has finished or is as `until` says; as it is when `seconds` have passed or waits end.

        Only so many may wait at once, for each holds a thread that serves requests; the others get it as it is.
        """
        task = self.get(task_id)
        if task.is_finished or until(task) or seconds <= 0 or not self._waiting.acquire(blocking=False):
            return task
        end = time.monotonic() + seconds
        try:
            with self.following(task.task_id) as following:
                while not (task.is_finished or until(task)) and (news := following(end - time.monotonic())):
                    task = news
            return task
        finally:
            self._waiting.release()

    def end_waits(self) -> None:
        """Let nobody wait for a task any more: the service is about to end."""
        self._followers.end_waits()

    def is_alive(self, task_id: str) -> bool:
        """Whether the task is unfinished, held by a process or waiting to be taken over."""
        task = self._find(task_id)
        return task is not None and not task.is_finished

    def renew(self) -> None:
        """Tell the others that this process still runs its tasks, and write what could not be written before.

        Raises:
            StoreError: the store cannot be written just now; the next time will do as long as the lease lasts.
        """
        for held in list(self._held.values()):
            with suppress(TaskTakenError), held.lock:
                if held.packed != _packed(held.task) and held.task.task_id in self._held:
                    self._write(held.task, held)
                else:
                    self.check(held.task.task_id)

    def take_over(self) -> Iterator[Task]:
        """The unfinished tasks that nobody runs, one by one; from when it is given, this process runs a task.

        Raises:
            StoreError: the store cannot be read or written just now.
        """
        unfinished = self._records.keys("unfinished")
        running = set(self._records.keys("running"))  # asked for later: a new task is running before it is unfinished
        for task_id in unfinished:
            if task_id not in running and (task := self._taken(task_id)):
                yield task

    def hand_on(self, task_id: str) -> None:
        """Leave a task to a process that will be told of it. One that is not begun for hours is taken over.

        Raises:
            StoreError: the store cannot be written just now.
        """
        self._leave(task_id)
        self._records.swap("running", task_id, self._owner, _QUEUED, _QUEUE_SECONDS)

    def take_back(self, task_id: str) -> None:
        """Let a task that was handed on, but that no process was told of, be taken over."""
        task = self._find(task_id)
        if task and self._records.swap("running", task_id, _QUEUED, self._owner, self._lease):
            packed = _packed(task)
            self._records.swap("task", task_id, packed, _packed(replace(task, tries=task.tries - 1)), self._keep)
            self._records.swap("running", task_id, self._owner, None)

    def take(self, task_id: str) -> Task | None:
        """The task that was handed to this process, which runs it from now on; None: it has ended, or is run already.

        Raises:
            StoreError: the store cannot be read or written just now.
        """
        return self._begun(task_id) if self._take(task_id, _QUEUED) or self._take(task_id, None) else None

    def check(self, task_id: str) -> None:
        """Make sure that this process still runs the task.

        Raises:
            TaskCancelledError: a caller has cancelled it.
            TaskTakenError: another process does.
            StoreError: the store cannot be asked just now.
        """
        held = self._held.get(task_id)
        known = held.packed if held else None
        there = self._records.get("task", task_id)
        is_cancelled = there and there != known and _unpacked(there).status == "cancelled"
        if is_cancelled or not (self._take(task_id, self._owner) or self._take(task_id, None)):
            self._drop(task_id)
            raise self._lost(task_id)

    def give_back(self, task: Task) -> None:
        """Leave an unfinished task to whoever takes it over next, as if it had not been begun here.

        Raises:
            StoreError: the store cannot be written just now; its lease will run out.
        """
        self._leave(task.task_id, untried=True)
        self._records.swap("running", task.task_id, self._owner, None)

    def release(self) -> None:
        """Leave unfinished tasks to others at once: this process is about to end."""
        for held in list(self._held.values()):
            self.give_back(held.task)

    def forget(self, draft_id: str) -> None:
        """Let no task be the latest of that draft."""
        self._records.swap("latest", draft_id, self._records.get("latest", draft_id), None)

    def _leave(self, task_id: str, *, untried: bool = False) -> None:
        """Run a task here no more; the store has it as it is."""
        with self._lock:
            held = self._held.pop(task_id, None)
        if held:
            left = replace(held.task, tries=held.task.tries - untried)
            self._records.swap("task", task_id, held.packed, _packed(left), self._keep)

    def _taken(self, task_id: str) -> Task | None:
        return self._begun(task_id, tries=1) if self._take(task_id, None) else None

    def _begun(self, task_id: str, tries: int = 0) -> Task | None:
        """The task, which this process has a lease on; None when it has ended, or when a thread is at it already."""
        packed = self._records.get("task", task_id)
        task = _unpacked(packed) if packed else None
        if task is None or task.is_finished:  # it came to its end in the meantime
            self._let_go(task_id)
            return None
        held = _Held(replace(task, tries=task.tries + tries), packed)
        with self._lock:
            is_first = self._held.setdefault(task_id, held) is held
        return held.task if is_first else None

    def _take(self, task_id: str, from_whom: bytes | None) -> bool:
        return self._records.swap("running", task_id, from_whom, self._owner, self._lease)

    def _find(self, task_id: str) -> Task | None:
        return self._look([task_id]).get(task_id)

    def _look(self, task_ids: Iterable[str]) -> dict[str, Task]:
        """Those of the tasks that there are; of its own this process knows best how far they are."""
        wanted = list(task_ids)
        with self._lock:
            known = {task_id: self._held[task_id].task for task_id in wanted if task_id in self._held}
        packed = self._records.get_many("task", [task_id for task_id in wanted if task_id not in known])
        return known | {task_id: _unpacked(one) for task_id, one in packed.items()}

    def _write(self, task: Task, held: _Held) -> None:
        """Store a state. When that fails the task goes on, and it is written later."""
        held.written = time.monotonic()
        try:
            self.check(task.task_id)
            self._put(task, held)
            if task.is_finished:
                self._let_go(task.task_id)
        except StoreError as error:
            log.error("the state of save %s could not be stored yet: %s", task.task_id, error)

    def _put(self, task: Task, held: _Held) -> None:
        packed = _packed(task)
        while not self._records.swap("task", task.task_id, held.packed, packed, self._keep):
            self.check(task.task_id)  # it may have been cancelled just now
            held.packed = self._records.get("task", task.task_id)  # or stored although the store's answer was lost
        held.packed = packed

    def _lost(self, task_id: str) -> TaskTakenError:
        """Why this process does not run the task any more."""
        task = self._find(task_id)
        return (TaskCancelledError if task and task.status == "cancelled" else TaskTakenError)(task_id)

    def _drop(self, task_id: str) -> None:
        with self._lock:
            self._held.pop(task_id, None)

    def _let_go(self, task_id: str) -> None:
        self._records.swap("unfinished", task_id, b"1", None)
        self._records.swap("running", task_id, self._owner, None)
        self._drop(task_id)


def _packed(task: Task) -> bytes:
    return orjson.dumps(asdict(task))


def _unpacked(packed: bytes) -> Task:
    fields = orjson.loads(packed)
    return Task(**fields | {"failure": tuple(fields["failure"])})
