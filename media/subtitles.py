"""Subtitles of a file or a text as cues: SRT, WebVTT, ASS and SSA. pysubs2 reads them; this makes odd ones fit for it.

Pure. What cues look like in the file (colours, places) is left aside: a request says how they are to look.
"""

import codecs
import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from .address import is_web
from .subtitle_marks import unguarded, visible

Cue = tuple[int, int, str]
"""(start, end, text); times in milliseconds."""

MOST_BYTES = 10_000_000
"""Size of the largest file; ten hours of talk are one."""

_ENDINGS = (".srt", ".vtt", ".ass", ".ssa", ".txt")
_LOCAL = re.compile(r"[a-z][a-z0-9+]*:/|/|[a-z]:[\\/]|\\\\", re.IGNORECASE)
_TIMING = re.compile(r"\d+:\d\d[:.,\d]*\s*-+>")
_OF_ASS = re.compile(r"^\s*(\[Script Info\]|\[V4\+? Styles\]|\[Events\]|Dialogue:)", re.IGNORECASE | re.MULTILINE)
_TAG = re.compile(r"\{\\[^}]*\}|\{\*[^}]*\}")
_ANY_TAG = re.compile(r"(?<!\\)\{[^}]*\}")
_BRACE = re.compile(r"\\([{}])")
_MOMENT = re.compile(r"<\d[\d:.]*>")
_LINE_BREAK = re.compile(r"(?P<address>[a-z][a-z0-9+.-]*://\S+|www\.\S+)|/n|\\n", re.IGNORECASE)
_BEFORE_A_CUE = re.compile(r"((?:/n|\\n)+)(?=\d+\s*(?:/n|\\n)\s*\d+:\d\d)")


class UnreadableSubtitlesError(Exception):
    """They cannot be read; the message says why, for the caller."""


@dataclass
class Subtitles:
    """What was read."""

    cues: list[Cue] = field(default_factory=list)
    """In the order of the file."""
    warnings: list[str] = field(default_factory=list)


def is_address(text: str) -> bool:
    """Whether `text` says where subtitles are, and is not the subtitles themselves."""
    line = text.strip()
    if any(mark in line for mark in ("\n", "\r", "-->")):
        return False
    return is_web(line) or _LOCAL.match(line) is not None or line.lower().endswith(_ENDINGS)


def decode(content: bytes, encoding: str = "") -> str:
    """The text of a file, as its mark (BOM) or what makes sense says; `encoding` names it if that is known.

    Raises:
        UnreadableSubtitlesError: it is no text, or in another encoding.
    """
    for name in [encoding] if encoding else _encodings(content):
        try:
            return content.decode(name)
        except UnicodeDecodeError:
            continue
    known = f"not {encoding}" if encoding else "neither UTF-8, UTF-16 nor GB18030; name its encoding"
    raise UnreadableSubtitlesError(f"its characters are {known}")


def _encodings(content: bytes) -> list[str]:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return ["utf-16"]
    if content[1:400:2].count(0) > len(content[:400]) / 4:
        return ["utf-16-le"]
    if content[0:400:2].count(0) > len(content[:400]) / 4:
        return ["utf-16-be"]
    return ["utf-8-sig", "gb18030"]


def read_subtitles(text: str) -> Subtitles:
    """Read the cues of `text`; the format is told by its content.

    Raises:
        UnreadableSubtitlesError: it holds none.
    """
    lines = _with_line_breaks(text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n"))
    found = Subtitles()
    for number, (start, end, said) in enumerate(_READERS[_format(lines)](lines), start=1):
        said = unguarded(visible(said)).strip()
        if not said:
            found.warnings.append(f"cue {number} says nothing and is left out")
        elif end <= start:
            found.warnings.append(f"cue {number} ends no later than it begins and is left out: {said[:40]!r}")
        else:
            found.cues.append((start, end, said))
    if not found.cues:
        raise UnreadableSubtitlesError("holds no cues")
    return found


def _with_line_breaks(text: str) -> str:
    r"""A text on one line has `/n` or `\n` for its line breaks, which are not those of an address."""
    if "\n" in text.strip():
        return text
    text = _BEFORE_A_CUE.sub(lambda breaks: "\n" * (len(breaks[1]) // 2), text)
    return _LINE_BREAK.sub(lambda found: found["address"] or "\n", text)


def _format(text: str) -> str:
    if text.lstrip().startswith("WEBVTT"):
        return "vtt"
    ass, timing = _OF_ASS.search(text), _TIMING.search(text)
    if ass and not (timing and timing.start() < ass.start()):
        return "ass"
    if timing:
        return "srt"
    raise UnreadableSubtitlesError("holds no subtitles: neither SRT, WebVTT, ASS nor SSA, nor an address of some")


def _srt(text: str) -> Iterator[Cue]:
    for start, end, said in _events(text, "srt"):
        yield start, end, _TAG.sub("", said).replace(r"\N", "\n")


def _vtt(text: str) -> Iterator[Cue]:
    for start, end, said in _events("WEBVTT\n\n" + "\n\n".join(_vtt_cues(text)), "vtt"):
        yield start, end, html.unescape(said.replace(r"\N", "\n"))


def _vtt_cues(text: str) -> Iterator[str]:
    """The cues without notes, styles, names and the moments at which words appear: pysubs2 takes those for text."""
    for block in re.split(r"\n[ \t]*\n", text):
        timing = re.search(r"^.*-->.*$", block, re.MULTILINE)
        if timing:
            yield _MOMENT.sub("", block[timing.start() :])


def _ass(text: str) -> Iterator[Cue]:
    for start, end, said in _events(text, "ass"):
        if not re.search(r"\\p[1-9]", said):  # a drawing
            plain = _BRACE.sub(r"\1", _ANY_TAG.sub("", said)).replace(r"\h", " ")
            yield start, end, plain.replace(r"\N", "\n").replace(r"\n", "\n")


def _events(text: str, name: str) -> Iterator[Cue]:
    import pysubs2  # 30 ms that nothing else needs to wait for

    try:
        events = pysubs2.SSAFile.from_string(text, format_=name)
    except (pysubs2.Pysubs2Error, ValueError, IndexError, KeyError) as error:
        raise UnreadableSubtitlesError(f"cannot be read as {name.upper()}: {error}") from None
    for event in events:
        if not event.is_comment:
            yield event.start, event.end, event.text


_READERS: dict[str, Callable[[str], Iterator[Cue]]] = {"srt": _srt, "vtt": _vtt, "ass": _ass}
