"""A worker of Celery that does saves: `celery -A save_worker worker`, with the service's own configuration.

It needs the same store and the same `data_dir` as the service. Several may run, on several machines.
"""

from dataclasses import replace
from typing import Any

from celery.signals import worker_init, worker_shutdown

import logs
from jobs import InlineRunner
from jobs.celery_runner import SAVE, celery_app
from operations import OPERATIONS, replay
from saving.job import resume
from services import Services, open_services
from settings import load

_settings = load()
app = celery_app(_settings.celery_broker_url, _settings.save_workers)
_open: list[Services] = []


@worker_init.connect  # type: ignore[untyped-decorator]
def _begin(**_: Any) -> None:
    logs.set_up(_settings.log_level)
    own = _settings.model_copy(update={"celery_broker_url": ""})  # here saves are done, and not handed on
    _open.append(open_services(own, replay, resume, OPERATIONS))


@worker_shutdown.connect  # type: ignore[untyped-decorator]
def _end(**_: Any) -> None:
    while _open:
        _open.pop().close()


@app.task(name=SAVE)  # type: ignore[untyped-decorator]
def save(task_id: str) -> None:
    """Do the save of that task, unless it has ended or somebody is at it."""
    services = _open[0]
    task = services.tasks.take(task_id)
    if task is not None:
        resume(task, replace(services, runner=InlineRunner()))
