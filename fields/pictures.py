"""Groups of fields on pictures, still or moving: how they stand, what is done to them, how they come and go."""

from collections.abc import Iterator, Set
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, Field, ValidationInfo, field_validator

from engine.catalog import App, fold_name
from engine.script_file import Script_file
from engine.segments import NATURAL, Animation, AnimationKind, ChromaKey, Effect, Filter, Finish, Look
from engine.segments import Crop as EngineCrop
from errors import InvalidRequestError

from .adjust import Adjusting, unproven
from .groups import EffectCategory, Placement, Sliders, animation_in, effect_in, known
from .requests import Request
from .words import NUMERAL, Colour, Degrees, Length, Name, Number, Opacity, Percent, at_most

_BLUR = {1: 0.0625, 2: 0.375, 3: 0.75, 4: 1.0}
"""Background blur by its step in the app."""
_USUAL_BLUR = 2
_USUAL_MIX = {"normal", "none", "default", "正常", "默认"}

Strip = Annotated[Number, Field(ge=0, le=0.99)]


class Pose(Placement):
    """Where a picture stands, how it is turned, and how much of what is behind shines through."""

    alpha: Opacity = 1.0
    rotation: Degrees = 0.0
    flip_horizontal: bool = Field(False, description="Swap left and right.")
    flip_vertical: bool = Field(False, description="Swap top and bottom.")

    def look(self) -> Look:
        """See Placement."""
        return Look(
            self.transform_x,
            self.transform_y,
            self.scale_x,
            self.scale_y,
            self.alpha,
            self.rotation,
            self.flip_horizontal,
            self.flip_vertical,
        )


class Crop(Request):
    """What is cut away from a picture; at least a hundredth of its width and height stays."""

    left: Strip = Field(0.0, description="Fraction of its width that is cut away at the left, 0 to 0.99.")
    top: Strip = Field(0.0, description="Fraction of its height that is cut away at the top, 0 to 0.99.")
    right: Strip = Field(0.0, description="Fraction of its width that is cut away at the right, 0 to 0.99.")
    bottom: Strip = Field(0.0, description="Fraction of its height that is cut away at the bottom, 0 to 0.99.")

    @field_validator("right", "bottom")
    @classmethod
    def _something_stays(cls, strip: float, info: ValidationInfo) -> float:
        opposite = "left" if info.field_name == "right" else "top"
        if strip + info.data.get(opposite, 0) > 0.99:
            raise ValueError(f"together with {opposite} it must be at most 0.99")
        return strip


class ClipEffect(Request):
    """A picture effect on one clip alone."""

    name: Name = Field(
        validation_alias=AliasChoices("name", "effect_type"), description="Effect by name, of the draft's target app."
    )
    category: EffectCategory = Field("scene", validation_alias=AliasChoices("category", "effect_category"))
    params: Sliders = Field((), validation_alias=AliasChoices("params", "effect_params"))


