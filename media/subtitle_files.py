"""Writes texts of a draft as subtitles: SRT, WebVTT or ASS. pysubs2 writes them; this says with what.

SRT and WebVTT carry what is said and when. ASS carries the look too, as far as it has words for it: no animations, no
bubbles, no bent edges of plates.

To add a format: a function from texts to text, listed in `_WRITERS`.
"""

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Literal, get_args
from urllib.parse import unquote, urlsplit

from engine.segments import Colour, TextBorder, TextSegment, TextStyle
from engine.text import pieces

from .subtitle_marks import guarded, guarded_piece

if TYPE_CHECKING:
    import pysubs2

SubtitleFormat = Literal["srt", "vtt", "ass"]

_LINE = 6.21
"""Height of a line of size 1 in pixels on a canvas 1080 wide: measured on CapCut's pictures by a program that redraws
its text presets."""
_WIDEST_BORDER = 0.2
"""Width of a border of 100, as part of the size."""


@dataclass(frozen=True)
class Canvas:
    """What the texts stand on."""

    width: int
    height: int
    fonts: Callable[[str | None], str | None] = lambda name: name
    """The family that a font asked for by name belongs to; None: the app's own."""


def write_subtitles(texts: Sequence[TextSegment], name: SubtitleFormat, canvas: Canvas) -> str:
    """The texts, each a cue, in their order."""
    return _WRITERS[name](texts, canvas)


def _plain(name: SubtitleFormat, escape: Callable[[str], str]) -> Callable[[Sequence[TextSegment], Canvas], str]:
    def write(texts: Sequence[TextSegment], canvas: Canvas) -> str:
        import pysubs2  # 30 ms that nothing else needs to wait for

        file = pysubs2.SSAFile()
        for text in texts:
            start, end = _times(text)
            file.append(pysubs2.SSAEvent(start=start, end=end, text=escape(guarded(text.text))))
        return file.to_string(name, keep_ssa_tags=True)  # there are none: all braces are what is said

    return write


def _times(text: TextSegment, grain: int = 1) -> tuple[int, int]:
    """Start and end in milliseconds, at least `grain` apart."""
    start, end = _rounded(text.start, grain), _rounded(text.end or text.start, grain)
    return start, max(end, start + grain)


def _rounded(time: int, grain: int) -> int:
    return round(time / 1000 / grain) * grain


def _ass(texts: Sequence[TextSegment], canvas: Canvas) -> str:
    import pysubs2

    file = pysubs2.SSAFile()
    file.info |= {
        "PlayResX": str(canvas.width),
        "PlayResY": str(canvas.height),
        "WrapStyle": "0",
        "ScaledBorderAndShadow": "yes",
    }
    file.styles.clear()
    names: dict[Any, str] = {}
    for text in texts:
        name = names.setdefault(_looks(text), f"Text {len(names) + 1}")
        if name not in file.styles:
            file.styles[name] = _style(text, canvas)
        start, end = _times(text, _GRAIN)
        said = _place(text, canvas) + _said(text, canvas)
        file.append(pysubs2.SSAEvent(start=start, end=end, style=name, text=said))
    return file.to_string("ass", header_notice="")


_GRAIN = 10
"""ASS counts hundredths of a second."""


def _looks(text: TextSegment) -> Any:
    """What the style of a text follows from."""
    look = (text.look.scale_x, text.look.scale_y, text.look.rotation, text.alignment, text.letter_spacing)
    return text.style, text.border, text.background, text.shadow, look, text.wraps and text.line_max_width


