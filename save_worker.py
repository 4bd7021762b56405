"""A worker of Celery that does saves: `celery -A save_worker worker`, with the service's own configuration.

It needs the same store and the same `data_dir` as the service. Several may run, on several machines.
"""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))  # the program `celery` finds this module here, but none that comes later

from celery.signals import worker_init, worker_shutdown, worker_shutting_down

import logs
from errors import StoreError
from jobs import InlineRunner
from jobs.celery_runner import SAVE, celery_app
from opening import check_places, open_services
from operations import OPERATIONS, replay
from saving.job import resume
from services import Services
from settings import SettingsError, load

try:
    _settings = load()
    if not _settings.celery_broker_url:
        raise SettingsError("celery_broker_url: must be set, for the service and for its workers")
except SettingsError as error:
    sys.exit(f"cannot start:\n{error}")
app = celery_app(_settings.celery_broker_url, _settings.save_workers)
_open: list[Services] = []


@worker_init.connect  # type: ignore[untyped-decorator]
def _begin(**_: Any) -> None:
    logs.set_up(_settings.log_level)
    own = _settings.model_copy(update={"celery_broker_url": ""})  # here saves are done, and not handed on
    try:
        check_places(own)
        _open.append(open_services(own, replay, resume, OPERATIONS))
    except (SettingsError, StoreError) as error:  # what is no SystemExit, Celery would only log
        sys.exit(f"cannot start:\n{error}")


@worker_shutting_down.connect  # type: ignore[untyped-decorator]
def _stop(**_: Any) -> None:
    """Leave the saves that are running to other workers, at once: Celery waits for them."""
    for services in _open:
        services.stop_soon()


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
