"""rename_draft: call a draft otherwise."""

from pydantic import Field

from engine.script_file import Script_file
from fields.answers import DraftAnswer
from fields.requests import OfDraft
from fields.words import DraftName, folder_doubts


class RenameDraft(OfDraft):
    """Rename a draft: its name in the app, in lists, and of the folders of its next saves."""

    example = {"draft_id": "first", "name": "My best draft"}

    name: DraftName = Field(description="The new name.")


class Renamed(DraftAnswer):
    """The draft under its new name."""

    name: str = Field(description="Its name.")


def rename_draft(req: RenameDraft, script: Script_file) -> Renamed:
    """Change the name; the index of drafts follows (`DraftCache`)."""
    script.rename(req.name)
    return Renamed(
        draft_id=script.draft_id,
        version=script.version,
        name=script.name,
        warnings=folder_doubts(script.name, script.draft_id),
    )
