"""retry_task: do a failed or cancelled save again."""

from dataclasses import replace
from typing import Any

from errors import ConflictError
from fields.private import MediaHeaders
from fields.requests import Changing
from fields.tasks import OfTask, SaveStatus, Wait
from saving.job import job_of, start
from services import Services
from store.tasks import new_task


class RetryTask(OfTask, Changing):
    """Do a failed or cancelled save again: the same version of the draft with the same options, as a new task."""

    example = {"task_id": "first", "wait": 15}

    wait: Wait = 0
    media_headers: MediaHeaders = {}


def retry_task(req: RetryTask, services: Services) -> SaveStatus:
    """Start it anew, and wait for it as long as asked.

    Raises:
        TaskNotFoundError: there is no such task, and no save of a draft of that id.
        ConflictError: it has not failed.
        DraftNotFoundError: its draft is gone.
        SaveFailedError: it failed again within the time waited.
    """
    old = services.tasks.get(req.task_id)
    if not old.has_failed:
        advice = "save_draft saves it as it is now" if old.is_finished else "cancel_task ends it"
        raise ConflictError.about("task_id", f"save {old.task_id!r} is {old.status}, and has not failed; {advice}")
    fresh = new_task(old.draft_id, old.draft_version, old.target, old.incarnation, old.asked)
    told: dict[str, Any] = {"metadata": old.metadata, "webhook_url": old.webhook_url, "base_url": old.base_url}
    task = replace(fresh, retry_of=old.task_id, **told)
    return start(job_of(task, services), req.wait, req.dry_run, req.media_headers)
