"""Work that goes on after the answer: a bounded pool of threads."""

import logging
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Protocol

log = logging.getLogger(__name__)


class Job(Protocol):
    """A piece of work that is known by the id of its task."""

    @property
    def task_id(self) -> str:
        """The task, by which any process can make the job."""

    def run(self) -> None:
        """Do it."""

    def crashed(self) -> None:
        """Take note that it ended in a way nobody foresaw."""


class Runner(Protocol):
    """Takes jobs, and has them done soon."""

    def submit(self, job: Job) -> None:
        """Have `job` done when a worker is free; one that raises is logged with its traceback and told so."""

    def close(self) -> None:
        """Let running jobs end, and start no more."""


class ThreadRunner:
    """Runs jobs in this process, `workers` at a time, in the order they came."""

    def __init__(self, workers: int):
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="job")

    def submit(self, job: Job) -> None:
        """See Runner. What a job logs carries the id of the request that submitted it."""
        self._pool.submit(copy_context().run, _run, job)

    def close(self) -> None:
        """See Runner."""
        self._pool.shutdown(cancel_futures=True)


class InlineRunner:
    """Runs jobs at once, in the thread that submits them."""

    def submit(self, job: Job) -> None:
        """See Runner."""
        _run(job)

    def close(self) -> None:
        """See Runner."""


def _run(job: Job) -> None:
    try:
        job.run()
    except Exception:
        log.exception("a job failed")
        job.crashed()
