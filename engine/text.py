"""The text of a text segment as the apps read it: a JSON string with styles over ranges of UTF-16 code units.

CapCut and JianYing count in UTF-16 (draft-format 5.4: 3,144 of 3,154 app-written texts): an emoji is two. Callers
count characters. Here, once, the one becomes the other.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby
from typing import Any

import orjson
import pyJianYingDraft as jy

from .catalog import Resource
from .names import member
from .segments import TextBackground as Background
from .segments import TextBorder, TextRun, TextSegment, TextShadow, TextStyle

_IMPORTED = 2
"""How captions came in; 1 are those that the app heard itself (draft-format 5.4)."""


_BOLD_WIDTH = 0.008
"""What bold texts have, and no others (draft-format 5.4)."""


@dataclass(frozen=True, slots=True)
class Fonts:
    """What the fonts of a text are in the draft."""

    named: Mapping[str, Resource]
    """By the name that a style carries."""
    files: Mapping[str, str]
    """Paths of font files by the URL that a style carries."""

    def resource(self, style: TextStyle) -> Resource | None:
        """The font by name; None where there is none, or a file goes before it."""
        return None if self.path(style) else self.named.get(style.font or "")

    def path(self, style: TextStyle) -> str | None:
        """The font file, if it has one and that could be had."""
        return self.files.get(style.font_url or "")


def utf16_length(text: str) -> int:
    """How many UTF-16 code units `text` has."""
    return len(text) + sum(character > "\uffff" for character in text)


def build_text(segment: TextSegment, fonts: Fonts) -> Any:
    """`segment` as the library's `TextSegment`, without animations."""
    style = segment.style
    built = jy.TextSegment(
        segment.text,
        jy.Timerange(segment.start, segment.duration),
        font=_font(style, fonts),
        style=jy.TextStyle(
            size=style.size,
            bold=style.bold,
            italic=style.italic,
            underline=style.underline,
            color=style.colour,
            alpha=style.alpha,
            align=segment.alignment,
            vertical=segment.vertical,
            letter_spacing=segment.letter_spacing,
            line_spacing=segment.line_spacing,
            auto_wrapping=segment.wraps,
            max_line_width=segment.line_max_width,
        ),
        border=_border(segment.border),
        background=_background(segment.background),
        shadow=_shadow(segment.shadow),
    )
    if segment.bubble:
        built.add_bubble(*segment.bubble)
    if segment.effect_id:
        built.add_effect(segment.effect_id)
    return built


def text_material(segment: TextSegment, built: Any, fonts: Fonts, canvas: tuple[int, int]) -> dict[str, Any]:
    """What `materials.texts` holds for `segment`. `canvas`: its width and height in pixels."""
    material: dict[str, Any] = built.export_material()
    content = orjson.loads(material["content"])
    (base,) = content["styles"]
    stretches = list(pieces(segment.text, segment.runs))
    ends = list(accumulate(utf16_length(said) for said, _ in stretches))
    content["styles"] = [
        (_run_style(run, segment, built, fonts) if run else base | _in_file(segment.style, fonts))
        | {"range": [start, end]}
        for start, end, (_, run) in zip([0, *ends], ends, stretches, strict=False)
    ]
    font = fonts.resource(segment.style)
    shadow, border = segment.shadow, segment.border
    if shadow:
        material |= {
            "has_shadow": True,
            "shadow_alpha": shadow.alpha,
            "shadow_angle": shadow.angle,
            "shadow_color": _hex(shadow.colour),
            "shadow_distance": shadow.distance,
            "shadow_smoothing": shadow.smoothing / 100,
        }
    if border:
        material |= {
            "border_alpha": border.alpha,
            "border_color": _hex(border.colour),
            "border_width": built.border.width,
        }
    if segment.style.bold:
        material["bold_width"] = _BOLD_WIDTH
    if segment.wraps:
        material["add_type"] = _IMPORTED
    return {
        **material,
        "content": orjson.dumps(content).decode(),
        "font_size": segment.style.size,
        "text_color": _hex(segment.style.colour),
        "fixed_width": _pixels(segment.fixed_width, canvas[0]),
        "fixed_height": _pixels(segment.fixed_height, canvas[1]),
        "font_path": fonts.path(segment.style) or "",
        "font_name": font.title if font else "",
        "font_resource_id": font.resource_id if font else "",
    }


def _pixels(share: float | None, whole: int) -> float:
    """A fixed measure as the apps count it; -1 lets the text decide (draft-format 5.4)."""
    return -1.0 if share is None else share * whole


def _run_style(run: TextRun, segment: TextSegment, built: Any, fonts: Fonts) -> dict[str, Any]:
    """The style of one run: the library writes it for a text of that style alone."""
    style = run.style
    alone = jy.TextSegment(
        segment.text,
        built.target_timerange,
        font=_font(style, fonts),
        style=jy.TextStyle(
            size=style.size, bold=style.bold, italic=style.italic, underline=style.underline, color=style.colour
        ),
        border=_border(run.border or segment.border),  # one without width takes the text's away
        shadow=_shadow(segment.shadow),
    )
    alone.effect = built.effect
    written: dict[str, Any] = orjson.loads(alone.export_material()["content"])["styles"][0]
    written["fill"]["alpha"] = style.alpha
    return written | _in_file(style, fonts)


def pieces(text: str, runs: Sequence[TextRun]) -> Iterator[tuple[str, TextRun | None]]:
    """Cut the text where its look changes: what each piece says, and the last run that covers it."""
    covering: list[TextRun | None] = [None] * len(text)
    for run in runs:
        covering[run.start : run.end] = [run] * (run.end - run.start)
    start = 0
    for _, alike in groupby(covering, key=lambda run: run and (run.style, run.border)):
        found = list(alike)
        yield text[start : start + len(found)], found[0]
        start += len(found)


def _font(style: TextStyle, fonts: Fonts) -> Any:
    resource = fonts.resource(style)
    return member("font", resource) if resource else None


def _in_file(style: TextStyle, fonts: Fonts) -> dict[str, Any]:
    """A font file as the apps name one: by its path, without an id (draft-format 5.4)."""
    path = fonts.path(style)
    return {"font": {"id": "", "path": path}} if path else {}


def _border(border: TextBorder | None) -> Any:
    return (
        jy.TextBorder(alpha=border.alpha, color=border.colour, width=border.width) if border and border.width else None
    )


def _background(background: Background | None) -> Any:
    return background and jy.TextBackground(
        color=background.colour,
        style=background.style,
        alpha=background.alpha,
        round_radius=background.round_radius,
        height=background.height,
        width=background.width,
        horizontal_offset=background.horizontal_offset,
        vertical_offset=background.vertical_offset,
    )


def _shadow(shadow: TextShadow | None) -> Any:
    return shadow and jy.TextShadow(
        alpha=shadow.alpha,
        color=shadow.colour,
        diffuse=shadow.smoothing,
        distance=shadow.distance,
        angle=shadow.angle,
    )


def _hex(colour: tuple[float, float, float]) -> str:
    return "#" + "".join(f"{round(part * 255):02X}" for part in colour)
