"""generate_draft_url: where a draft can be downloaded."""

from pydantic import Field

from fields.answers import DraftAnswer
from fields.groups import DraftFolder
from fields.requests import Request
from fields.words import Identifier
from services import Services


class GenerateDraftUrl(DraftFolder, Request):
    """Get the link that downloads a draft as it is when the link is opened."""

    example = {"draft_id": "first"}

    draft_id: Identifier = Field(description="The draft.")


class DraftUrl(DraftAnswer):
    """The link, as `draft_url`."""


def generate_draft_url(req: GenerateDraftUrl, services: Services) -> DraftUrl:
    """Name the draft's download; it is saved when the link is opened.

    Raises:
        DraftNotFoundError: there is no such draft.
    """
    script = services.drafts.snapshot(req.draft_id)
    url = services.draft_path(script.draft_id, script.app)
    return DraftUrl(draft_id=script.draft_id, draft_url=url, version=script.version)
