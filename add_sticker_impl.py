"""add_sticker: put a sticker of the app's store on a track."""

from typing import Annotated

from pydantic import AliasChoices, Field

from engine.script_file import Script_file
from engine.segments import StickerSegment
from fields.answers import Placed
from fields.groups import OnTrack, Span
from fields.pictures import Pose
from fields.requests import InDraft
from fields.words import PRINTABLE, TimelineEnd, TrackName


class AddSticker(Pose, Span, OnTrack, InDraft):
    """Put a sticker of the app's own store on the canvas.

    The app fetches it when it opens the draft, by an id that means nothing to the other app.
    """

    example = {"draft_id": "first", "sticker_id": "7245680678875008261", "start": 1, "end": 3, "transform_y": 0.5}

    sticker_id: Annotated[str, Field(min_length=1, max_length=100), PRINTABLE] = Field(
        validation_alias=AliasChoices("sticker_id", "resource_id"),
        coerce_numbers_to_str=True,
        description="The sticker's resource id in the store of the draft's app; a draft that has it names it so.",
    )
    end: TimelineEnd = 5
    track_name: TrackName = "sticker_main"

    def segment(self, script: Script_file, segment_id: str, added: int) -> StickerSegment:
        """See OnTrack."""
        return StickerSegment(
            **self.marks(segment_id, added), **self.span(script), resource_id=self.sticker_id, look=self.look()
        )


def add_sticker(req: AddSticker, script: Script_file) -> Placed:
    """Place the sticker on its track."""
    return req.put(script)
