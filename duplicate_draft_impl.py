"""duplicate_draft: make another draft of one, as it is or was."""

from pydantic import Field

from fields.answers import DraftAnswer
from fields.requests import Request, new_draft_id
from fields.words import Identifier, Name, Version
from services import Services
from store.copies import copied


class DuplicateDraft(Request):
    """Make a copy of a draft, with its history; both can be edited apart from each other."""

    example = {"draft_id": "first", "new_draft_id": "second"}

    draft_id: Identifier = Field(description="The draft to copy.")
    new_draft_id: Identifier | None = Field(None, description="Id of the copy; left out, one is made.")
    name: Name | None = Field(None, description="Name of the copy; left out: that of the draft.")
    version: Version | None = Field(None, description="Copy it as it was at this version; left out: as it is.")


class Duplicated(DraftAnswer):
    """The copy. Its segments have the ids that they have in the draft."""


def duplicate_draft(req: DuplicateDraft, services: Services) -> Duplicated:
    """Copy the log; the same call sent again finds the copy it has made.

    Raises:
        DraftNotFoundError: there is no such draft.
        NotFoundError: there is no such version.
        DraftExistsError: there is a draft of the new id.
    """
    done = services.drafts.find(services.call_key)
    script = services.drafts.snapshot(req.draft_id, req.version)
    draft_id = done.draft_id if done else req.new_draft_id or new_draft_id()
    if not done:
        name = req.name or script.name
        _, rows = services.drafts.history(req.draft_id)
        rows = copied(rows[: script.version], req.draft_id, draft_id, name)
        services.drafts.create(draft_id, name, rows, services.call_key)
    url = services.draft_path(draft_id, script.app)
    return Duplicated(draft_id=draft_id, version=script.version, draft_url=url)