class Finished(Request):
    """What is done to a picture itself, and what fills the canvas around it."""

    crop: Crop | None = Field(None, description="What is cut away at its edges; left out: nothing.")
    fit: Literal["contain", "cover", "stretch", "blur"] = Field(
        "contain",
        description="Size at scale 1. contain: all of it is inside the canvas; cover: it fills the canvas, what is too "
        "much is outside; stretch: it is drawn out to fill it; blur: as contain, with itself blurred around it.",
    )
    background_blur: Annotated[Literal[1, 2, 3, 4], NUMERAL] | None = Field(
        None, description="Fill the rest of the canvas with the picture, blurred: 1 weak to 4 strong. Main track only."
    )
    background_color: Colour | None = Field(
        None, description="Fill the rest of the canvas with a colour like #FF8800. Main track only."
    )
    filter: Name | None = Field(
        None, validation_alias=AliasChoices("filter", "filter_type"), description="Filter by name, of the target app."
    )
    filter_intensity: Percent = Field(100.0, description="Strength of the filter, 0 to 100.")
    effects: Annotated[tuple[ClipEffect, ...], at_most(10)] = Field(
        (), description="Picture effects on this clip alone, at most 10."
    )
    mix_mode: Name | None = Field(
        None, description="How it mixes with what is behind it, by name: multiply, screen, overlay..."
    )
    adjust: Adjusting | None = Field(None, description="Colour adjustments: brightness, contrast and others.")
    chroma_key: Colour | None = Field(None, description="Colour like #00FF00 that becomes transparent.")
    chroma_key_intensity: Percent = Field(20.0, description="How much that is like it becomes transparent, 0 to 100.")
    chroma_key_shadow: Percent = Field(0.0, description="How much of the shadows on it stays, 0 to 100.")

    @field_validator("background_color")
    @classmethod
    def _one_background(cls, colour: str, info: ValidationInfo) -> str:
        if info.data.get("background_blur") or info.data.get("fit") == "blur":
            raise ValueError("cannot be combined with background_blur or fit blur; leave one of them out")
        return colour

    def filling(self) -> dict[str, Any]:
        """What a `VideoSegment` has around the picture."""
        step = self.background_blur or (_USUAL_BLUR if self.fit == "blur" else None)
        return {"background_blur": step and _BLUR[step], "background_colour": self.background_color}

    def finish_in(self, app: App) -> Finish:
        """What is done to the picture.

        Raises:
            UnknownNameError: the app has no filter, effect or mix mode of that name.
            InvalidRequestError: more slider values than an effect has sliders.
        """
        if not self.model_fields_set & _FINISHING:
            return NATURAL
        return Finish(
            crop=EngineCrop(**self.crop.model_dump()) if self.crop else None,
            fit="contain" if self.fit == "blur" else self.fit,
            filter=filter_in(app, self.filter, self.filter_intensity, "filter") if self.filter else None,
            effects=tuple(self._effects_in(app)),
            mix_mode=self._mix_mode_in(app),
            chroma_key=self._key(),
            adjustments=self.adjust.adjustments() if self.adjust else (),
        )

    def unproven(self, app: App) -> list[str]:
        """Warnings on what no app was seen to show."""
        return [f"adjust: {unproven(app)}"] if self.adjust and self.adjust.adjustments() else []

    def _effects_in(self, app: App) -> Iterator[Effect]:
        for index, one in enumerate(self.effects):
            place = f"effects.{index}"
            fields = (f"{place}.name", f"{place}.params", f"{place}.category")
            yield effect_in(app, one.category, one.name, one.params, fields)

    def _mix_mode_in(self, app: App) -> str | None:
        if self.mix_mode and fold_name(self.mix_mode) in _USUAL_MIX:
            message = f"{self.mix_mode!r} is how everything mixes that has no mix_mode; leave it out, or set it to null"
            raise InvalidRequestError.about("mix_mode", message)
        return known(app, "mix_mode", self.mix_mode, "mix_mode") if self.mix_mode else None

    def _key(self) -> ChromaKey | None:
        if self.chroma_key is None:
            return None
        return ChromaKey(self.chroma_key, self.chroma_key_intensity, self.chroma_key_shadow)


_FINISHING: Set[str] = Finished.model_fields.keys() - {"background_blur", "background_color"}


def filter_in(app: App, name: str, intensity: float, field: str) -> Filter:
    """The filter of that name, which came in the request's `field`.

    Raises:
        UnknownNameError: the app has none of that name.
    """
    return Filter(known(app, "filter", name, field), intensity)


class Animated(Request):
    """How a picture comes in, goes out, or moves while it is shown."""

    intro_animation: Name | None = Field(None, description="How it comes in, by name.")
    intro_animation_duration: Length = Field(0.5, description="How long it takes to come in, in seconds.")
    outro_animation: Name | None = Field(None, description="How it goes out, by name.")
    outro_animation_duration: Length = Field(0.5, description="How long it takes to go out, in seconds.")
    combo_animation: Name | None = Field(
        None, description="How it moves while shown, by name; not with intro or outro."
    )
    combo_animation_duration: Length = Field(0.5, description="How long that movement takes, in seconds.")

    def intro(self) -> tuple[str, float]:
        """The field that says how it comes in, and how long that takes."""
        return "intro_animation", self.intro_animation_duration

    def animations(self, script: Script_file) -> tuple[Animation, ...]:
        """The animations asked for.

        Raises:
            UnknownNameError: the draft's app has none of that name.
            InvalidRequestError: a movement for all of it beside one for its start or end.
        """
        into, length = self.intro()
        asked: tuple[tuple[AnimationKind, str, float], ...] = (
            ("in", into, length),
            ("out", "outro_animation", self.outro_animation_duration),
            ("group", "combo_animation", self.combo_animation_duration),
        )
        chosen = [one for one in asked if getattr(self, one[1])]
        if len(chosen) > 1 and self.combo_animation:
            message = "cannot be combined with an intro or outro animation; leave one of them out"
            raise InvalidRequestError.about("combo_animation", message)
        return tuple(
            animation_in(script, "video", kind, field, getattr(self, field), duration)
            for kind, field, duration in chosen
        )


COMES_IN = frozenset({"intro_animation", "intro_animation_duration"})
"""For `OnTrack.at_its_start`."""
GOES_OUT = frozenset({"outro_animation", "outro_animation_duration", "transition", "transition_duration"})
"""For `OnTrack.at_its_end`."""
