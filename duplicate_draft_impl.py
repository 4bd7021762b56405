"""duplicate_draft: make another draft of one, as it is or was."""

from pydantic import Field

from errors import DraftExistsError
from fields.answers import DraftAnswer
from fields.requests import Changing, Expecting, new_draft_id
from fields.words import DraftName, Identifier, Version, folder_doubts
from services import Services
from store.copies import copied
from store.drafts import Row


class DuplicateDraft(Expecting, Changing):
    """Make a copy of a draft, with its history; both can be edited apart from each other."""

    example = {"draft_id": "first", "new_draft_id": "second"}

    draft_id: Identifier = Field(description="The draft to copy.")
    new_draft_id: Identifier | None = Field(None, description="Id of the copy; left out, one is made.")
    name: DraftName | None = Field(None, description="Name of the copy; left out: that of the draft.")
    version: Version | None = Field(None, description="Copy it as it was at this version; left out: as it is.")


class Duplicated(DraftAnswer):
    """The copy. Its segments have the ids that they have in the draft."""


def duplicate_draft(req: DuplicateDraft, services: Services) -> Duplicated:
    """Copy the log; the same call sent again finds the copy it has made.

    Raises:
        DraftNotFoundError: there is no such draft.
        NotFoundError: there is no such version.
        DraftChangedError: it is not at the version that the caller expects.
        DraftExistsError: there is a draft of the new id.
    """
    done = services.drafts.find(services.call_key)
    script = services.drafts.snapshot(req.draft_id, req.version)
    draft_id = done.draft_id if done else req.new_draft_id or new_draft_id()
    if not done:
        req.check(services.drafts.version(req.draft_id) if req.version else script.version)
        name = req.name or script.name
        _, rows = services.drafts.history(req.draft_id)
        services.claim(draft_id, rows[0])
        _create(draft_id, name, copied(rows[: script.version], req.draft_id, draft_id, name), services)
    url = services.draft_path(draft_id, script.app)  # known without building the copy
    doubts = folder_doubts(req.name, draft_id) if req.name else []
    return Duplicated(draft_id=draft_id, version=script.version, draft_url=url, warnings=doubts)


def _create(draft_id: str, name: str, rows: list[Row], services: Services) -> None:
    try:
        services.drafts.create(draft_id, name, rows, services.call_key)
    except DraftExistsError as error:
        error.rename("draft_id", "new_draft_id")
        raise
