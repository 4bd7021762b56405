"""delete_draft: put a draft away; for a time it can be recovered."""

from pydantic import Field

from chores import purge
from draft_cache import now
from errors import DraftChangedError, DraftNotFoundError
from fields.answers import Answer
from fields.requests import Changing, Expecting
from fields.words import Identifier
from services import DAY, Services
from util import utc


class DeleteDraft(Expecting, Changing):
    """Delete a draft. It can be recovered until it is purged, after as many days as are configured, or at once."""

    example = {"draft_id": "first"}

    draft_id: Identifier = Field(description="The draft to delete.")
    purge: bool = Field(False, description="Remove it and its saves for good, now; for a deleted draft as well.")


class Deleted(Answer):
    """What became of the draft."""

    draft_id: str = Field(description="The draft.")
    purged: bool = Field(description="Whether it is gone for good.")
    recoverable_until: str = Field(description="When it will be purged, as UTC; empty if it is gone.")


def delete_draft(req: DeleteDraft, services: Services) -> Deleted:
    """Mark it as deleted, or remove it.

    Raises:
        DraftNotFoundError: there is no such draft; or it is deleted already and is not to be purged.
        DraftChangedError: it is not at the version that the caller expects, or was deleted or recovered just now.
    """
    entry = services.store.entry(req.draft_id)
    if entry is None or (entry.deleted_at is not None and not req.purge):
        raise DraftNotFoundError(req.draft_id, is_deleted=entry is not None)
    req.check(entry.version)
    if req.purge:
        if not purge(entry, services):
            raise DraftChangedError(req.draft_id)
        return Deleted(draft_id=req.draft_id, purged=True, recoverable_until="")
    at = now()
    services.store.mark_deleted(req.draft_id, at)
    until = at + round(services.settings.retention_days * DAY * 1000)
    return Deleted(draft_id=req.draft_id, purged=False, recoverable_until=utc(until))
