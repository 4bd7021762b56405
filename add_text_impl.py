"""add_text: put a text on the canvas."""

from typing import Annotated, Literal

from pydantic import AfterValidator, AliasChoices, Field, ValidationInfo, field_validator

from engine.script_file import Script_file
from engine.segments import (
    Animation,
    AnimationKind,
    Look,
    TextBackground,
    TextBorder,
    TextRun,
    TextSegment,
    TextShadow,
    TextStyle,
)
from fields.answers import Placed
from fields.groups import OnTrack, Span, animation_in, known_font, rgb
from fields.requests import InDraft, Request
from fields.words import (
    Colour,
    Length,
    Name,
    Number,
    OffsetX,
    OffsetY,
    Opacity,
    Percent,
    Share,
    TimelineEnd,
    TrackName,
    Whole,
    at_most,
    printable,
)

Size = Annotated[Number, Field(gt=0, le=1_000, description="Height of the characters as the app counts it.")]
Extent = Annotated[Number, Field(ge=-1, le=10)]
Index = Annotated[Whole, Field(ge=0, le=10_000)]


class RangeStyle(Request):
    """How the characters of a range look; what is left out is as in the rest of the text."""

    size: Size | None = None
    bold: bool = Field(False, description="Bold characters.")
    italic: bool = Field(False, description="Slanted characters.")
    underline: bool = Field(False, description="Underlined characters.")
    color: Colour | None = Field(None, description="Colour like #FF8800.")
    alpha: Opacity = Field(1.0, description="Opacity within that of the whole text, 0 to 1.")
    align: Literal[0, 1, 2] | None = Field(None, description="Accepted; the apps align whole texts only.")
    vertical: bool | None = Field(None, description="Accepted; the apps set whole texts vertically only.")
    letter_spacing: float | None = Field(None, description="Accepted; the apps space whole texts only.")
    line_spacing: float | None = Field(None, description="Accepted; the apps space whole texts only.")


class RangeBorder(Request):
    """A line around the characters of a range."""

    alpha: Opacity = 1.0
    color: Colour = Field("#000000", description="Colour like #FF8800.")
    width: Percent = Field(0.0, description="Width from 0 to 100; 0 draws none.")

    def border(self) -> TextBorder | None:
        """The line as the engine takes it."""
        return _border(self.width, self.color, self.alpha)


class TextRange(Request):
    """A stretch of the text that looks different from the rest."""

    start: Index = Field(description="First character of the range, counted from 0.")
    end: Index = Field(description="Character after its last.")
    style: RangeStyle = Field(RangeStyle(), description="How its characters look.")
    border: RangeBorder | None = Field(None, description="Line around its characters; left out: as the text's.")
    font: Name | None = Field(None, description="Font by name; left out: as the text's.")


