"""add_audio: put a clip of sound on a track."""

from typing import Annotated

from pydantic import AliasChoices, Field

from engine.catalog import DISPLAY_NAMES, App, Kind, Resource, find_resource, names
from engine.script_file import Script_file
from engine.segments import AudioSegment, Effect
from errors import InvalidRequestError, UnknownNameError
from fields.answers import Placed
from fields.groups import DraftFolder, Excerpt, OnTrack, check_sliders
from fields.requests import InDraft
from fields.words import MediaUrl, Name, Percent, TrackName, at_most
from util import nearest

_EFFECT_KINDS: tuple[Kind, ...] = ("audio_scene_effect", "audio_tone", "audio_speech_to_song")
"""Where an effect's name is looked for; the first that has it wins."""


class AddAudio(Excerpt, OnTrack, DraftFolder, InDraft):
    """Put a clip of sound on the timeline.

    `start` and `end` choose a part of the sound; `target_start` says where that goes. Without `end` or `duration` the
    clip runs to the end of the sound, which is looked up when the draft is saved.
    """

    example = {"draft_id": "first", "audio_url": "asset://samples/music.mp3", "end": 6, "volume": 0.5}

    audio_url: MediaUrl = Field(
        validation_alias=AliasChoices("audio_url", "audio_path"),
        description="The sound: an http(s) URL, or asset://samples/music.mp3.",
    )
    track_name: TrackName = "audio_main"
    effect_type: Name | None = Field(None, description="Voice or room effect, by name.")
    effect_params: Annotated[tuple[Percent | None, ...], at_most(20)] = Field(
        (), description="Slider values of the effect from 0 to 100; null keeps a slider's default."
    )

    plays = "audio_url"

    def effect_in(self, app: App) -> Effect | None:
        """The effect, if one is asked for.

        Raises:
            UnknownNameError: the app has none of that name.
            InvalidRequestError: more slider values than it has sliders.
        """
        if self.effect_type is None:
            if self.effect_params:
                raise InvalidRequestError.about("effect_params", "there is no effect for them; give effect_type too")
            return None
        kind, resource = _find_effect(app, self.effect_type)
        check_sliders(self.effect_params, resource, "effect_params")
        return Effect(kind, self.effect_type, self.effect_params)

    def segment(self, script: Script_file, segment_id: str, added: int) -> AudioSegment:
        """See OnTrack."""
        return AudioSegment(
            **self.marks(segment_id, added),
            **self.placed_in(script),
            media=self.media(self.audio_url, "audio"),
            effect=self.effect_in(script.app),
        )


def add_audio(req: AddAudio, script: Script_file) -> Placed:
    """Place the clip on its track."""
    return req.put(script)


def _find_effect(app: App, name: str) -> tuple[Kind, Resource]:
    """The effect of that name, with its kind."""
    for kind in _EFFECT_KINDS:
        resource = find_resource(app, kind, name)
        if resource:
            return kind, resource
    near = nearest(name, [known for kind in _EFFECT_KINDS for known in names(app, kind)])
    raise UnknownNameError("audio_effect", name, near, DISPLAY_NAMES[app]).at("effect_type")
