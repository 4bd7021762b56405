"""Change segments that an app wrote: their times, their texts, how they stand. What is not changed stays as it is."""

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from errors import ConflictError, InvalidRequestError
from util import as_json

from . import imported_keyframes
from .ids import derived_id
from .imported import MOST_WHOLE, ImportedSegment, Material, Playing, whole
from .keyframes import within
from .segments import Look, TextSegment, TextStyle
from .text import utf16_length
from .time import FrameGrid, seconds

_Json = dict[str, Any]

_NOISE = 1
"""Positions on the grid are whole microseconds: sums of them are off by one."""


# ---- times


def trimmed(segment: ImportedSegment, grid: FrameGrid, start: int, end: int | None) -> ImportedSegment:
    """The segment from `start` to `end`; what shows at any time in between stays the same.

    Raises:
        ConflictError: it plays backwards or at a changing speed, its medium is shorter, or it changes in a way that
            cannot be cut.
    """
    assert end is not None, "what was imported has an end"
    if (start, end) == (segment.start, segment.end):
        return segment
    document = segment.document()
    playing = segment.playing(document)
    if playing.plays and playing.is_bent:
        _refuse(segment, "plays backwards or with a speed curve of the app, so it cannot be cut here")
    changes = _source(segment, playing, grid, start, end, document)
    later = start - segment.start
    if later and not playing.plays and document.get("common_keyframes"):
        if not imported_keyframes.read(document, playing.clock)[1]:
            _refuse(segment, "has keyframes of a kind that this service cannot cut; trim its end instead")
        changes["common_keyframes"] = imported_keyframes.shifted(document, later)
    length = end - start
    parts = [_fitted(part, segment.duration or length, length) for part in segment.parts]
    cut = replace(segment.with_(parts, **changes), start=start, duration=length)
    return replace(cut, keyframes=within(cut.keyframes, 0, length)) if cut.keyframes else cut


def _source(
    segment: ImportedSegment, playing: Playing, grid: FrameGrid, start: int, end: int, document: _Json
) -> dict[str, Any]:
    """What of its medium it shows then."""
    source = document.get("source_timerange")
    if not isinstance(source, dict):
        return {}
    length, begins = end - start, playing.source_start
    if not playing.plays:
        return {"source_timerange": {**source, "duration": length}}
    if start != segment.start:
        begins = max(begins + round((start - segment.start) * Fraction(playing.speed)), 0)
    used = round(length * playing.speed)
    whole = _whole_medium(segment)
    if begins + used > whole >= playing.source_start + playing.source_duration:
        if begins + used > whole + grid.position(1):
            longest = seconds(grid.before(start + int((whole - begins) / playing.speed)))
            raise ConflictError.about(
                "end", f"its medium ends at {longest:g} s of the timeline; that is the latest end"
            )
        used = whole - begins
    return {"source_timerange": {**source, "start": begins, "duration": used}}


def _refuse(segment: ImportedSegment, why: str) -> None:
    raise ConflictError.about("segment_id", f"segment {segment.id} {why}")


def earliest_start(segment: ImportedSegment, grid: FrameGrid) -> int:
    """How far back its start can be trimmed: to the beginning of its medium, or of the timeline."""
    playing = segment.playing()
    if not playing.plays:
        return 0
    return grid.after(max(math.ceil(segment.start - (playing.source_start + _NOISE) / playing.speed), 0))


