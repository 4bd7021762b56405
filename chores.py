"""What a service does by itself, now and then: leases, saves that were cut off, what is to go for good."""

import logging
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from draft_cache import now
from errors import StorageError, StoreError
from jobs.keeper import Chore
from services import DAY, LOOKING, Services
from store.drafts import DraftEntry, Listing
from store.tasks import LEASE_SECONDS, Task

log = logging.getLogger(__name__)


Resume = Callable[[Task, Services], None]
"""Go on with a save that was cut off."""


def leases(services: Services, resume: Resume) -> list[Chore]:
    """What keeps the leases of this process, and takes over what others left."""
    every = LEASE_SECONDS / 4
    return [
        (every, services.tasks.renew),
        (every, services.answers.renew),
        (every, services.webhooks.deliver_due),
        (every, partial(take_over, services, resume)),
    ]


def chores_of(services: Services) -> list[Chore]:
    """What removes what nobody needs any more."""
    return [
        (60.0, services.drafts.drop_idle),
        (3600.0, services.store.sweep),
        (3600.0, partial(services.saved.sweep, services.tasks.is_alive)),
        (3600.0, partial(_sweep_looks, services)),
        (3600.0, services.assets.sweep),
        (3600.0, partial(_sweep_storage, services)),
        (3600.0, partial(services.imports.sweep, lambda draft_id: services.store.entry(draft_id) is not None)),
        (3600.0, partial(purge_deleted, services)),
    ]


def take_over(services: Services, resume: Resume) -> None:
    """Go on with the saves whose process has ended."""
    if services.stopping.is_set():
        return  # what it has just left is for others
    for task in services.tasks.take_over():
        log.warning("save %s of draft %s was cut off", task.task_id, task.draft_id)
        try:
            resume(task, services)
        except Exception:
            log.exception("save %s could not be taken over yet", task.task_id)
            with suppress(StoreError):  # then its lease runs out
                services.tasks.give_back(task)


def purge_deleted(services: Services) -> None:
    """Remove for good what was deleted longer than `retention_days` ago."""
    oldest = now() - round(services.settings.retention_days * DAY * 1000)
    while True:
        listing = Listing(state="deleted", sort="deleted_at", descending=False, limit=100)
        due = [entry for entry in services.store.search(listing)[0] if (entry.deleted_at or 0) <= oldest]
        gone = [purge(entry, services) for entry in due]
        if sum(gone) < listing.limit:
            return


def purge(entry: DraftEntry, services: Services) -> bool:
    """Remove a draft and its saves for good, unless it was recovered or made anew since `entry` was read."""
    if not services.store.purge(entry):
        return False
    services.tasks.forget(entry.draft_id)
    services.saved.forget(entry.draft_id)
    _remove_uploads(entry.draft_id, services)
    return True


def _remove_uploads(draft_id: str, services: Services) -> None:
    """Remove what was put into the storage for a draft. A storage that refuses keeps no draft from going."""
    if services.storage is None:
        return
    try:
        for name in services.uploads.of(draft_id):
            services.storage.delete(name)
        services.uploads.forget(draft_id)
    except StorageError as error:
        log.error("uploads of the purged draft %s are still in the storage: %s", draft_id, error)


def _sweep_storage(services: Services) -> None:
    if services.storage:
        services.storage.sweep()


def _sweep_looks(services: Services) -> None:
    """Remove the files of looks at media that were cut off; a look takes minutes at most."""
    long_ago = time.time() - 3600
    for place in (services.settings.data_dir / LOOKING).glob("*"):
        with suppress(FileNotFoundError):  # another process sweeps too
            if place.stat().st_mtime < long_ago:
                shutil.rmtree(place, ignore_errors=True)
