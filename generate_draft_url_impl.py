"""generate_draft_url: where a draft can be downloaded."""

from contextlib import suppress

from pydantic import Field

from errors import StorageError
from fields.answers import DraftAnswer
from fields.groups import DraftFolder
from fields.requests import Request
from fields.words import Identifier
from services import Services
from store.tasks import Task


class GenerateDraftUrl(DraftFolder, Request):
    """Get a link that downloads a draft: a fresh one into the storage if it was put there, else one to this service."""

    example = {"draft_id": "first"}

    draft_id: Identifier = Field(description="The draft.")


class DraftUrl(DraftAnswer):
    """The link, as `draft_url`."""

    storage: str = Field(
        description="Where it leads: local, which is this service, to the draft as it is when the link is opened; "
        "folder, oss, s3: to the zip of the draft as it is now, for 24 hours."
    )


def generate_draft_url(req: GenerateDraftUrl, services: Services) -> DraftUrl:
    """Name the draft's zip in the storage, if it is there and up to date, or its download.

    Raises:
        DraftNotFoundError: there is no such draft.
    """
    script = services.drafts.snapshot(req.draft_id)
    stored = _stored(script.draft_id, script.version, services)
    url = services.stored_link(stored) if stored else services.draft_path(script.draft_id, script.app)
    kind = stored.storage if stored else "local"
    return DraftUrl(draft_id=script.draft_id, draft_url=url, version=script.version, storage=kind)


def _stored(draft_id: str, version: int, services: Services) -> Task | None:
    """The latest save, if its zip is in the storage and nothing has changed since."""
    latest, incarnation = services.tasks.latest(draft_id), services.drafts.entry(draft_id).incarnation
    if latest is None or (latest.incarnation, latest.draft_version) != (incarnation, version):
        return None
    if latest.status != "completed" or not services.stored_link(latest):
        return None
    with suppress(StorageError):  # it cannot be asked just now, and may not be reached from where the link is opened
        return latest if services.storage_for("draft_url").exists(latest.stored_as) else None
    return None
