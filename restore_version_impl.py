"""restore_version: make a draft what it was at an earlier version."""

from fields.answers import Jumped
from fields.requests import OfDraft
from fields.words import Version
from services import Services


class RestoreVersion(OfDraft):
    """Make a draft what it was at an earlier version; nothing after that is lost, and undo takes it back."""

    example = {"draft_id": "first", "version": 2}

    version: Version


def restore_version(req: RestoreVersion, services: Services) -> Jumped:
    """Log it; answer where the draft is."""
    return req.jump("restore_version", {"version": req.version}, services.drafts, services.call_key)
