"""recover_draft: bring a deleted draft back."""

from pydantic import Field

from errors import DraftNotFoundError
from fields.answers import DraftAnswer
from fields.requests import Changing
from fields.words import Identifier
from services import Services


class RecoverDraft(Changing):
    """Bring a deleted draft back as it was."""

    example = {"draft_id": "first"}

    draft_id: Identifier = Field(description="The deleted draft.")


class Recovered(DraftAnswer):
    """The draft that is back."""


def recover_draft(req: RecoverDraft, services: Services) -> Recovered:
    """Take the mark off it; a draft that is not deleted stays as it is.

    Raises:
        DraftNotFoundError: there is no such draft, or it was purged.
    """
    if services.store.entry(req.draft_id) is None:
        raise DraftNotFoundError(req.draft_id)
    services.store.mark_deleted(req.draft_id, None)
    return Recovered(draft_id=req.draft_id, version=services.drafts.version(req.draft_id))
