"""Subtitles of a file or a text as cues: SRT, WebVTT, ASS and SSA. pysubs2 reads them; this makes odd ones fit for it.

Pure. What cues look like in the file (colours, places) is left aside: a request says how they are to look.
"""

import codecs
import html
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from .address import is_data, is_web
from .subtitle_marks import unguarded, visible

Cue = tuple[int, int, str]
"""(start, end, text); times in milliseconds."""

MOST_BYTES = 10_000_000
"""Size of the largest file; ten hours of talk are one."""

_ENDINGS = (".srt", ".vtt", ".ass", ".ssa", ".txt")
_LOCAL = re.compile(r"[a-z][a-z0-9+]*:/|/|[a-z]:[\\/]|\\\\", re.IGNORECASE)
_ARROW = r"\s*-+>\s*"
_ARROW_AFTER_A_TIME = re.compile(r"\d" + _ARROW)
_TIME = r"(?:0*([0-7]?\d)\s*:\s*)?(\d{1,3})\s*:\s*(\d{1,2})(?:\s*[.,:;]\s*(\d{1,9}))?"
"""Hours, minutes, seconds and the digits after them; what is past 24 hours by days is none."""
_TIMING = re.compile(rf"\s*{_TIME}{_ARROW}{_TIME}(?:\s+[^\s:]+:\S+)*\s*")
"""Behind the times there may be settings like `line:0` and `X1:40`."""
_NUMBER = re.compile(r"\s*\d{1,9}\s*")
_OF_ASS = re.compile(r"^\s*(\[Script Info\]|\[V4\+? Styles\]|\[Events\]|Dialogue:)", re.IGNORECASE | re.MULTILINE)
_TAG = re.compile(r"\{\\[^}]*\}|\{\*[^}]*\}")
_ANY_TAG = re.compile(r"(?<!\\)\{[^}]*\}")
_BRACE = re.compile(r"\\([{}])")
_HTML_TAG = re.compile(r"<\s*(?:(/)\s*)?([a-z][a-z0-9]*)\b[^<>]*>", re.IGNORECASE)
_HIDDEN_TAGS = {"font", "span", "strong", "em", "c", "v", "lang", "ruby", "rt"}
_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|apos|nbsp|#\d{1,7}|#x[0-9a-f]{1,6});", re.IGNORECASE)
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
    return (
        is_web(line)
        or (is_data(line) and "," in line)
        or _LOCAL.match(line) is not None
        or line.lower().endswith(_ENDINGS)
    )


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
        UnreadableSubtitlesError: it holds none, or a cue is damaged.
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
    ass, timing = _OF_ASS.search(text), _ARROW_AFTER_A_TIME.search(text)
    if ass and not (timing and timing.start() < ass.start()):
        return "ass"
    if timing:
        return "srt"
    raise UnreadableSubtitlesError("holds no subtitles: neither SRT, WebVTT, ASS nor SSA, nor an address of some")


def _srt(text: str) -> Iterator[Cue]:
    for start, end, said in _events("\n".join(_timed(text)), "srt", keep_unknown_html_tags=True):
        shown = _without_html(_TAG.sub("", said).replace(r"\N", "\n"))
        yield start, end, _ENTITY.sub(lambda entity: html.unescape(entity[0]), shown)


def _without_html(said: str) -> str:
    """Without the tags that players hide: those they know, and others that are closed; `<you>` alone is words."""
    hidden = _HIDDEN_TAGS | {tag[2].lower() for tag in _HTML_TAG.finditer(said) if tag[1]}
    return _HTML_TAG.sub(lambda tag: "" if tag[2].lower() in hidden else tag[0], said)


