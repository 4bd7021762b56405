"""redo: do edits again that were undone."""

from fields.answers import Jumped
from fields.requests import OfDraft
from fields.words import Steps
from services import Services


class Redo(OfDraft):
    """Do the edits again that were undone last."""

    example = {"draft_id": "first"}

    steps: Steps = 1


def redo(req: Redo, services: Services) -> Jumped:
    """Log it; answer where the draft is."""
    return req.jump("redo", {"steps": req.steps}, services.drafts, services.call_key)
