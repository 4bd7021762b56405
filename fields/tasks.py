"""Saves as callers see them: what requests about them have in common, and the state that is answered."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any

import orjson
from pydantic import AfterValidator, AliasChoices, Field

from media.address import check_url, is_web
from store.tasks import Status, Task
from util import utc

from .answers import Answer
from .requests import Request
from .words import Checked, Identifier, Number

Wait = Annotated[
    Number,
    Field(ge=0, le=600, description="Longest time to wait for the result, in seconds; the save goes on either way."),
]


_MOST_METADATA = 10_000


def _web_address(value: str) -> str:
    if not is_web(value):
        raise ValueError("must be an http or https address")
    check_url(value)
    return value


def _small(value: dict[str, Any]) -> dict[str, Any]:
    try:
        size = len(orjson.dumps(value))
    except orjson.JSONEncodeError as error:
        raise ValueError(f"must be plain JSON: {error}") from None
    if size > _MOST_METADATA:
        raise ValueError(f"must have at most {_MOST_METADATA:,} bytes as JSON; it has {size:,}")
    return value


WebhookUrl = Annotated[
    str, Field(max_length=2_048), Checked(_web_address, {"format": "uri", "pattern": "^[hH][tT][tT][pP][sS]?://"})
]
Metadata = Annotated[
    dict[str, Any],
    AfterValidator(_small),
    Field(
        description="Anything of your own, an object of at most 10,000 bytes; given back with each state of the save."
    ),
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
    downloaded_bytes: int = Field(description="Bytes of media fetched for this save; what was kept needs no fetching.")
    total_bytes: int = Field(description="Bytes of media that this save fetches in all, as far as servers have told.")
    draft_url: str = Field(
        description="Where the zip is; empty as long as there is none. A link into a storage is good for 24 hours; "
        "each answer has a fresh one."
    )
    storage: str = Field(description="Where draft_url leads: local, which is this service, or folder, oss, s3.")
    upload_error: str = Field(description="Why the zip could not be put into the storage; empty: nothing went wrong.")
    partial: bool = Field(description="Failed, but there is a draft: without what is missing, or not uploaded.")
    failed_files: list[dict[str, Any]] = Field(description="Media and fonts that cannot be had: url, reason, segments.")
    removed_segments: list[dict[str, Any]] = Field(description="Segments that are not in the draft, and why.")
    trimmed_segments: list[dict[str, Any]] = Field(description="Segments that are shorter than asked for, and why.")
    findings: list[dict[str, Any]] = Field(description="Rules of the format that the draft does not keep.")
    deployed_to: str = Field(description="Where on this machine the draft was put; empty: nowhere.")
    created_at: str = Field(description="When it was asked for, as UTC.")
    finished_at: str = Field(description="When it ended, as UTC; empty until then.")
    retry_of: str = Field(description="The save that it does again; empty for most.")
    metadata: dict[str, Any] = Field(description="What save_draft was given as metadata, as it came.")


Place = Callable[[Task], tuple[str, str]]
"""Where the zip of a save is: its link, and the kind of storage."""


def state_of(task: Task, place: Place) -> SaveStatus:
    """What callers are told of a task."""
    fields = {name: value for name, value in asdict(task).items() if name in SaveStatus.model_fields}
    finished = "" if task.finished_at is None else utc(task.finished_at)
    url, storage = place(task) if task.has_archive else ("", "local")
    return SaveStatus(
        **fields | {"created_at": utc(task.created_at), "finished_at": finished, "draft_url": url, "storage": storage},
        success=not task.has_failed,
        partial=task.status == "failed" and task.has_archive,
    )
