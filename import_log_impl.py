"""import_log: make a draft of what export_log gave."""

from typing import Annotated, Any, Literal

import orjson
from pydantic import BeforeValidator, Field, field_validator

from errors import InvalidRequestError, ServiceError
from fields.answers import DraftAnswer
from fields.requests import Changing, Request
from fields.words import LOG_FORMAT, DraftName, Identifier, Name, Whole, at_most, finite, folder_doubts, kept_as_json
from services import Services
from store.copies import copied
from store.drafts import Row
from util import LAST_MILLISECOND

_MOST_OPERATIONS = 200_000


class LoggedOperation(Request):
    """One operation of an exported draft."""

    version: Annotated[Whole, Field(ge=1, le=_MOST_OPERATIONS)] = Field(
        description="Its number: 1 for the first, then without gaps."
    )
    operation: Name = Field(description="Name of the operation.")
    at: Annotated[Whole, Field(ge=0, le=LAST_MILLISECOND)] = Field(
        0, description="When it was done: milliseconds since 1970."
    )
    request: Annotated[dict[str, Any], BeforeValidator(finite), BeforeValidator(kept_as_json)] = Field(
        description="Its parameters."
    )

    def row(self) -> Row:
        """The row of the log that it is."""
        return Row(self.version, self.operation, orjson.dumps(self.request), self.at)


class DraftExport(Request):
    """An exported draft."""

    format: Literal["capcut-drafts-log/1"] = Field(description=f"{LOG_FORMAT!r}.")
    draft_id: Identifier = Field(description="Id of the draft it was.")
    name: DraftName = Field(description="Name of the draft.")
    exported_at: str = Field("", description="When that was, as UTC.")
    operations: Annotated[tuple[LoggedOperation, ...], at_most(_MOST_OPERATIONS), Field(min_length=1)] = Field(
        description="Its operations, in order."
    )

    @field_validator("operations")
    @classmethod
    def _without_gaps(cls, operations: tuple[LoggedOperation, ...]) -> tuple[LoggedOperation, ...]:
        if [one.version for one in operations] != list(range(1, len(operations) + 1)):
            raise ValueError("must be numbered 1, 2, 3... by their versions")
        if operations[0].operation != "create_draft":
            raise ValueError("must begin with create_draft")
        return operations


class ImportLog(Changing):
    """Make a draft of what export_log gave: the same operations, history and ids of segments."""

    example = {
        "draft_id": "third",
        "log": {
            "format": "capcut-drafts-log/1",
            "draft_id": "first",
            "name": "My first draft",
            "operations": [
                {"version": 1, "operation": "create_draft", "request": {"draft_id": "first", "target": "capcut"}},
                {"version": 2, "operation": "add_text", "request": {"text": "Hello"}},
            ],
        },
    }

    log: DraftExport = Field(description="What export_log gave.")
    draft_id: Identifier | None = Field(None, description="Id of the new draft; left out: the one it had.")
    name: DraftName | None = Field(None, description="Name of the new draft; left out: the one it had.")


class Imported(DraftAnswer):
    """The draft that was made."""


def import_log(req: ImportLog, services: Services) -> Imported:
    """Do its operations once to see that all can be done, then store them.

    Raises:
        InvalidRequestError: one of its operations cannot be done.
        DraftExistsError: there is a draft of that id.
    """
    done = services.drafts.find(services.call_key)
    draft_id = done.draft_id if done else req.draft_id or req.log.draft_id
    name = req.name or req.log.name
    if not done:
        rows = copied([one.row() for one in req.log.operations], req.log.draft_id, draft_id, name)
        try:
            services.drafts.check(draft_id, rows)
        except ServiceError as error:
            raise InvalidRequestError.about("log.operations", str(error)) from error
        services.claim(draft_id, rows[0])
        services.drafts.create(draft_id, name, rows, services.call_key)
    version = services.drafts.version(draft_id)
    return Imported(draft_id=draft_id, version=version, warnings=folder_doubts(name, draft_id) if req.name else [])
