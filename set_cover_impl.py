"""set_cover: choose the picture that stands for a draft."""

from pydantic import Field, ValidationInfo, field_validator

from engine.script_file import Cover, Script_file
from engine.time import microseconds
from fields.answers import DraftAnswer
from fields.requests import OfDraft
from fields.words import MediaUrl, Seconds


class SetCover(OfDraft):
    """Choose the picture that the app shows in its list of drafts; with neither field, what the draft shows first."""

    example = {"draft_id": "first", "time": 1}

    image_url: MediaUrl | None = Field(None, description="A picture.")
    time: Seconds | None = Field(
        None, description="When on the timeline, in seconds: what the video or picture at the back shows then."
    )

    @field_validator("time")
    @classmethod
    def _one_of_them(cls, time: float | None, info: ValidationInfo) -> float | None:
        if time is not None and info.data.get("image_url"):
            raise ValueError("give image_url or time, not both")
        return time


class Covered(DraftAnswer):
    """What its cover shows."""

    image_url: str | None = Field(description="The picture, if it is one.")
    time: float | None = Field(description="The time on the timeline, if it is one; with neither: what is shown first.")


def set_cover(req: SetCover, script: Script_file) -> Covered:
    """Keep the choice; the picture is drawn with the next save."""
    script.set_cover(Cover(req.image_url, None if req.time is None else microseconds(req.time)))
    return Covered(draft_id=script.draft_id, version=script.version, image_url=req.image_url, time=req.time)
