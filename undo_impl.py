"""undo: take back the latest edits of a draft."""

from fields.answers import Jumped
from fields.requests import OfDraft
from fields.words import Steps
from services import Services


class Undo(OfDraft):
    """Take back the latest edits of a draft; redo does them again, until another edit comes between."""

    example = {"draft_id": "first"}

    steps: Steps = 1


def undo(req: Undo, services: Services) -> Jumped:
    """Log it; answer where the draft is."""
    return req.jump("undo", {"steps": req.steps}, services.drafts, services.call_key)
