"""How a save ends that has made a draft."""

import logging

from errors import StorageError
from media.address import without_secrets
from saving.save import Save
from store.tasks import Task

log = logging.getLogger(__name__)

NOT_DEPLOYED = (409, "not_deployed")
"""Status and code of saves whose draft could not be put into its folder on this machine."""

_SAVED = "the draft is saved"


def is_whole(task: Task) -> bool:
    """Whether there is a draft with everything that is in it, be it that it could not be put elsewhere."""
    return task.has_archive and (task.status == "completed" or task.failure[1] in (StorageError.code, NOT_DEPLOYED[1]))


def conclude(save: Save) -> None:
    """End with a draft: failed all the same if something that was asked for is not in it."""
    if lost := save.lost():
        message = f"saved without {lost}; draft_url leads to the draft without them{_not_uploaded(save)}"
        log.warning("save %s of draft %s lacks %s", save.task_id, save.script.draft_id, without_secrets(lost))
        _end(save, status="failed", message=message)
    elif save.deploy_error:
        message = f"{_SAVED}{_not_deployed(save)}{_not_uploaded(save)}"
        _end(save, status="failed", message=message, failure=NOT_DEPLOYED)
    elif save.upload_error:
        failure = (StorageError.status, StorageError.code)
        _end(save, status="failed", message=f"{_SAVED}{_not_uploaded(save)}", failure=failure)
    else:
        _end(save, status="completed", message=_SAVED)


def _end(save: Save, **said: object) -> None:
    save.tell(progress=100, has_archive=True, **said)


def _not_deployed(save: Save) -> str:
    return f", but not put into its folder: {save.deploy_error}; draft_url leads to it"


def _not_uploaded(save: Save) -> str:
    """What came of the upload, if that is nothing."""
    why = save.upload_error
    return f", but it was not uploaded: {why}; draft_url leads to it on this service" if why else ""
