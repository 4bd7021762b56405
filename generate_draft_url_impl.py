"""generate_draft_url: where a draft can be downloaded."""

from contextlib import suppress
from typing import Annotated, Literal

from pydantic import Field

from engine.paths import ClientOs
from engine.script_file import Script_file
from errors import StorageError
from fields.answers import DraftAnswer
from fields.requests import Changing
from fields.tasks import SaveStatus
from fields.words import Identifier
from services import Services
from store.tasks import Task
from targets import Plan, planned
from util import folder_name


class GenerateDraftUrl(Changing):
    """Get a link that downloads a draft: a fresh one into the storage if it was put there, else one to this service."""

    example = {"draft_id": "first"}

    draft_id: Identifier = Field(description="The draft.")
    draft_folder: Annotated[str, Field(max_length=4_096)] | None = Field(
        None, description="With force_save: the app's drafts folder on the computer the draft is for, as in save_draft."
    )
    client_os: ClientOs | None = Field(
        None, description="With force_save: system of the computer the draft is for, as in save_draft."
    )
    force_save: bool = Field(
        False,
        description="If no save of the draft as it is now, for that folder and system, is there or under way, begin "
        "one, into the storage if there is one; ask again with the same fields until status is completed.",
    )


class DraftUrl(DraftAnswer):
    """The link, as `draft_url`."""

    storage: str = Field(
        description="Where it leads: local, which is this service, to the draft as it is when the link is opened, or "
        "with force_save to that save; folder, oss, s3: to the zip of the draft as it is now, for 24 hours."
    )
    status: Literal["completed", "processing"] | None = Field(
        description="With force_save: whether the save that the link is of has ended; else null."
    )
    task_id: str = Field(description="With force_save: the save; else empty.")
    message: str = Field(description="With force_save: what is being done, or what came of it; else empty.")


def generate_draft_url(req: GenerateDraftUrl, services: Services) -> DraftUrl:
    """Name the draft's zip in the storage, if it is there and up to date, or its download.

    Raises:
        DraftNotFoundError: there is no such draft.
        InvalidRequestError: the folder is none, or does not go with the system.
        SaveFailedError: what force_save has begun failed at once.
    """
    script = services.drafts.snapshot(req.draft_id)
    if req.force_save:
        return _of_save(_saved(req, script, services), script, services)
    latest = _latest(script, services)
    stored = latest if latest and latest.status == "completed" and _is_stored(latest, services) else None
    url = services.stored_link(stored) if stored else services.draft_path(script.draft_id, script.app)
    given = [name for name in ("draft_folder", "client_os") if getattr(req, name)]
    return DraftUrl(
        draft_id=script.draft_id,
        draft_url=url,
        version=script.version,
        storage=stored.storage if stored else "local",
        status=None,
        task_id="",
        message="",
        warnings=[f"{name}: counts with force_save; media are found wherever the draft lies" for name in given],
    )


def _saved(req: GenerateDraftUrl, script: Script_file, services: Services) -> SaveStatus:
    """The state of a save that is as asked: the latest if it is, or a new one."""
    about = {"client_os": req.client_os, "draft_folder": req.draft_folder}
    plan, _ = planned(script, folder_name(script.name, script.draft_id), **about)  # type: ignore[arg-type]
    latest = _latest(script, services)
    if latest and Plan.of(latest.asked, latest.target) == plan and _will_do(latest, services):
        return services.state_of(latest)
    asked = {**about, "draft_id": req.draft_id, "upload": services.storage is not None, "dry_run": req.dry_run}
    state = services.board["save_draft"](asked, services)
    assert isinstance(state, SaveStatus)
    return state


def _will_do(latest: Task, services: Services) -> bool:
    """Whether a save is where it should be, or on its way there."""
    if latest.has_failed or (services.storage and not latest.asked.get("upload")):
        return False
    if not latest.is_finished:
        return True
    if services.storage:
        return _is_stored(latest, services)
    return services.saved.archive(latest.draft_id, latest.task_id) is not None


def _of_save(state: SaveStatus, script: Script_file, services: Services) -> DraftUrl:
    is_there = state.status == "completed"
    return DraftUrl(
        draft_id=script.draft_id,
        draft_url=state.draft_url if is_there else services.draft_path(script.draft_id, script.app),
        version=script.version,
        storage=state.storage if is_there else "local",
        status="completed" if is_there else "processing",
        task_id=state.task_id,
        message=state.message,
    )


def _latest(script: Script_file, services: Services) -> Task | None:
    """The latest save, if nothing has changed since."""
    latest, incarnation = services.tasks.latest(script.draft_id), services.drafts.entry(script.draft_id).incarnation
    fits = latest and (latest.incarnation, latest.draft_version) == (incarnation, script.version)
    return latest if fits else None


def _is_stored(latest: Task, services: Services) -> bool:
    """Whether its zip is in the storage."""
    if not services.stored_link(latest):
        return False
    with suppress(StorageError):  # it cannot be asked just now, and may not be reached from where the link is opened
        return services.storage_for("draft_url").exists(latest.stored_as)
    return False