def _style(text: TextSegment, canvas: Canvas) -> "pysubs2.SSAStyle":
    import pysubs2

    style, look = text.style, text.look
    height = _height(style.size, canvas)
    made = pysubs2.SSAStyle(
        fontname=_family(style, canvas),
        fontsize=height,
        primarycolor=_colour(style.colour, style.alpha),
        bold=style.bold,
        italic=style.italic,
        underline=style.underline,
        scalex=_short(look.scale_x * 100),
        scaley=_short(look.scale_y * 100),
        angle=_short(-look.rotation),
        spacing=_short(text.letter_spacing * 0.05 * height),
        outline=_border(text.border, height),
        shadow=0,
        alignment=pysubs2.Alignment(text.alignment + 4),
    )
    made.marginl = made.marginr = round(canvas.width * (1 - text.line_max_width) / 2) if text.wraps else 0
    if text.border:
        made.outlinecolor = _colour(text.border.colour, text.border.alpha)
    if text.shadow:
        made.shadow = _short(height * text.shadow.distance / 100)
        made.backcolor = _colour(text.shadow.colour, text.shadow.alpha)
    if text.background:
        made.borderstyle, made.outline = 3, _short(height / 10)
        made.outlinecolor = _colour(_parts(text.background.colour), text.background.alpha)
    return made


def _place(text: TextSegment, canvas: Canvas) -> str:
    """Where the text stands, and whether its lines are broken. Texts that meet at a side stand by where that is."""
    x = canvas.width / 2 * (1 + text.look.transform_x)
    if text.wraps:
        x += (text.alignment - 1) * canvas.width * text.line_max_width / 2
    y = canvas.height / 2 * (1 - text.look.transform_y)
    return f"{{\\pos({_short(x):g},{_short(y):g})" + ("}" if text.wraps else r"\q2}")


def _said(text: TextSegment, canvas: Canvas) -> str:
    """What the text says; what looks different stands between tags."""
    said = list(pieces(text.text, text.runs))
    if not any(run for _, run in said):
        return _escaped(guarded(text.text))
    cut = ((_escaped(guarded_piece(words)), run) for words, run in said)
    return "".join(f"{_tags(run.style, run.border, canvas)}{words}{{\\r}}" if run else words for words, run in cut)


def _escaped(text: str) -> str:
    return re.sub(r"[{}]", r"\\\g<0>", text).replace("\n", r"\N")


def _tags(style: TextStyle, border: TextBorder | None, canvas: Canvas) -> str:
    height = _height(style.size, canvas)
    red, green, blue = (round(part * 255) for part in style.colour)
    font = _family(style, canvas).replace("\\", " ").replace("}", " ")
    edge = f"\\bord{_border(border, height):g}" if border else ""
    return (
        f"{{\\fn{font}\\fs{height:g}\\c&H{blue:02X}{green:02X}{red:02X}&\\1a&H{255 - round(style.alpha * 255):02X}&"
        f"\\b{style.bold:d}\\i{style.italic:d}\\u{style.underline:d}{edge}}}"
    )


def _height(size: float, canvas: Canvas) -> float:
    return _short(size * _LINE * canvas.width / 1080)


def _border(border: TextBorder | None, height: float) -> float:
    return _short(border.width / 100 * _WIDEST_BORDER * height) if border else 0


def _family(style: TextStyle, canvas: Canvas) -> str:
    """What the font is called; of a file its name is the nearest to that."""
    file = unquote(PurePosixPath(urlsplit(style.font_url).path.replace("\\", "/")).stem) if style.font_url else None
    return re.sub(r"[,\s]+", " ", file or canvas.fonts(style.font) or "Arial")


def _colour(colour: Colour, alpha: float) -> "pysubs2.Color":
    import pysubs2

    red, green, blue = (round(part * 255) for part in colour)
    return pysubs2.Color(red, green, blue, 255 - round(alpha * 255))


def _parts(colour: str) -> Colour:
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue


def _short(number: float) -> float:
    return round(number, 2)


_WRITERS: dict[SubtitleFormat, Callable[[Sequence[TextSegment], Canvas], str]] = {
    "srt": _plain("srt", str),
    "vtt": _plain("vtt", lambda text: html.escape(text, quote=False)),
    "ass": _ass,
}
assert set(_WRITERS) == set(get_args(SubtitleFormat))