class AddText(Span, OnTrack, InDraft):
    """Put a text on the canvas: a title, a caption, one styled line or many."""

    example = {"draft_id": "first", "text": "Hello 世界 😀", "end": 3, "color": "#FFFFFF", "transform_y": -0.6}

    text: Annotated[str, Field(min_length=1, max_length=10_000), AfterValidator(printable)] = Field(
        description="What it says."
    )
    end: TimelineEnd = 5
    track_name: TrackName = "text_main"
    transform_x: OffsetX = 0
    transform_y: OffsetY = 0
    font: Name = Field("文轩体", description="Font by name; the default means the app's own font.")
    color: Colour = Field(
        "#FF0000", description="Colour like #FF8800.", validation_alias=AliasChoices("color", "font_color")
    )
    size: Size = Field(8.0, validation_alias=AliasChoices("size", "font_size"))
    alpha: Opacity = Field(1.0, validation_alias=AliasChoices("alpha", "font_alpha"))
    vertical: bool = Field(False, description="Set the characters below each other.")
    fixed_width: Extent = Field(-1, description="Width as a fraction of the canvas width; -1: as the text needs.")
    fixed_height: Extent = Field(-1, description="Height as a fraction of the canvas height; -1: as the text needs.")
    border_alpha: Opacity = 1.0
    border_color: Colour = Field("#000000", description="Colour of the line around the characters.")
    border_width: Percent = Field(0.0, description="Width of the line around the characters, 0 to 100; 0: none.")
    background_color: Colour = Field("#000000", description="Colour of the plate behind the text.")
    background_style: Literal[0, 1, 2] = Field(0, description="Form of the plate as the app numbers it.")
    background_alpha: Opacity = Field(0.0, description="Opacity of the plate behind the text; 0: none.")
    background_round_radius: Share = Field(0.0, description="Rounding of the plate's corners, 0 to 1.")
    background_height: Share = Field(0.14, description="Height of the plate as the app counts it, 0 to 1.")
    background_width: Share = Field(0.14, description="Width of the plate as the app counts it, 0 to 1.")
    background_horizontal_offset: Share = Field(0.5, description="Place of the plate, 0 left to 1 right.")
    background_vertical_offset: Share = Field(0.5, description="Place of the plate, 0 to 1; 0.5 is behind the text.")
    shadow_enabled: bool = Field(False, description="Draw a shadow.")
    shadow_alpha: Opacity = 0.9
    shadow_angle: Annotated[Number, Field(ge=-180, le=180)] = Field(-45.0, description="Angle of the shadow.")
    shadow_color: Colour = Field("#000000", description="Colour of the shadow.")
    shadow_distance: Percent = Field(5.0, description="Distance of the shadow, 0 to 100.")
    shadow_smoothing: Share = Field(0.15, description="Softness of the shadow, 0 to 1.")
    bubble_effect_id: Name | None = Field(None, description="Effect id of a speech bubble; with bubble_resource_id.")
    bubble_resource_id: Name | None = Field(
        None, validate_default=True, description="Resource id of a speech bubble; with bubble_effect_id."
    )
    effect_effect_id: Name | None = Field(None, description="Effect id of a decorative text style.")
    intro_animation: Name | None = Field(None, description="How it comes in, by name.")
    intro_duration: Length = Field(0.5, description="How long it takes to come in, in seconds.")
    outro_animation: Name | None = Field(None, description="How it goes out, by name.")
    outro_duration: Length = Field(0.5, description="How long it takes to go out, in seconds.")
    text_styles: Annotated[tuple[TextRange, ...], at_most(1_000)] = Field(
        (), description="Ranges of characters that look different; the later one wins."
    )

    at_its_start = frozenset({"intro_animation", "intro_duration"})
    at_its_end = frozenset({"outro_animation", "outro_duration"})

    @field_validator("text_styles")
    @classmethod
    def _within_the_text(cls, ranges: tuple[TextRange, ...], info: ValidationInfo) -> tuple[TextRange, ...]:
        length = len(info.data.get("text", ""))
        for number, part in enumerate(ranges):
            if not part.start < part.end <= length:
                raise ValueError(f"range {number}, {part.start} to {part.end}, is not within 0 to {length} characters")
        return ranges

    @field_validator("bubble_resource_id")
    @classmethod
    def _both_ids(cls, resource_id: str | None, info: ValidationInfo) -> str | None:
        if bool(resource_id) != bool(info.data.get("bubble_effect_id")):
            raise ValueError("a bubble needs both bubble_effect_id and bubble_resource_id")
        return resource_id

    def style(self) -> TextStyle:
        """How all characters look that are in no range."""
        return TextStyle(self.size, rgb(self.color), self.alpha, self.font)

    def border(self) -> TextBorder | None:
        """The line around characters, if there is one."""
        return _border(self.border_width, self.border_color, self.border_alpha)

    def background(self) -> TextBackground | None:
        """The plate behind the text, if there is one."""
        if not self.background_alpha:
            return None
        return TextBackground(
            style=self.background_style,
            colour=self.background_color,
            alpha=self.background_alpha,
            round_radius=self.background_round_radius,
            width=self.background_width,
            height=self.background_height,
            horizontal_offset=self.background_horizontal_offset,
            vertical_offset=self.background_vertical_offset,
        )

    def shadow(self) -> TextShadow | None:
        """The shadow, if there is one."""
        if not self.shadow_enabled:
            return None
        return TextShadow(
            colour=rgb(self.shadow_color),
            alpha=self.shadow_alpha,
            angle=self.shadow_angle,
            distance=self.shadow_distance,
            smoothing=self.shadow_smoothing * 100,
        )

    def bubble(self) -> tuple[str, str] | None:
        """Both ids of the speech bubble, if there is one."""
        if self.bubble_effect_id and self.bubble_resource_id:
            return self.bubble_effect_id, self.bubble_resource_id
        return None

    def runs(self) -> tuple[TextRun, ...]:
        """The ranges that look different."""
        return tuple(self._run(part) for part in self.text_styles)

    def _run(self, part: TextRange) -> TextRun:
        look = part.style
        style = TextStyle(
            size=look.size or self.size,
            colour=rgb(look.color or self.color),
            alpha=look.alpha,
            font=part.font or self.font,
            bold=look.bold,
            italic=look.italic,
            underline=look.underline,
        )
        return TextRun(part.start, part.end, style, part.border.border() if part.border else None)

    def animations(self, script: Script_file) -> tuple[Animation, ...]:
        """The animations asked for."""
        asked: tuple[tuple[AnimationKind, str, str | None, float], ...] = (
            ("in", "intro_animation", self.intro_animation, self.intro_duration),
            ("out", "outro_animation", self.outro_animation, self.outro_duration),
        )
        return tuple(
            animation_in(script, "text", kind, field, name, duration) for kind, field, name, duration in asked if name
        )

    def doubts(self, script: Script_file) -> list[str]:
        """See OnTrack."""
        warnings = known_font(script.app, self.font, "font")
        for number, part in enumerate(self.text_styles):
            if part.font:
                warnings += known_font(script.app, part.font, f"text_styles.{number}.font")
        return warnings

    def segment(self, script: Script_file, segment_id: str, added: int) -> TextSegment:
        """See OnTrack."""
        return TextSegment(
            **self.marks(segment_id, added),
            **self.span(script),
            text=self.text,
            style=self.style(),
            look=Look(self.transform_x, self.transform_y),
            vertical=self.vertical,
            fixed_width=self.fixed_width,
            fixed_height=self.fixed_height,
            border=self.border(),
            background=self.background(),
            shadow=self.shadow(),
            runs=self.runs(),
            animations=self.animations(script),
            bubble=self.bubble(),
            effect_id=self.effect_effect_id,
        )


def add_text(req: AddText, script: Script_file) -> Placed:
    """Place the text on its track."""
    return req.put(script)


def _border(width: float, colour: str, alpha: float) -> TextBorder | None:
    return TextBorder(width, rgb(colour), alpha) if width else None
