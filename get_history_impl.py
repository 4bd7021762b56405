"""get_history: which operations made a draft what it is."""

from typing import Any

from pydantic import BaseModel, Field

from fields.answers import Answer, Redoable, SameAs, Undoable
from fields.requests import Request
from fields.words import Identifier, Limit, Offset
from services import Services
from store.drafts import Row
from util import utc


class GetHistory(Request):
    """List the operations of a draft, the latest first, and which of them can be undone or redone."""

    example = {"draft_id": "first"}

    draft_id: Identifier = Field(description="The draft.")
    limit: Limit = 50
    offset: Offset = 0


class Step(BaseModel):
    """One operation of a draft."""

    version: int = Field(description="The draft's version after it.")
    operation: str = Field(description="Name of the operation.")
    request: dict[str, Any] = Field(description="Its parameters, those left out that had their default.")
    at: str = Field(description="When it was done, as UTC.")
    in_draft: bool = Field(description="Whether the draft as it is now has it; false: it was undone, or is an undo.")


class DraftHistory(Answer):
    """The operations of a draft."""

    draft_id: str = Field(description="The draft.")
    version: int = Field(description="The version it is at: as many operations were done.")
    same_as: SameAs
    undoable: Undoable
    redoable: Redoable
    total: int = Field(description="How many operations there are.")
    steps: list[Step] = Field(description="The operations, latest first.")


def get_history(req: GetHistory, services: Services) -> DraftHistory:
    """Read the log.

    Raises:
        DraftNotFoundError: there is no such draft.
    """
    history, rows = services.drafts.history(req.draft_id)
    path = history.path()
    present = set(path)
    page = rows[::-1][req.offset : req.offset + req.limit]
    return DraftHistory(
        draft_id=req.draft_id,
        version=history.version,
        same_as=path[-1],
        undoable=len(history.undoable),
        redoable=len(history.redoable),
        total=len(rows),
        steps=[_step(row, row.number in present) for row in page],
    )


def _step(row: Row, in_draft: bool) -> Step:
    request = row.asked()
    if isinstance(imported := request.get("imported"), dict):  # a whole draft, which get_draft shows
        request["imported"] = {"bytes": len(str(imported.get("document", "")))}
    return Step(version=row.number, operation=row.name, request=request, at=utc(row.at), in_draft=in_draft)
