"""list_types: the names that parameters take. Older clients ask for each kind on a route of its own.

To add a kind: a line in LISTS of `fields/kinds.py`; its route `get_<kind>_types` follows (`other_names.py`).
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

from pydantic import AliasChoices, BaseModel, Field

from engine.catalog import App, Kind, Param, get_resource, names
from engine.profiles import get_profile
from fields.answers import Answer
from fields.kinds import LISTS, ListKind, ListName
from fields.requests import Request
from fields.words import AppName
from services import Services

_AUDIO: dict[App, dict[str, Kind]] = {
    "capcut": {
        "Voice_filters": "audio_scene_effect",
        "Voice_characters": "audio_tone",
        "Speech_to_song": "audio_speech_to_song",
    },
    "jianying": {
        "Tone": "audio_tone",
        "Audio_scene": "audio_scene_effect",
        "Speech_to_song": "audio_speech_to_song",
    },
}
"""`audio_effect`: what the contract calls each kind of sound effect, by app."""


class ListTypes(Request):
    """List the names that a parameter takes: transitions, masks, fonts, animations, effects, filters."""

    example = {"kind": "mask"}

    kind: ListKind = Field(description="What to list.")
    profile: AppName | None = Field(
        None,
        validation_alias=AliasChoices("profile", "target"),
        description="Whose names: an app (capcut, jianying) or a target; left out: the app that new drafts are for.",
    )


class EffectParameter(BaseModel):
    """A slider of an effect, in hundredths of the effect's own scale, as CapCutAPI tells it."""

    name: str = Field(description="What the app calls it.")
    default_value: float = Field(description="Where it is unless told otherwise.")
    min_value: float = Field(description="Its least value; what operations take as 0.")
    max_value: float = Field(description="Its greatest value; what operations take as 100.")


class NamedType(BaseModel):
    """One name; sound effects have more to say."""

    name: str = Field(description="The name.")
    type: str | None = Field(None, description="Sound effects: which kind.")
    params: list[EffectParameter] | None = Field(None, description="Sound effects: the sliders, in order.")


class TypeList(Answer):
    """The names of one kind."""

    types: list[NamedType] = Field(description="The names, in the order of the app's catalog.")

    def output(self) -> Any:
        """The list itself, as the contract has it."""
        return [one.model_dump(exclude_none=True) for one in self.types]


def list_types(req: ListTypes, services: Services) -> TypeList:
    """Read the catalog of the app."""
    return _listed(req.profile or get_profile(services.settings.default_target).app, req.kind)


@cache
def _listed(app: App, kind: ListName) -> TypeList:
    if kind == "audio_effect":
        return TypeList(types=list(_sound_effects(app)))
    return TypeList(types=[NamedType(name=name) for name in names(app, LISTS[kind])])


def _sound_effects(app: App) -> Iterator[NamedType]:
    for title, kind in _AUDIO[app].items():
        for name in names(app, kind):
            params = [_parameter(param) for param in get_resource(app, kind, name).params]
            yield NamedType(name=name, type=title, params=params)


def _parameter(param: Param) -> EffectParameter:
    default, least, most = (round(value * 100, 6) for value in (param.default, param.min, param.max))
    return EffectParameter(name=param.name, default_value=default, min_value=least, max_value=most)
