"""Colour adjustments, as several operations ask for them."""

from typing import Annotated

from pydantic import AliasChoices, Field

from engine.adjust import SLIDERS, Adjustments
from engine.catalog import DISPLAY_NAMES, App

from .requests import Request
from .words import Number, Percent

Slide = Annotated[Number, Field(ge=-100, le=100)]


class Adjusting(Request):
    """Sliders of the app's panel for colours: 0 leaves the picture as it is, 100 is the end of the app's slider."""

    brightness: Slide = Field(0, description="-100 darker to 100 brighter.")
    contrast: Slide = Field(0, description="-100 less to 100 more difference between light and dark.")
    saturation: Slide = Field(0, description="-100 grey to 100 strong colours.")
    temperature: Slide = Field(0, description="-100 colder, bluer, to 100 warmer, yellower.")
    tint: Slide = Field(
        0, validation_alias=AliasChoices("tint", "tone"), description="-100 greener to 100 more magenta."
    )
    highlight: Slide = Field(
        0, validation_alias=AliasChoices("highlight", "highlights"), description="Bright parts, -100 darker to 100."
    )
    shadow: Slide = Field(
        0, validation_alias=AliasChoices("shadow", "shadows"), description="Dark parts, -100 darker to 100 brighter."
    )
    white: Slide = Field(0, validation_alias=AliasChoices("white", "whites"), description="White point, -100 to 100.")
    black: Slide = Field(0, validation_alias=AliasChoices("black", "blacks"), description="Black point, -100 to 100.")
    brilliance: Slide = Field(
        0, validation_alias=AliasChoices("brilliance", "light_sensation"), description="Light all over, -100 to 100."
    )
    sharpen: Percent = Field(0, description="Sharper edges, 0 to 100.")
    clarity: Percent = Field(
        0, validation_alias=AliasChoices("clarity", "clear"), description="Clearer fine detail, 0 to 100."
    )
    vignette: Slide = Field(
        0,
        validation_alias=AliasChoices("vignette", "vignetting"),
        description="Corners, -100 to 100; above 0 they become dark.",
    )

    def adjustments(self) -> Adjustments:
        """The sliders that are not at 0."""
        return tuple((name, getattr(self, name)) for name in SLIDERS if getattr(self, name))


_LEFT_OPEN: dict[App, str] = {
    "capcut": "without the path of CapCut's own files, which differs from computer to computer",
    "jianying": "with the path of its own files on a Mac; on Windows that differs from computer to computer",
}


def unproven(app: App) -> str:
    """What a caller must know: nobody here has seen an app show adjustments that a tool wrote."""
    return (
        f"colour adjustments are written as {DISPLAY_NAMES[app]} writes them, {_LEFT_OPEN[app]}; "
        "other programs do so too, but we have not seen it in the app: check there that they show"
    )
