"""add_image: put a picture on a track."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field, ValidationInfo, field_validator

from engine.script_file import Script_file
from engine.segments import Animation, AnimationKind, Media, VideoSegment
from fields.answers import Placed
from fields.groups import Blurred, DraftFolder, Masked, OnTrack, Placement, Span, Transitional, animation_in
from fields.requests import InDraft
from fields.words import Length, MediaUrl, Name, TimelineEnd, TrackName


class AddImage(Blurred, Masked, Transitional, Placement, Span, OnTrack, DraftFolder, InDraft):
    """Put a picture on the timeline, still or moving in and out."""

    example = {"draft_id": "first", "image_url": "asset://samples/photo.png", "start": 3, "end": 6, "scale_x": 0.8}

    image_url: MediaUrl = Field(description="The picture: an http(s) URL, or asset://samples/photo.png.")
    end: TimelineEnd = 3.0
    track_name: TrackName = "image_main"
    animation: Name | None = Field(None, description="Older name of intro_animation, which wins over it.")
    animation_duration: Length = Field(0.5, description="Older name of intro_animation_duration, which wins over it.")
    intro_animation: Name | None = Field(None, description="How it comes in, by name.")
    intro_animation_duration: Length = Field(0.5, description="How long it takes to come in, in seconds.")
    outro_animation: Name | None = Field(None, description="How it goes out, by name.")
    outro_animation_duration: Length = Field(0.5, description="How long it takes to go out, in seconds.")
    combo_animation: Name | None = Field(
        None, description="How it moves while shown, by name; not with intro or outro."
    )
    combo_animation_duration: Length = Field(0.5, description="How long that movement takes, in seconds.")

    plays = "image_url"
    at_its_start = frozenset({"intro_animation", "intro_animation_duration"})
    at_its_end = frozenset({"outro_animation", "outro_animation_duration", "transition", "transition_duration"})

    @field_validator("combo_animation")
    @classmethod
    def _stands_alone(cls, name: str, info: ValidationInfo) -> str:
        if any(info.data.get(other) for other in ("animation", "intro_animation", "outro_animation")):
            raise ValueError("cannot be combined with an intro or outro animation; leave one of them out")
        return name

    def animations(self, script: Script_file) -> tuple[Animation, ...]:
        """The animations asked for."""
        newer = self.model_fields_set & {"intro_animation", "intro_animation_duration"}
        into, length = "intro_animation", self.intro_animation_duration
        if not self.intro_animation:
            into, length = "animation", length if newer else self.animation_duration
        asked: tuple[tuple[AnimationKind, str, float], ...] = (
            ("in", into, length),
            ("out", "outro_animation", self.outro_animation_duration),
            ("group", "combo_animation", self.combo_animation_duration),
        )
        return tuple(
            animation_in(script, "video", kind, field, getattr(self, field), duration)
            for kind, field, duration in asked
            if getattr(self, field)
        )

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
            background_blur=self.blur(),
        )

    @classmethod
    def modern(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        """See OnTrack; `animation` and its duration count only without `intro_animation`."""
        if "intro_animation" in values:
            return {name: value for name, value in values.items() if name not in _OLDER}
        return {_OLDER.get(name, name): value for name, value in values.items() if _OLDER.get(name, "") not in values}


_OLDER = {"animation": "intro_animation", "animation_duration": "intro_animation_duration"}


def add_image(req: AddImage, script: Script_file) -> Placed:
    """Place the picture on its track."""
    return req.put(script)
