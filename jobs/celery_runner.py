"""Jobs handed to workers of Celery, which may be on other machines over the same store and data_dir.

A message holds the id of a task and nothing else. The task, its draft and its lease are in the store: what a message is
sent twice for is done once, and what a worker drops is sent again.
"""

import logging
from collections.abc import Callable
from typing import Any

from . import Job

log = logging.getLogger(__name__)

SAVE = "capcut.save"


def celery_app(broker_url: str, workers: int) -> Any:
    """The Celery application of both ends; `workers` threads of a worker process do saves.

    Raises:
        ImportError: the extra `celery` is not installed.
    """
    from celery import Celery

    app = Celery("capcut", broker=broker_url)
    app.conf.update(
        task_ignore_result=True,
        task_acks_late=False,  # leases say what was begun; and with messages to give back, kombu dies with its broker
        task_default_queue="capcut.saves",
        worker_prefetch_multiplier=1,
        worker_disable_prefetch=True,
        worker_pool="threads",
        worker_concurrency=workers,
        worker_hijack_root_logger=False,
        broker_connection_retry_on_startup=True,
        broker_transport_options={"socket_timeout": 5, "socket_connect_timeout": 5},
    )
    return app


class CeleryRunner:
    """See Runner. `hand_on` lets another process take a task, and `give_back` says that none was told to."""

    def __init__(self, app: Any, hand_on: Callable[[str], None], give_back: Callable[[str], None]) -> None:
        self._app, self._hand_on, self._give_back = app, hand_on, give_back

    def submit(self, job: Job) -> None:
        """See Runner. While the broker is out of reach the keeper tries again."""
        from kombu.exceptions import OperationalError

        self._hand_on(job.task_id)
        try:
            self._app.send_task(SAVE, [job.task_id], retry=False)
        except OperationalError as error:
            log.error("save %s could not be handed to a worker yet: %s", job.task_id, type(error.__cause__).__name__)
            self._give_back(job.task_id)

    def close(self) -> None:
        """See Runner: what was handed on goes on."""
        self._app.close()
