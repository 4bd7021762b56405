"""add_effect: lay a visual effect over a stretch of the timeline."""

from typing import Annotated, Literal

from pydantic import AliasChoices, Field

from engine.catalog import Kind, get_resource
from engine.script_file import Script_file
from engine.segments import Effect, EffectSegment
from fields.answers import Placed
from fields.groups import OnTrack, Span, check_sliders, known
from fields.requests import InDraft
from fields.words import Name, Percent, TimelineEnd, TrackName, at_most

_KINDS: dict[str, Kind] = {"scene": "video_scene_effect", "character": "video_character_effect"}


class AddEffect(Span, OnTrack, InDraft):
    """Lay a visual effect over everything that is shown during a stretch of the timeline."""

    example = {"draft_id": "first", "effect_type": "Blur", "end": 2}

    effect_type: Name = Field(description="Effect by name, of the draft's target app.")
    effect_category: Literal["scene", "character"] = Field(
        "scene", description="scene works on the whole picture, character on people in it."
    )
    end: TimelineEnd = 3
    track_name: TrackName = "effect_01"
    params: Annotated[tuple[Percent | None, ...], at_most(20)] = Field(
        (),
        validation_alias=AliasChoices("params", "effect_params"),
        description="Slider values of the effect from 0 to 100, in the app's order; null keeps a slider's default.",
    )

    def segment(self, script: Script_file, segment_id: str, added: int) -> EffectSegment:
        """See OnTrack."""
        kind = _KINDS[self.effect_category]
        name = known(script.app, kind, self.effect_type, "effect_type")
        check_sliders(self.params, get_resource(script.app, kind, name), "params")
        effect = Effect(kind, name, self.params)
        return EffectSegment(**self.marks(segment_id, added), **self.span(script), effect=effect)


def add_effect(req: AddEffect, script: Script_file) -> Placed:
    """Place the effect on its track."""
    return req.put(script)
