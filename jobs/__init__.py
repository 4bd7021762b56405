"""Work that goes on after the answer: a bounded pool of threads."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

log = logging.getLogger(__name__)


class Runner:
    """Runs jobs, `workers` at a time, in the order they came."""

    def __init__(self, workers: int):
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="job")

    def submit(self, job: Callable[[], None], on_crash: Callable[[], None]) -> None:
        """Run `job` when a worker is free; one that raises is logged with its traceback, then `on_crash` is told.

        What it logs carries the id of the request that submitted it.
        """
        self._pool.submit(copy_context().run, self._run, job, on_crash)

    def close(self) -> None:
        """Let running jobs end, and start no more."""
        self._pool.shutdown(cancel_futures=True)

    @staticmethod
    def _run(job: Callable[[], None], on_crash: Callable[[], None]) -> None:
        try:
            job()
        except Exception:
            log.exception("a job failed")
            on_crash()
