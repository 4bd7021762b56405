"""add_effect: lay a visual effect over a stretch of the timeline."""

from pydantic import AliasChoices, Field

from engine.script_file import Script_file
from engine.segments import EffectSegment
from fields.answers import Placed
from fields.groups import EffectCategory, OnTrack, Sliders, Span, effect_in
from fields.requests import InDraft
from fields.words import Name, TimelineEnd, TrackName


class AddEffect(Span, OnTrack, InDraft):
    """Lay a visual effect over everything that is shown during a stretch of the timeline."""

    example = {"draft_id": "first", "effect_type": "Blur", "end": 2}

    effect_type: Name = Field(
        validation_alias=AliasChoices("effect_type", "name"), description="Effect by name, of the draft's target app."
    )
    effect_category: EffectCategory = Field("scene", validation_alias=AliasChoices("effect_category", "category"))
    end: TimelineEnd = 3
    track_name: TrackName = "effect_01"
    params: Sliders = Field((), validation_alias=AliasChoices("params", "effect_params"))

    def segment(self, script: Script_file, segment_id: str, added: int) -> EffectSegment:
        """See OnTrack."""
        fields = ("effect_type", "params", "effect_category")
        effect = effect_in(script.app, self.effect_category, self.effect_type, self.params, fields)
        return EffectSegment(**self.marks(segment_id, added), **self.span(script), effect=effect)


def add_effect(req: AddEffect, script: Script_file) -> Placed:
    """Place the effect on its track."""
    return req.put(script)
