"""download_draft: the zip of a draft."""

from pathlib import Path
from typing import cast

from pydantic import Field

from errors import NotFoundError, SaveFailedError
from fields.answers import Answer
from fields.requests import Request
from fields.tasks import SaveStatus
from fields.words import Identifier
from saving.outcome import is_whole
from services import Services


class DownloadDraft(Request):
    """Get the zip of a draft."""

    example = {"draft_id": "first"}

    draft_id: Identifier = Field(description="The draft.")
    task_id: Identifier | None = Field(None, description="One of its saves; left out: as it is now, saved if need be.")
    is_capcut: str | None = Field(None, description="Accepted; the draft knows its app.")


class Download(Answer):
    """The zip of a draft, or the state of the save that makes it."""

    archive: Path | None = Field(description="The zip.")
    state: SaveStatus | None = Field(description="The save that is under way.")


def download_draft(req: DownloadDraft, services: Services) -> Download:
    """Find the zip; save a draft that has changed since, or was never saved.

    Raises:
        NotFoundError: there is no such save.
        DraftNotFoundError: there is no such draft.
        SaveFailedError: it could not be saved.
    """
    if req.task_id:
        return _kept(req.draft_id, req.task_id, services)
    if req.draft_id in services.drafts:
        return _download_current(req.draft_id, services)
    archive = None if services.store.entry(req.draft_id) else services.saved.archive(req.draft_id)
    if archive is None:
        services.drafts.version(req.draft_id)  # says why there is none
    return Download(archive=archive, state=None)


def _kept(draft_id: str, task_id: str, services: Services) -> Download:
    archive = services.saved.archive(draft_id, task_id)
    if archive is None:
        raise NotFoundError(f"task_id: no save {task_id!r} of draft {draft_id!r} is kept; save it again")
    return Download(archive=archive, state=None)


def _download_current(draft_id: str, services: Services) -> Download:
    latest, wait = services.tasks.latest(draft_id), services.settings.save_wait
    entry = services.drafts.entry(draft_id)
    saved = latest and (latest.incarnation, latest.draft_version) == (entry.incarnation, entry.version)
    if latest and saved and (not latest.has_failed or is_whole(latest)):
        state = services.state_of(services.tasks.wait(latest.task_id, wait))
    else:
        asked = {"draft_id": draft_id, "wait": wait, "upload": False}
        state = cast(SaveStatus, services.board["save_draft"](asked, services.unnamed))
    task = services.tasks.get(state.task_id)
    if task.has_failed and not is_whole(task):
        raise SaveFailedError(state.message, state.model_dump(mode="json"), *task.failure)
    if not task.is_finished:
        return Download(archive=None, state=state)
    return _kept(draft_id, state.task_id, services)
