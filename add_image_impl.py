"""add_image: put a picture on a track."""

from collections.abc import Mapping
from typing import Any

from pydantic import AliasChoices, Field

from engine.script_file import Script_file
from engine.segments import Media, VideoSegment
from fields.answers import Placed
from fields.groups import DraftFolder, Masked, OnTrack, Span, Transitional
from fields.pictures import COMES_IN, GOES_OUT, Animated, Finished, Pose
from fields.requests import InDraft
from fields.words import Length, MediaUrl, Name, TimelineEnd, TrackName


class AddImage(Animated, Finished, Masked, Transitional, Pose, Span, OnTrack, DraftFolder, InDraft):
    """Put a picture on the timeline, still or moving in and out."""

    example = {"draft_id": "first", "image_url": "asset://samples/photo.png", "start": 3, "end": 6, "scale_x": 0.8}

    image_url: MediaUrl = Field(
        validation_alias=AliasChoices("image_url", "image_path"),
        description="The picture: an http(s) URL, or asset://samples/photo.png.",
    )
    end: TimelineEnd = 3.0
    track_name: TrackName = "image_main"
    animation: Name | None = Field(None, description="Older name of intro_animation, which wins over it.")
    animation_duration: Length = Field(0.5, description="Older name of intro_animation_duration, which wins over it.")

    plays = "image_url"
    at_its_start = COMES_IN
    at_its_end = GOES_OUT

    def intro(self) -> tuple[str, float]:
        """See Animated; `animation` counts without `intro_animation`."""
        if self.intro_animation:
            return super().intro()
        newer = self.model_fields_set & COMES_IN
        return "animation", self.intro_animation_duration if newer else self.animation_duration

    def doubts(self, script: Script_file) -> list[str]:
        """See OnTrack."""
        return self.unproven(script.app)

    def segment(self, script: Script_file, segment_id: str, added: int) -> VideoSegment:
        """See OnTrack."""
        return VideoSegment(
            **self.marks(segment_id, added),
            **self.span(script),
            media=Media(self.image_url, "photo"),
            look=self.look(),
            mask=self.mask_in(script.app),
            transition=self.transition_in(script.app),
            animations=self.animations(script),
            finish=self.finish_in(script.app),
            **self.filling(),
        )

    @classmethod
    def modern(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        """See OnTrack; `animation` and its duration count only without `intro_animation`."""
        values = super().modern(values)
        if "intro_animation" in values:
            return {name: value for name, value in values.items() if name not in _OLDER}
        return {_OLDER.get(name, name): value for name, value in values.items() if _OLDER.get(name, "") not in values}


_OLDER = {"animation": "intro_animation", "animation_duration": "intro_animation_duration"}


def add_image(req: AddImage, script: Script_file) -> Placed:
    """Place the picture on its track."""
    return req.put(script)
