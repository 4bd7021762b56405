"""Texts: how they look, as several operations ask for it, and the request for one.

`AddText` is here and not beside its function because the cues of `add_subtitle` are texts too: each keeps the request
that would add it alone, and so can be read back, changed and cut like any other.
"""

import math
import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

from pydantic import (
    AliasChoices,
    BeforeValidator,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

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
from errors import InvalidRequestError

from .groups import Placement, Span, after_start, animation_in, known_font, rgb
from .requests import InDraft, Request
from .words import (
    NUMERAL,
    PRINTABLE,
    Colour,
    Degrees,
    Font,
    Length,
    MediaUrl,
    Name,
    Number,
    Opacity,
    Percent,
    Scale,
    Seconds,
    Share,
    TimelineEnd,
    TrackName,
    Whole,
    at_most,
)

Content = Annotated[str, Field(min_length=1, max_length=10_000), PRINTABLE]
"""What a text says."""
Size = Annotated[Number, Field(gt=0, le=1_000, description="Height of the characters as the app counts it.")]
FontUrl = Annotated[
    MediaUrl | None,
    Field(
        description="A font file (TTF, OTF, TTC): an http(s) URL, or a file under a media root. It is put into the "
        "draft and goes before font, which stands in for it if it cannot be had."
    ),
]
Extent = Annotated[Number, Field(le=10)]
Index = Annotated[Whole, Field(ge=0, le=10_000)]


class RangeStyle(Request):
    """How the characters of a range look; what is left out is as in the rest of the text."""

    size: Size | None = Field(None, validation_alias=AliasChoices("size", "font_size"))
    bold: bool | None = Field(None, description="Bold characters.")
    italic: bool | None = Field(None, description="Slanted characters.")
    underline: bool | None = Field(None, description="Underlined characters.")
    color: Colour | None = Field(
        None, validation_alias=AliasChoices("color", "font_color"), description="Colour like #FF8800."
    )
    alpha: Opacity = Field(
        1.0,
        validation_alias=AliasChoices("alpha", "font_alpha"),
        description="Opacity within that of the whole text, 0 to 1.",
    )
    align: Annotated[Literal[0, 1, 2], NUMERAL] | None = Field(
        None, description="Accepted; the apps align whole texts only."
    )
    vertical: bool | None = Field(None, description="Accepted; the apps set whole texts vertically only.")
    letter_spacing: float | None = Field(None, description="Accepted; the apps space whole texts only.")
    line_spacing: float | None = Field(None, description="Accepted; the apps space whole texts only.")


class RangeBorder(Request):
    """A line around the characters of a range."""

    alpha: Opacity = 1.0
    color: Colour = Field("#000000", description="Colour like #FF8800.")
    width: Percent = Field(0.0, description="Width from 0 to 100; 0 draws none, even where the text has one.")

    def border(self) -> TextBorder:
        """The line as the engine takes it."""
        return TextBorder(self.width, rgb(self.color), self.alpha)


class Restyled(Request):
    """Characters that look different from the rest of their text."""

    border: RangeBorder | None = Field(None, description="Line around their characters; left out: as the text's.")
    font: Name | None = Field(None, description="Font by name; left out: as the text's.")
    font_url: FontUrl = None


class TextRange(Restyled):
    """A stretch of the text that looks different from the rest."""

    start: Index = Field(description="First character of the range, counted from 0.")
    end: Index = Field(description="Character after its last.")
    style: RangeStyle = Field(RangeStyle(), description="How its characters look.")

    @model_validator(mode="before")
    @classmethod
    def _look_beside_the_range(cls, values: Any) -> Any:
        """Documents of CapCutAPI show the look beside start and end, its routes take it as `style`: both are taken."""
        if not isinstance(values, dict) or "style" in values:
            return values
        look = {name: value for name, value in values.items() if name in _LOOKS}
        return {name: value for name, value in values.items() if name not in look} | ({"style": look} if look else {})


_LOOKS = {*RangeStyle.model_fields, *RangeStyle._older_names}
_YELLOW = RangeStyle(color="#FFDE00")
"""What is to stand out does so like this, unless it is told how."""


class Keyword(Restyled):
    """Words that look different wherever the text has them."""

    text: Annotated[str, Field(min_length=1, max_length=200)] = Field(description="The words.")
    style: RangeStyle | None = Field(None, description="How they look; left out: as keyword_style says.")
    match_case: bool = Field(False, description="Find them in this case only, not in any.")

    def places(self, text: str) -> Iterator[tuple[int, int]]:
        """Where `text` has them, as first character and the one after the last."""
        flags = 0 if self.match_case else re.IGNORECASE
        return (found.span() for found in re.finditer(re.escape(self.text), text, flags))


def _just_words(value: Any) -> Any:
    return {"text": value} if isinstance(value, str) else value


class Word(Request):
    """A word of a text and when it is said."""

    text: Annotated[str, Field(min_length=1, max_length=200)] = Field(description="The word, as the text has it.")
    start: Seconds = Field(description="When it begins on the timeline, in seconds.")
    end: Seconds = Field(description="When it ends on the timeline, in seconds; after start.")

    _end_after_start = field_validator("end")(after_start)


class TextLook(Placement):
    """How a text looks and moves, whatever it says and whenever."""

    scale_x: Scale = Field(1, description="1 leaves the characters as wide as they are, 2 doubles that.")
    scale_y: Scale = Field(1, description="1 leaves the characters as high as they are, 2 doubles that.")
    rotation: Degrees = 0
    font: Font = Field("文轩体", description="Font by name; the default means the app's own font.")
    font_url: FontUrl = None
    color: Colour = Field(
        "#FF0000", description="Colour like #FF8800.", validation_alias=AliasChoices("color", "font_color")
    )
    size: Size = Field(8.0, validation_alias=AliasChoices("size", "font_size"))
    alpha: Opacity = Field(1.0, validation_alias=AliasChoices("alpha", "font_alpha"))
    bold: bool = Field(False, validation_alias=AliasChoices("bold", "is_bold"), description="Bold characters.")
    italic: bool = Field(False, validation_alias=AliasChoices("italic", "is_italic"), description="Slanted characters.")
    underline: bool = Field(
        False, validation_alias=AliasChoices("underline", "is_underline"), description="Underlined characters."
    )
    vertical: bool = Field(False, description="Set the characters below each other.")
    alignment: Literal["left", "center", "right"] = Field(
        "center",
        validation_alias=AliasChoices("alignment", "alignment_h"),
        description="Where lines of unlike length meet.",
    )
    letter_spacing: Annotated[Number, Field(ge=-100, le=1_000)] = Field(
        0, description="Space between characters as the app counts it; 0 is the font's own."
    )
    line_spacing: Annotated[Number, Field(ge=-100, le=1_000)] = Field(
        0, description="Space between lines as the app counts it; 0 is the font's own."
    )
    auto_wrapping: bool = Field(
        False,
        description="Break lines longer than line_max_width. The app does so with captions, so it becomes one.",
    )
    line_max_width: Annotated[Number, Field(gt=0, le=1)] = Field(
        0.82, description="Longest line as a fraction of the canvas width, where lines are broken."
    )
    fixed_width: Extent = Field(
        -1,
        description="Width as a fraction of the canvas width, up to 10; -1, like 0 and all below: as the text needs.",
    )
    fixed_height: Extent = Field(
        -1, description="Height as a fraction of the canvas height, up to 10; -1, like 0 and all below: as needed."
    )
    border_alpha: Opacity = Field(1.0, validation_alias=AliasChoices("border_alpha", "stroke_alpha"))
    border_color: Colour = Field(
        "#000000",
        validation_alias=AliasChoices("border_color", "stroke_color"),
        description="Colour of the line around the characters.",
    )
    border_width: Percent = Field(
        0.0,
        validation_alias=AliasChoices("border_width", "stroke_width"),
        description="Width of the line around the characters, 0 to 100; 0: none.",
    )
    background_color: Colour = Field("#000000", description="Colour of the plate behind the text.")
    background_style: Annotated[Literal[0, 1, 2], NUMERAL] = Field(
        0,
        description="Form of the plate as the app numbers it, 1 or 2; 0 means 1. background_alpha draws it.",
    )
    background_alpha: Opacity = Field(0.0, description="Opacity of the plate behind the text; 0: none.")
    background_round_radius: Share = Field(0.0, description="Rounding of the plate's corners, 0 to 1.")
    background_height: Share = Field(0.14, description="Height of the plate as the app counts it, 0 to 1.")
    background_width: Share = Field(0.14, description="Width of the plate as the app counts it, 0 to 1.")
    background_horizontal_offset: Share = Field(0.5, description="Place of the plate, 0 left to 1 right.")
    background_vertical_offset: Share = Field(0.5, description="Place of the plate, 0 to 1; 0.5 is behind the text.")
    shadow_enabled: bool = Field(False, description="Draw a shadow.")
    shadow_alpha: Opacity = 0.9
    shadow_angle: Annotated[Number, Field(ge=-360, le=360)] = Field(
        -45.0, description="Angle of the shadow in degrees; 315 is the same as -45."
    )
    shadow_color: Colour = Field("#000000", description="Colour of the shadow.")
    shadow_distance: Percent = Field(5.0, description="Distance of the shadow, 0 to 100.")
    shadow_smoothing: Share = Field(
        0.15,
        validation_alias=AliasChoices("shadow_smoothing", "shadow_smooth"),
        description="Softness of the shadow, 0 to 1.",
    )
    bubble_effect_id: Name | None = Field(None, description="Effect id of a speech bubble; with bubble_resource_id.")
    bubble_resource_id: Name | None = Field(
        None, validate_default=True, description="Resource id of a speech bubble; with bubble_effect_id."
    )
    effect_effect_id: Name | None = Field(None, description="Effect id of a decorative text style.")
    intro_animation: Name | None = Field(
        None, validation_alias=AliasChoices("intro_animation", "text_intro"), description="How it comes in, by name."
    )
    intro_duration: Length = Field(0.5, description="How long it takes to come in, in seconds.")
    outro_animation: Name | None = Field(
        None, validation_alias=AliasChoices("outro_animation", "text_outro"), description="How it goes out, by name."
    )
    outro_duration: Length = Field(0.5, description="How long it takes to go out, in seconds.")
    loop_animation: Name | None = Field(None, description="How it moves as long as it is there, by name.")
    loop_duration: Length | None = Field(
        None, description="How long one round of that takes, in seconds; left out: as long as is usual for it."
    )
    keywords: Annotated[tuple[Annotated[Keyword, BeforeValidator(_just_words)], ...], at_most(100)] = Field(
        (), description="Words that look different wherever the text has them: just the words, or each with its style."
    )
    keyword_style: RangeStyle | None = Field(
        None, description="How keywords look that have no style of their own; left out: yellow."
    )

    together = (("bubble_effect_id", "bubble_resource_id"),)

    @field_validator("bubble_resource_id")
    @classmethod
    def _both_ids(cls, resource_id: str | None, info: ValidationInfo) -> str | None:
        if bool(resource_id) != bool(info.data.get("bubble_effect_id")):
            raise ValueError("a bubble needs both bubble_effect_id and bubble_resource_id")
        return resource_id

    def style(self) -> TextStyle:
        """How all characters look that are in no range."""
        return TextStyle(
            self.size, rgb(self.color), self.alpha, self.font, self.bold, self.italic, self.underline, self.font_url
        )

    def border(self) -> TextBorder | None:
        """The line around characters, if there is one."""
        return _border(self.border_width, self.border_color, self.border_alpha)

    def background(self) -> TextBackground | None:
        """The plate behind the text, if there is one."""
        if not self.background_alpha:
            return None
        return TextBackground(
            style=self.background_style or _USUAL_PLATE,
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
            angle=_half_turn(self.shadow_angle),
            distance=self.shadow_distance,
            smoothing=self.shadow_smoothing * 100,
        )

    def bubble(self) -> tuple[str, str] | None:
        """Both ids of the speech bubble, if there is one."""
        if self.bubble_effect_id and self.bubble_resource_id:
            return self.bubble_effect_id, self.bubble_resource_id
        return None

    def keyword_runs(self, text: str) -> tuple[TextRun, ...]:
        """The keywords in `text`."""
        return tuple(
            self.run(*place, keyword.style or self.keyword_style or _YELLOW, keyword)
            for keyword in self.keywords
            for place in keyword.places(text)
        )

    def run(self, start: int, end: int, look: RangeStyle, part: Restyled) -> TextRun:
        """The characters from `start` to `end` in another look; what that leaves open is as in the whole text."""
        style = TextStyle(
            size=look.size or self.size,
            colour=rgb(look.color or self.color),
            alpha=look.alpha,
            font=part.font or self.font,
            bold=self.bold if look.bold is None else look.bold,
            italic=self.italic if look.italic is None else look.italic,
            underline=self.underline if look.underline is None else look.underline,
            font_url=part.font_url or (None if part.font else self.font_url),
        )
        return TextRun(start, end, style, part.border.border() if part.border else None)

    def animations(self, script: Script_file) -> tuple[Animation, ...]:
        """The animations asked for."""
        asked: tuple[tuple[AnimationKind, str, str | None, float | None], ...] = (
            ("in", "intro_animation", self.intro_animation, self.intro_duration),
            ("out", "outro_animation", self.outro_animation, self.outro_duration),
            ("loop", "loop_animation", self.loop_animation, self.loop_duration),
        )
        return tuple(
            animation_in(script, "text", kind, field, name, duration) for kind, field, name, duration in asked if name
        )

    def fonts(self, script: Script_file) -> list[str]:
        """Warnings on fonts that may not show as asked.

        Raises:
            UnknownNameError: neither app has a font of that name.
        """
        warnings = known_font(script.app, self.font, "font")
        for number, keyword in enumerate(self.keywords):
            if keyword.font:
                warnings += known_font(script.app, keyword.font, f"keywords.{number}.font")
        return warnings

    def unfound(self, texts: Sequence[str]) -> list[str]:
        """Warnings on keywords that none of `texts` has."""
        return [
            f"keywords.{number}: {keyword.text!r} is not in the text"
            for number, keyword in enumerate(self.keywords)
            if not any(next(keyword.places(text), None) for text in texts)
        ]

    def shown(self, script: Script_file) -> dict[str, Any]:
        """The look as a `TextSegment` takes it, but for what depends on what it says."""
        return {
            "style": self.style(),
            "look": Look(self.transform_x, self.transform_y, self.scale_x, self.scale_y, rotation=self.rotation),
            "vertical": self.vertical,
            "alignment": _ALIGNMENTS[self.alignment],
            "letter_spacing": self.letter_spacing,
            "line_spacing": self.line_spacing,
            "wraps": self.auto_wrapping,
            "line_max_width": self.line_max_width,
            "fixed_width": self.fixed_width if self.fixed_width > 0 else None,
            "fixed_height": self.fixed_height if self.fixed_height > 0 else None,
            "border": self.border(),
            "background": self.background(),
            "shadow": self.shadow(),
            "animations": self.animations(script),
            "bubble": self.bubble(),
            "effect_id": self.effect_effect_id,
        }


class AddText(TextLook, Span, InDraft):
    """Put a text on the canvas: a title, a caption, one styled line or many."""

    example = {"draft_id": "first", "text": "Hello 世界 😀", "end": 3, "color": "#FFFFFF", "transform_y": -0.6}

    text: Content = Field(description="What it says.")
    end: TimelineEnd = 5
    track_name: TrackName = "text_main"
    text_styles: Annotated[tuple[TextRange, ...], at_most(1_000)] = Field(
        (), description="Ranges of characters that look different; the later one wins, and all of them over keywords."
    )
    words: Annotated[tuple[Word, ...], at_most(1_000)] = Field(
        (),
        description="Words of the text in order, each lit up while it is said. Makes one text a word, each saying all.",
    )
    highlight: RangeStyle | None = Field(None, description="How the word looks that is said; left out: yellow.")

    when_added = frozenset({"words", "highlight"})
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

    @field_validator("words")
    @classmethod
    def _said_one_by_one(cls, words: tuple[Word, ...], info: ValidationInfo) -> tuple[Word, ...]:
        said, until = info.data.get("start", 0), info.data.get("end", 0)
        for number, word in enumerate(words):
            if word.start < said or word.end > until:
                raise ValueError(
                    f"word {number} must be said between {said:g} and {until:g} s, after the one before it"
                )
            said = word.end
        list(places_in_order(words, info.data.get("text", "")))
        return words

    def doubts(self, script: Script_file) -> list[str]:
        """See OnTrack."""
        warnings = self.fonts(script) + self.unfound([self.text])
        if self.highlight and not self.words:
            warnings.append("highlight: left aside, it is how one of words looks and there are none")
        for number, part in enumerate(self.text_styles):
            if part.font:
                warnings += known_font(script.app, part.font, f"text_styles.{number}.font")
        return warnings

    def runs(self) -> tuple[TextRun, ...]:
        """The ranges that look different."""
        if not (self.keywords or self.text_styles):
            return ()
        ranges = (self.run(part.start, part.end, part.style, part) for part in self.text_styles)
        return (*self.keyword_runs(self.text), *ranges)

    def segment(self, script: Script_file, segment_id: str, added: int) -> TextSegment:
        """See OnTrack. With `words` it would be several.

        Raises:
            InvalidRequestError: it would.
        """
        if self.words:
            raise InvalidRequestError.about("words", "one text cannot be made several; remove it and add it again")
        return TextSegment(
            **self.marks(segment_id, added),
            **self.span(script),
            text=self.text,
            runs=self.runs(),
            **self.shown(script),
        )


_ALIGNMENTS = {"left": 0, "center": 1, "right": 2}
_USUAL_PLATE = 1
"""The form that the apps give plates; with 0 they draw none (draft-format 5.4)."""


def places_in_order(words: tuple[Word, ...], text: str) -> Iterator[tuple[int, int]]:
    """Where `text` has each of `words`, as first character and the one after the last.

    Raises:
        ValueError: it does not have one of them after the one before.
    """
    at = 0
    for number, word in enumerate(words):
        start = text.find(word.text, at)
        if start < 0:
            raise ValueError(f"word {number}, {word.text!r}, is not in the text after the word before it")
        at = start + len(word.text)
        yield start, at


def lit(start: int, end: int, highlight: RangeStyle | None) -> TextRange:
    """The range of a word that stands out."""
    return TextRange(start=start, end=end, style=highlight or _YELLOW)


def _half_turn(degrees: float) -> float:
    """The same angle as the apps have it, -180 to 180."""
    return degrees if abs(degrees) <= 180 else degrees - math.copysign(360, degrees)


def _border(width: float, colour: str, alpha: float) -> TextBorder | None:
    return TextBorder(width, rgb(colour), alpha) if width else None
