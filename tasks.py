"""Saves as callers see them, for the operations on them."""

from dataclasses import asdict
from typing import Annotated, Any

from pydantic import AliasChoices, Field

from engine.profiles import get_profile
from errors import SaveFailedError
from fields.answers import Answer
from fields.requests import Request
from fields.words import Identifier, Number
from services import Services
from store.tasks import Status, Task
from util import utc

Wait = Annotated[
    Number,
    Field(ge=0, le=600, description="Longest time to wait for the result, in seconds; the save goes on either way."),
]


class OfTask(Request):
    """A request about one save."""

    task_id: Identifier = Field(
        validation_alias=AliasChoices("task_id", "draft_id"),
        description="The task_id that save_draft answered, or the id of a draft for its latest save.",
    )


class SaveStatus(Answer):
    """How far a save is. A save without which something of the draft is missing ends as failed."""

    success: bool = Field(description="False once the save has failed or was cancelled.")
    task_id: str = Field(description="The save.")
    draft_id: str = Field(description="The draft that is saved.")
    draft_version: int = Field(description="Operations in the draft that is saved; later edits are not in it.")
    status: Status = Field(description="initialized, processing, completed, failed or cancelled.")
    progress: int = Field(description="Percent.")
    message: str = Field(description="What it is doing, or what came of it.")
    completed_files: int = Field(description="Media that are there or have failed.")
    total_files: int = Field(description="Media that the draft needs.")
    draft_url: str = Field(description="Where the zip is; empty as long as there is none.")
    partial: bool = Field(description="Failed, but there is a draft without what is missing.")
    failed_files: list[dict[str, Any]] = Field(description="Media and fonts that cannot be had: url, reason, segments.")
    removed_segments: list[dict[str, Any]] = Field(description="Segments that are not in the draft, and why.")
    trimmed_segments: list[dict[str, Any]] = Field(description="Segments that are shorter than asked for, and why.")
    findings: list[dict[str, Any]] = Field(description="Rules of the format that the draft does not keep.")
    created_at: str = Field(description="When it was asked for, as UTC.")
    finished_at: str = Field(description="When it ended, as UTC; empty until then.")
    retry_of: str = Field(description="The save that it does again; empty for most.")
    metadata: dict[str, Any] = Field(description="What save_draft was given as metadata, as it came.")


def state_of(task: Task, services: Services) -> SaveStatus:
    """What callers are told of a task."""
    fields = {name: value for name, value in asdict(task).items() if name in SaveStatus.model_fields}
    fields |= {
        "created_at": utc(task.created_at),
        "finished_at": "" if task.finished_at is None else utc(task.finished_at),
    }
    app = get_profile(task.target).app
    url = services.draft_path(task.draft_id, app, task.task_id) if task.has_archive else ""
    return SaveStatus(
        **fields, success=not task.has_failed, draft_url=url, partial=task.status == "failed" and task.has_archive
    )


def outcome(task_id: str, seconds: float, services: Services) -> SaveStatus:
    """The state of a save once it has ended, or after `seconds`.

    Raises:
        SaveFailedError: it failed or was cancelled; the state is in its details.
    """
    task = services.tasks.wait(task_id, seconds)
    state = state_of(task, services)
    if task.has_failed:
        status, code = task.failure
        raise SaveFailedError(state.message, state.model_dump(mode="json"), status, code)
    return state
