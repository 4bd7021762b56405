"""Save tasks: what each is doing, for those who ask and those who wait, in any process.

The process that runs a task holds its state and a lease on it, renewed for as long as the process lives. A task that is
unfinished and that nobody holds was cut off; the next process to notice takes it over.
"""

import logging
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from threading import BoundedSemaphore, Condition
from typing import Any, Literal

import orjson

from errors import StoreError, TaskNotFoundError

from .records import Records

log = logging.getLogger(__name__)

Status = Literal["initialized", "processing", "completed", "failed"]
FINISHED: tuple[Status, ...] = ("completed", "failed")

LEASE_SECONDS = 10.0
_BETWEEN_WRITES = 0.25  # seconds; progress moves faster than anybody reads it
_BETWEEN_READS = 0.1


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


class TaskTakenError(Exception):
    """Another process has taken the task over, for this one was silent for too long."""


class TaskStore:
    """Tasks by id, and the latest of each draft. Finished ones are kept for `keep` seconds."""

    def __init__(self, records: Records, keep: float, lease: float = LEASE_SECONDS, waiters: int = 8) -> None:
        self._records, self._keep, self._lease = records, keep, lease
        self._owner = secrets.token_hex(8).encode()
        self._held: dict[str, Task] = {}
        self._written: dict[str, float] = {}
        self._changed = Condition()
        self._waiting = BoundedSemaphore(waiters)

    def add(self, task: Task) -> None:
        """Remember a new task, which this process is going to run.

        Raises:
            StoreError: it could not be stored.
        """
        self._records.put("running", task.task_id, self._owner, self._lease)
        self._records.put("unfinished", task.task_id, b"1", self._keep)
        self._records.put("task", task.task_id, _packed(task), self._keep)
        self._records.put("latest", task.draft_id, task.task_id.encode(), self._keep)
        with self._changed:
            self._held[task.task_id] = task

    def update(self, task_id: str, change: Callable[[Task], dict[str, Any]] | None = None, **changes: Any) -> Task:
        """Change fields of a task that this process runs: given ones, or those that `change` makes of its state.

        One thread at a time may update a task.

        Raises:
            TaskTakenError: another process runs it by now.
        """
        with self._changed:
            if task_id not in self._held:
                raise TaskTakenError(task_id)
            before = self._held[task_id]
            task = self._held[task_id] = replace(before, **(change(before) if change else {}), **changes)
            due = time.monotonic() - self._written.get(task_id, 0) >= _BETWEEN_WRITES
            self._changed.notify_all()
        if due or task.status != before.status:
            self._write(task)
        return task

    def get(self, task_id: str) -> Task:
        """The task of that id, or the latest of the draft of that id.

        Raises:
            TaskNotFoundError: there is neither.
        """
        task = self._find(task_id) or self.latest(task_id)
        if task is None:
            raise TaskNotFoundError(task_id)
        return task

    def latest(self, draft_id: str) -> Task | None:
        """The latest task of a draft."""
        task_id = self._records.get("latest", draft_id)
        return self._find(task_id.decode()) if task_id else None

    def wait(self, task_id: str, seconds: float) -> Task:
        """The task once it has finished, or as it is when `seconds` have passed.

        Only so many may wait at once, for each holds a thread that serves requests; the others get it as it is.
        """
        if not self._waiting.acquire(blocking=False):
            return self.get(task_id)
        try:
            until = time.monotonic() + seconds
            task = self.get(task_id)
            while not task.is_finished and (left := until - time.monotonic()) > 0:
                with self._changed:
                    self._changed.wait(min(left, _BETWEEN_READS))  # another process does not notify this one
                task = self.get(task_id)
            return task
        finally:
            self._waiting.release()

    def is_alive(self, task_id: str) -> bool:
        """Whether the task is unfinished, held by a process or waiting to be taken over."""
        task = self._find(task_id)
        return task is not None and not task.is_finished

    def renew(self) -> None:
        """Tell the others that this process still runs its tasks, and write what could not be written before.

        Raises:
            StoreError: the store cannot be written just now; the next time will do as long as the lease lasts.
        """
        for task in list(self._held.values()):
            with suppress(TaskTakenError):
                self._write(task) if task.is_finished else self.check(task.task_id)

    def take_over(self) -> list[Task]:
        """The unfinished tasks that nobody runs; from now on this process does.

        Raises:
            StoreError: the store cannot be read or written just now.
        """
        running = set(self._records.keys("running"))
        left = [task_id for task_id in self._records.keys("unfinished") if task_id not in running]
        return [task for task_id in left if (task := self._taken(task_id))]

    def check(self, task_id: str) -> None:
        """Make sure that this process still runs the task.

        Raises:
            TaskTakenError: another does.
            StoreError: the store cannot be asked just now.
        """
        if not self._take(task_id, self._owner) and not self._take(task_id, None):
            with self._changed:
                self._held.pop(task_id, None)
            raise TaskTakenError(task_id)

    def give_back(self, task: Task) -> None:
        """Leave an unfinished task to whoever takes it over next, as if it had not been begun here.

        Raises:
            StoreError: the store cannot be written just now; its lease will run out.
        """
        with self._changed:
            self._held.pop(task.task_id, None)
        untried = replace(task, tries=task.tries - 1)
        self._records.put("task", task.task_id, _packed(untried), self._keep)
        self._records.swap("running", task.task_id, self._owner, None)

    def release(self) -> None:
        """Leave unfinished tasks to others at once: this process is about to end."""
        for task in list(self._held.values()):
            self.give_back(task)

    def forget(self, draft_id: str) -> None:
        """Let no task be the latest of that draft."""
        self._records.swap("latest", draft_id, self._records.get("latest", draft_id), None)

    def _taken(self, task_id: str) -> Task | None:
        if not self._take(task_id, None):
            return None
        task = self._find(task_id)
        if task is None or task.is_finished:  # it came to its end in the meantime
            self._let_go(task_id)
            return None
        with self._changed:
            task = self._held[task_id] = replace(task, tries=task.tries + 1)
        return task

    def _take(self, task_id: str, from_whom: bytes | None) -> bool:
        return self._records.swap("running", task_id, from_whom, self._owner, self._lease)

    def _find(self, task_id: str) -> Task | None:
        with self._changed:
            if task_id in self._held:
                return self._held[task_id]
        packed = self._records.get("task", task_id)
        return _unpacked(packed) if packed else None

    def _write(self, task: Task) -> None:
        """Store a state. When that fails the task goes on, and it is written later."""
        self._written[task.task_id] = time.monotonic()
        try:
            self.check(task.task_id)
            self._records.put("task", task.task_id, _packed(task), self._keep)
            if task.is_finished:
                self._let_go(task.task_id)
        except StoreError as error:
            log.error("the state of save %s could not be stored yet: %s", task.task_id, error)

    def _let_go(self, task_id: str) -> None:
        self._records.swap("unfinished", task_id, b"1", None)
        self._records.swap("running", task_id, self._owner, None)
        with self._changed:
            self._held.pop(task_id, None)
            self._written.pop(task_id, None)


def _packed(task: Task) -> bytes:
    return orjson.dumps(asdict(task))


def _unpacked(packed: bytes) -> Task:
    fields = orjson.loads(packed)
    return Task(**fields | {"failure": tuple(fields["failure"])})