def retimed(segment: ImportedSegment, grid: FrameGrid, speed: float) -> ImportedSegment:
    """The segment at another speed; what it plays of its medium stays the same.

    Raises:
        ConflictError: nothing plays in it, or it plays backwards or at a changing speed.
    """
    document = segment.document()
    playing = segment.playing(document)
    if not playing.plays or playing.is_bent:
        _refuse(segment, "is a picture, or plays backwards or with a speed curve of the app; its speed stays")
    _, length = grid.span(segment.start, segment.start + round(playing.source_duration / speed))
    frame, left = grid.position(1), _whole_medium(segment) - playing.source_start
    if round(length * speed) > max(left, playing.source_duration) and length > 2 * frame:
        length = grid.before(segment.start + length - frame // 2) - segment.start  # rounded up past the medium's end
    used = min(round(length * speed), max(left, playing.source_duration)) if left > 0 else round(length * speed)
    source = {**document["source_timerange"], "duration": used}
    parts = [part.with_(speed=speed) if part.list_name == "speeds" else part for part in segment.parts]
    fitted = [_fitted(part, segment.duration or length, length) for part in parts]
    return replace(segment, duration=length).with_(fitted, speed=speed, source_timerange=source)


def _whole_medium(segment: ImportedSegment) -> int:
    """How long its medium is; 0 if nobody knows."""
    shown = None if segment.media else segment.shown
    return _whole(shown.document(), "duration") if shown else 0


def snapped(segment: ImportedSegment, grid: FrameGrid) -> ImportedSegment:
    """The segment with its edges on `grid`, which is that of another rate; it plays as much more or less.

    Raises:
        ConflictError: its medium is too short for even one frame.
    """
    start, length = grid.span(segment.start, segment.start + (segment.duration or 0))
    segment = with_even_transition(segment, grid)
    playing = segment.playing()
    if playing.source_duration:
        length, used = _refilled(segment, playing, grid, start, length)
        source = segment.document()["source_timerange"]
        if used != source.get("duration"):
            segment = segment.with_(None, source_timerange={**source, "duration": used})
    parts = tuple(_fitted(part, segment.duration or length, length) for part in segment.parts)
    kept = within(segment.keyframes, 0, length)
    return replace(segment, start=start, duration=length, parts=parts, keyframes=kept)


def _refilled(segment: ImportedSegment, playing: Playing, grid: FrameGrid, start: int, length: int) -> tuple[int, int]:
    """How long a segment is that was to become `length` long, and how much of its medium it plays."""
    whole_medium = _whole_medium(segment) - playing.source_start
    left = max(whole_medium, playing.source_duration) if whole_medium > 0 else MOST_WHOLE
    used = min(playing.source_duration + round((length - (segment.duration or 0)) * playing.speed), left)
    if playing.is_bent or round(length * playing.speed) - used <= grid.position(1):  # the apps leave that too
        return length, max(used, 1)
    if round(length * playing.speed) - left > grid.position(1):
        length = grid.before(start + int(left / playing.speed)) - start
    if length <= 0:
        message = f"segment {segment.id} plays so fast that its medium is shorter than a frame would be"
        raise ConflictError.about("fps", message)
    return length, min(round(length * playing.speed), left)


def with_even_transition(segment: ImportedSegment, grid: FrameGrid) -> ImportedSegment:
    """The segment with a transition that is an even number of frames long on `grid` (draft-format 5.6)."""
    parts = [_even(part, grid) if part.list_name == "transitions" else part for part in segment.parts]
    return replace(segment, parts=tuple(parts))


def _even(transition: Material, grid: FrameGrid) -> Material:
    document = transition.document()
    frames = max(grid.frame(_whole(document, "duration")) // 2, 1) * 2
    return _changed(transition, document, {"duration": grid.position(frames)})


def _fitted(part: Material, before: int, length: int) -> Material:
    """A companion of a segment that becomes `length` long: animations and fades are no longer than that."""
    if part.list_name == "audio_fades":
        document = part.document()
        fade_in = min(_whole(document, "fade_in_duration"), length)
        fade_out = min(_whole(document, "fade_out_duration"), length - fade_in)
        return _changed(part, document, {"fade_in_duration": fade_in, "fade_out_duration": fade_out})
    if part.list_name == "material_animations":
        document = part.document()
        found = document.get("animations")
        if isinstance(found, list) and found:
            return _changed(part, document, {"animations": [_animated(one, before, length) for one in found]})
    return part


def _animated(animation: Any, before: int, length: int) -> Any:
    if not isinstance(animation, dict):
        return animation
    lasts = min(_whole(animation, "duration"), length)
    if animation.get("type") == "group" and _whole(animation, "duration") == before:
        lasts = length
    start = length - lasts if animation.get("type") == "out" else min(_whole(animation, "start"), length - lasts)
    changes = {"start": start, "duration": lasts}
    return {**animation, **{name: value for name, value in changes.items() if animation.get(name, 0) != value}}


def _changed(part: Material, document: _Json, changes: Mapping[str, Any]) -> Material:
    """The part with what is different; itself when nothing is."""
    different = {name: value for name, value in changes.items() if document.get(name, 0) != value}
    return part.with_(**different) if different else part


def _whole(document: Mapping[str, Any], name: str) -> int:
    return whole(document.get(name, 0))


# ---- two of one


def halves(
    segment: ImportedSegment, grid: FrameGrid, at: int, right_id: str
) -> tuple[ImportedSegment, ImportedSegment]:
    """What is left and right of `at`: how it comes in goes left, how it goes out goes right. The right part is new.

    Raises:
        ConflictError: it cannot be cut.
    """
    left = _without("out", trimmed(segment, grid, segment.start, at).without_transition())
    right = _without("in", trimmed(segment, grid, at, segment.end))
    return replace(left, transition=None), forked(right, right_id)


def _without(kind: str, segment: ImportedSegment) -> ImportedSegment:
    """The segment without animations and fades of that kind."""
    parts: list[Material] = []
    for part in segment.parts:
        document = part.document() if part.list_name in ("material_animations", "audio_fades") else {}
        if isinstance(found := document.get("animations"), list):
            left = [one for one in found if not (isinstance(one, dict) and one.get("type") == kind)]
            part = _changed(part, document, {"animations": left})
        elif document:
            part = _changed(part, document, {f"fade_{kind}_duration": 0})
        parts.append(part)
    return replace(segment, parts=tuple(parts))


def forked(segment: ImportedSegment, identifier: str) -> ImportedSegment:
    """The same as a segment of its own: no companion is shared, and no id is another's."""
    names = {part.id: derived_id(identifier, "part", place) for place, part in enumerate(segment.parts)}
    return replace(_with_names(segment, names), id=identifier).with_(None, id=identifier)


def _renamed(raw: bytes, names: Mapping[str, str]) -> bytes:
    for old, new in names.items():
        raw = raw.replace(as_json(old), as_json(new))
    return raw


def apart(segments: Iterable[ImportedSegment]) -> Iterator[ImportedSegment]:
    """The segments such that materials which they share are the same for all.

    What an edit has made different for one of them gets an id of its own; what it was keeps its id.
    """
    segments = list(segments)
    found: dict[tuple[str, str], list[Material]] = defaultdict(list)
    for part in (part for segment in segments for part in segment.parts):
        found[part.list_name, part.id].append(part)
    kept = {place: next((one for one in parts if not one.is_new), parts[0]).raw for place, parts in found.items()}
    for segment in segments:
        names: dict[str, str] = {}
        parts = segment.parts
        while own := [one.id for one in parts if one.raw != kept.get((one.list_name, one.id), one.raw)]:
            shared = [one for one in own if _is_shared(one, segment, found)]
            if not shared:
                break
            names |= {one: derived_id(segment.id, "own", one) for one in shared}
            parts = tuple(_renamed_part(part, names) for part in segment.parts)  # one that names another changes too
        yield _with_names(segment, names) if names else segment


def _is_shared(identifier: str, segment: ImportedSegment, found: Mapping[tuple[str, str], list[Material]]) -> bool:
    return any(len(found[part.list_name, identifier]) > 1 for part in segment.parts if part.id == identifier)


def _with_names(segment: ImportedSegment, names: Mapping[str, str]) -> ImportedSegment:
    """The segment with other ids of its materials."""
    document = json.loads(_renamed(as_json(segment.document()), names))
    return segment.with_([_renamed_part(part, names) for part in segment.parts], **document)


def _renamed_part(part: Material, names: Mapping[str, str]) -> Material:
    raw = _renamed(part.raw, names)
    return part if raw == part.raw else Material(part.list_name, names.get(part.id, part.id), raw, is_new=True)


# ---- looks


def placed(segment: ImportedSegment, changes: Mapping[str, Any]) -> ImportedSegment:
    """The segment with other values of its place on the canvas, by the names that add operations have."""
    clip = segment.document().get("clip")
    clip = clip if isinstance(clip, dict) else {}
    for name, value in changes.items():
        path = _CLIP[name]
        clip = _put(clip, path, value)
    scale, locked = clip.get("scale"), segment.document().get("uniform_scale")
    newer: _Json = {"clip": clip}
    if changes.keys() & {"scale_x", "scale_y"} and isinstance(locked, dict) and isinstance(scale, dict):
        newer["uniform_scale"] = locked | {"on": scale.get("x") == scale.get("y")}
    return segment.with_(None, **newer)


_CLIP = {
    "alpha": ("alpha",),
    "rotation": ("rotation",),
    "scale_x": ("scale", "x"),
    "scale_y": ("scale", "y"),
    "transform_x": ("transform", "x"),
    "transform_y": ("transform", "y"),
    "flip_horizontal": ("flip", "horizontal"),
    "flip_vertical": ("flip", "vertical"),
}
"""Where in `clip` of a segment's JSON they stand."""
_NATURAL = {"alpha": 1.0, "scale_x": 1.0, "scale_y": 1.0, "flip_horizontal": False, "flip_vertical": False}


def place_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """Where a segment stands on the canvas, by its JSON."""
    clip = document.get("clip")
    return {name: _get(clip, path, _NATURAL.get(name, 0.0)) for name, path in _CLIP.items()} if clip else {}


def _put(document: _Json, path: tuple[str, ...], value: Any) -> _Json:
    first, *rest = path
    inner = document.get(first)
    return {**document, first: _put(inner if isinstance(inner, dict) else {}, tuple(rest), value) if rest else value}


def _get(document: Any, path: tuple[str, ...], otherwise: Any) -> Any:
    for name in path:
        document = document.get(name) if isinstance(document, dict) else None
    return otherwise if document is None else document


# ---- texts


def text_of(part: Material) -> str | None:
    """What a text says; None when it is in the markup of old apps."""
    content = _content(part.document())
    return None if content is None else str(content["text"])


def _content(document: Mapping[str, Any]) -> _Json | None:
    try:
        content = json.loads(document.get("content", ""))
    except (ValueError, TypeError):
        return None
    is_text = isinstance(content, dict) and isinstance(content.get("text"), str)
    return content if is_text and isinstance(content.get("styles"), list) else None


def with_text(part: Material, text: str, at: tuple[int, int] | None = None) -> Material:
    """A text that says `text`, or that has it in the place `at` (in UTF-16 units) of what it said.

    The whole text looks as its beginning did; in a part of it everything else looks as before. Timings of words that
    are not said any more go.

    Raises:
        InvalidRequestError: it is in the markup of old apps.
    """
    document = part.document()
    content = _content(document)
    if content is None:
        raise InvalidRequestError.about("text", "this text is in the markup of an old app, and cannot be changed here")
    before = str(content["text"]).encode("utf-16-le", "surrogatepass")
    new = text.encode("utf-16-le", "surrogatepass")
    start, end = at or (0, len(before) // 2)
    whole = (before[: 2 * start] + new + before[2 * end :]).decode("utf-16-le", "surrogatepass")
    styles = [style for style in content["styles"] if isinstance(style, dict)]
    if at is None:
        styles = [style | {"range": [0, utf16_length(whole)]} for style in styles[:1]]
    else:
        styles = _moved(styles, start, end, len(new) // 2)
    changes: _Json = {"content": as_json(content | {"text": whole, "styles": styles}).decode()}
    for name in ("words", "current_words"):
        if isinstance(document.get(name), dict) and any(document[name].values()):
            changes[name] = {key: [] for key in document[name]}
    return part.with_(**changes)


def _moved(styles: list[_Json], start: int, end: int, length: int) -> list[_Json]:
    """Styles of a text in which what was from `start` to `end` is `length` long now."""

    def edge(place: int, otherwise: int) -> int:
        if place <= start:
            return place
        return place + length - (end - start) if place >= end else otherwise

    moved = []
    for style in styles:
        first, last = style.get("range", [0, 0])
        place = [edge(first, start + length), edge(last, start + length)]
        if place[0] < place[1]:
            moved.append(style | {"range": place})
    return moved


def as_texts(segment: ImportedSegment) -> list[TextSegment]:
    """What its texts say and about how they look, for subtitle files. Old markup says nothing."""
    document = segment.document()
    place: dict[str, Any] = {
        name: value for name, value in place_of(document).items() if isinstance(value, int | float)
    }
    found = [(part, _content(part.document())) for part in segment.parts if part.list_name == "texts"]
    return [
        TextSegment(
            id=segment.id,
            added=segment.added,
            start=segment.start,
            duration=segment.duration,
            text=str(content["text"]),
            style=_style(content, part.document()),
            look=Look(**place),
        )
        for part, content in found
        if content
    ]


def _style(content: _Json, document: Mapping[str, Any]) -> TextStyle:
    """How a text begins to look."""
    first = next((style for style in content["styles"] if isinstance(style, dict)), {})
    colour = _get(first, ("fill", "content", "solid", "color"), [1, 1, 1])
    size = first.get("size", document.get("font_size", 5.0))
    known = isinstance(colour, list) and len(colour) >= 3 and all(isinstance(one, int | float) for one in colour)
    return TextStyle(
        size=size if isinstance(size, int | float) else 5.0,
        colour=(colour[0], colour[1], colour[2]) if known else (1.0, 1.0, 1.0),
        alpha=1.0,
        font=None,
        bold=bool(first.get("bold")),
        italic=bool(first.get("italic")),
        underline=bool(first.get("underline")),
    )
