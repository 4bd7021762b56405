"""Save tasks: what each is doing, for those who ask and those who wait."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import islice
from threading import BoundedSemaphore, Condition
from typing import Any, Literal

from errors import TaskNotFoundError

Status = Literal["initialized", "processing", "completed", "failed"]
FINISHED: tuple[Status, ...] = ("completed", "failed")


@dataclass(frozen=True)
class Task:
    """The state of one save. Never changes; a later state is a new one."""

    task_id: str
    draft_id: str
    draft_version: int
    """The number of operations in the draft that is saved; later edits are not in it."""
    target: str
    status: Status = "initialized"
    progress: int = 0
    """Percent."""
    message: str = "waiting for a free worker"
    completed_files: int = 0
    total_files: int = 0
    warnings: list[str] = field(default_factory=list)
    failed_files: list[dict[str, Any]] = field(default_factory=list)
    removed_segments: list[dict[str, Any]] = field(default_factory=list)
    trimmed_segments: list[dict[str, Any]] = field(default_factory=list)
    findings: list[dict[str, Any]] = field(default_factory=list)
    failure: tuple[int, str] = (502, "save_failed")
    """Status and code of what made it fail."""
    has_archive: bool = False
    """Whether there is a draft to download, complete or not."""

    @property
    def is_finished(self) -> bool:
        """Whether this state is the last."""
        return self.status in FINISHED


class TaskStore:
    """Tasks by id, and the latest of each draft; they last as long as the process."""

    def __init__(self, capacity: int = 10_000, waiters: int = 8) -> None:
        self._tasks: dict[str, Task] = {}
        self._latest: dict[str, str] = {}
        self._changed = Condition()
        self._capacity = capacity
        self._waiting = BoundedSemaphore(waiters)

    def add(self, task: Task) -> None:
        """Remember a new task; the oldest finished ones are forgotten past the capacity."""
        with self._changed:
            self._tasks[task.task_id] = task
            self._latest[task.draft_id] = task.task_id
            for old in list(islice(self._tasks.values(), max(len(self._tasks) - self._capacity, 0))):
                if old.is_finished:
                    del self._tasks[old.task_id]
                    if self._latest.get(old.draft_id) == old.task_id:
                        del self._latest[old.draft_id]

    def update(self, task_id: str, change: Callable[[Task], dict[str, Any]] | None = None, **changes: Any) -> Task:
        """Change fields of a task: given ones, or those that `change` makes of its present state."""
        with self._changed:
            task = self._tasks[task_id]
            task = self._tasks[task_id] = replace(task, **(change(task) if change else {}), **changes)
            self._changed.notify_all()
            return task

    def get(self, task_id: str) -> Task:
        """The task of that id, or the latest of the draft of that id.

        Raises:
            TaskNotFoundError: there is neither.
        """
        with self._changed:
            task = self._tasks.get(task_id) or self._tasks.get(self._latest.get(task_id, ""))
        if task is None:
            raise TaskNotFoundError(task_id)
        return task

    def wait(self, task_id: str, seconds: float) -> Task:
        """The task once it has finished, or as it is when `seconds` have passed.

        Only so many may wait at once, for each holds a thread that serves requests; the others get it as it is.
        """
        may_wait = self._waiting.acquire(blocking=False)
        try:
            with self._changed:
                if may_wait:
                    self._changed.wait_for(lambda: self._tasks[task_id].is_finished, timeout=seconds)
                return self._tasks[task_id]
        finally:
            if may_wait:
                self._waiting.release()

    def latest(self, draft_id: str) -> Task | None:
        """The latest task of a draft."""
        with self._changed:
            return self._tasks.get(self._latest.get(draft_id, ""))