def _timed(text: str, mark: str = ",") -> list[str]:
    """The lines, each line of times as pysubs2 wants it: after a number, and with `mark` before the milliseconds.

    pysubs2 passes over what it cannot read, so that a damaged cue would be words of the one before it.

    Raises:
        UnreadableSubtitlesError: there are times that cannot be read; the message names cue and line.
    """
    done: list[str] = []
    cues = 0
    for number, line in enumerate(text.split("\n"), start=1):
        times = _TIMING.fullmatch(unicodedata.normalize("NFKC", line)) if _ARROW_AFTER_A_TIME.search(line) else None
        if times:
            cues += 1
            _drop_number(done, cues)
            done += ["", "0", f"{_stamp(times.group(1, 2, 3, 4), mark)} --> {_stamp(times.group(5, 6, 7, 8), mark)}"]
        elif "-->" in line and not _is_said(line, done[-1:]):
            raise UnreadableSubtitlesError(
                f"cue {cues + 1}, line {number}: {line.strip()[:80]!r} cannot be read as times; write them like "
                "00:00:05,000 --> 00:00:07,500, up to 24 hours"
            )
        else:
            done.append(line)
    return [*done, "", "0"]  # pysubs2 takes a number at the end of a cue for that of the next


def _is_said(line: str, before: list[str]) -> bool:
    """Whether an arrow may be one that is spoken of, in the middle of a cue: "File --> Open"."""
    in_a_cue = any(one.strip() and not _NUMBER.fullmatch(one) for one in before)
    return in_a_cue and not re.search(r"\d", line)


def _drop_number(lines: list[str], cue: int) -> None:
    """Take off the number of the cue whose times follow; what has other lines between is only the number awaited."""
    last = next((place for place in range(len(lines) - 1, -1, -1) if lines[place].strip()), None)
    if last is None or not _NUMBER.fullmatch(lines[last]):
        return
    if last == len(lines) - 1 or int(lines[last]) == cue:
        del lines[last:]


def _stamp(parts: tuple[str | None, ...], mark: str) -> str:
    """Hours, minutes, seconds and the digits after them as pysubs2 reads them."""
    hours, minutes, seconds = (int(part or 0) for part in parts[:3])
    milliseconds = (parts[3] or "").ljust(3, "0")[:3]
    minutes, seconds = minutes + seconds // 60, seconds % 60
    hours, minutes = hours + minutes // 60, minutes % 60
    return f"{hours:02}:{minutes:02}:{seconds:02}{mark}{milliseconds}"


def _vtt(text: str) -> Iterator[Cue]:
    for start, end, said in _events("WEBVTT\n\n0\n" + "\n\n0\n".join([*_vtt_cues(text), ""]), "vtt"):
        yield start, end, html.unescape(said.replace(r"\N", "\n"))


def _vtt_cues(text: str) -> Iterator[str]:
    """The cues without notes, styles, names and the moments at which words appear: pysubs2 takes those for text."""
    for block in re.split(r"\n[ \t]*\n", "\n".join(_timed(text, "."))):
        timing = re.search(r"^.*-->.*$", block, re.MULTILINE)
        if timing:
            yield _MOMENT.sub("", block[timing.start() :])


def _ass(text: str) -> Iterator[Cue]:
    for start, end, said in _events(text, "ass"):
        if not re.search(r"\\p[1-9]", said):  # a drawing
            plain = _BRACE.sub(r"\1", _ANY_TAG.sub("", said)).replace(r"\h", " ")
            yield start, end, plain.replace(r"\N", "\n").replace(r"\n", "\n")


def _events(text: str, name: str, **options: bool) -> Iterator[Cue]:
    import pysubs2  # 30 ms that nothing else needs to wait for

    try:
        events = pysubs2.SSAFile.from_string(text, format_=name, **options)
    except (pysubs2.Pysubs2Error, ValueError, IndexError, KeyError) as error:
        raise UnreadableSubtitlesError(f"cannot be read as {name.upper()}: {error}") from None
    for event in events:
        if not event.is_comment:
            yield event.start, event.end, event.text


_READERS: dict[str, Callable[[str], Iterator[Cue]]] = {"srt": _srt, "vtt": _vtt, "ass": _ass}
