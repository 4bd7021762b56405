"""An operation of a batch."""

from typing import Annotated, Any

from pydantic import AliasChoices, BeforeValidator, Field

from .requests import Request
from .words import Identifier, Name, finite, kept_as_json


class BatchStep(Request):
    """One operation of a batch."""

    operation: Name = Field(
        validation_alias=AliasChoices("operation", "op", "action_type"),
        description="Name of the operation: any that edits a draft; create_draft may be the first.",
    )
    request: Annotated[dict[str, Any], BeforeValidator(finite), BeforeValidator(kept_as_json)] = Field(
        {},
        validation_alias=AliasChoices("request", "args", "params", "parameters"),
        description="Its fields, but for draft_id. Where it takes a segment_id, alias://<alias> names the segment that "
        "an earlier operation of this batch has added.",
    )
    alias: Identifier | None = Field(
        None, description="What later operations of this batch call the segment that this one adds."
    )
