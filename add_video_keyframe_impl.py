"""add_video_keyframe: let values of a segment change while it is shown."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema, field_validator

from engine.keyframes import CURVES, LIMITS, PROPERTIES, Curve, Easing, Keyframe, Property, in_order
from engine.script_file import MAIN_TRACK, Script_file
from engine.segments import Segment
from engine.time import microseconds, seconds
from engine.tracks import Track
from errors import ConflictError, InvalidRequestError, ServiceError
from fields.answers import Placed, standing
from fields.requests import OfDraft
from fields.words import PRINTABLE, KnownTrack, Seconds, SegmentId, at_most

_NUMBER = r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?)\s*(%|deg|°|)\s*"
_LONGEST = 50  # characters of a value
_MOST = 2_000  # in one call
_MOST_NAMED = 5
_STEEPEST = 1e9
"""A part of a curve that is nearly flat has points far above it, in parts of what little it rises."""
_SCALES: set[Property] = {"scale_x", "scale_y"}
_WHOLE: set[Property] = {"uniform_scale"}


def _as_text(value: Any) -> Any:
    return repr(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


Value = Annotated[
    str,
    BeforeValidator(_as_text),
    Field(max_length=_LONGEST),
    PRINTABLE,
    WithJsonSchema({"type": "string", "maxLength": _LONGEST, "pattern": f"^{_NUMBER}$", "examples": ["50%"]}),
]


def _eased(value: Any) -> Any:
    """A name of a curve as it is, and four numbers as a curve."""
    if isinstance(value, str) and value in CURVES:
        return value
    if isinstance(value, list | tuple) and len(value) == 4 and not any(isinstance(part, bool) for part in value):
        with suppress(TypeError, ValueError):  # refused below, like numbers out of range
            x1, y1, x2, y2 = map(float, value)
            if all(0 <= x <= 1 for x in (x1, x2)) and all(abs(y) <= _STEEPEST for y in (y1, y2)):
                return x1, y1, x2, y2
    raise ValueError(f"must be {', '.join(CURVES)} or four numbers [x1, y1, x2, y2], x1 and x2 from 0 to 1")


_X: dict[str, Any] = {"type": "number", "minimum": 0, "maximum": 1}
_Y: dict[str, Any] = {"type": "number", "minimum": -_STEEPEST, "maximum": _STEEPEST}
Eased = Annotated[
    Easing | Curve,
    BeforeValidator(_eased),
    WithJsonSchema(
        {
            "type": ["string", "array"],
            "pattern": f"^({'|'.join(CURVES)})$",
            "prefixItems": [_X, _Y, _X, _Y],
            "minItems": 4,
            "maxItems": 4,
        }
    ),
]


def _newest(name: Any) -> Any:
    return {"transform_x": "position_x", "transform_y": "position_y"}.get(name, name) if isinstance(name, str) else name


Changing = Annotated[Property, BeforeValidator(_newest)]
"""A property, also by the name that its parameter has."""


class AddVideoKeyframe(OfDraft):
    """Let a value of a segment change over time: one keyframe, or many in one call, all or none.

    The segment is the one on the track that is there at that time, its end included. Many in one call that begin where
    two touch belong to the one that the others fall in. Between two keyframes the value goes from one to the other;
    before the first and after the last it stays.
    """

    example = {
        "draft_id": "first",
        "track_name": "video_main",
        "property_types": ["alpha", "alpha"],
        "times": [0, 1],
        "values": ["0%", "100%"],
    }

    track_name: KnownTrack = MAIN_TRACK
    segment_id: SegmentId | None = Field(
        None, description="The segment, wherever it is; left out: the one that track_name and time say."
    )
    property_type: Changing = Field("alpha", description="What changes; sound can change its volume only.")
    time: Seconds = Field(0.0, description="When, in seconds on the timeline; put on a frame.")
    value: Value = Field(
        "1.0",
        description="The value then, as number or text: half canvases for a position (-10 to 10), degrees clockwise "
        'for rotation ("45deg"), 1 as it is for scale, alpha and volume ("50%"), -1 to 1 for colours ("+0.5").',
    )
    property_types: Annotated[tuple[Changing, ...], at_most(_MOST)] = Field(
        (), description="Many at once: what changes, one for each of times; instead of property_type, time and value."
    )
    times: Annotated[tuple[Seconds, ...], at_most(_MOST)] = Field(
        (), description="Many at once: when, in seconds on the timeline."
    )
    values: Annotated[tuple[Value, ...], at_most(_MOST)] = Field(
        (), validate_default=True, description="Many at once: the values then."
    )
    easing: Eased = Field(
        "linear",
        description="How it goes on to the next keyframe: linear (evenly), ease_in, ease_out, ease_in_out (slow at "
        "its start, end or both), or [x1, y1, x2, y2] as in CSS cubic-bezier: x1 and x2 from 0 to 1.",
    )

    @field_validator("values")
    @classmethod
    def _equally_many(cls, values: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        others = [info.data[name] for name in ("property_types", "times") if name in info.data]
        if any(len(other) != len(values) for other in others):
            raise ValueError("property_types, times and values must have equally many items")
        return values

    def asked(self) -> list[tuple[str, Property, float, str]]:
        """What to call each keyframe's fields in messages ("" or ".2"), property, time and value."""
        if not self.times:
            return [("", self.property_type, self.time, self.value)]
        rows = zip(self.property_types, self.times, self.values, strict=True)
        return [(f"s.{place}", *row) for place, row in enumerate(rows)]

    def curve(self) -> Curve | None:
        """How values go on to the next; None: evenly."""
        return CURVES[self.easing] if isinstance(self.easing, str) else self.easing

    def left_aside(self, track: Track) -> list[str]:
        """Warnings if a single keyframe was given beside many, or another track than the one the segment is on."""
        single = self.model_fields_set & {"property_type", "time", "value"} if self.times else ()
        warnings = [f"{name}: left aside, there are property_types, times and values" for name in sorted(single)]
        if "track_name" in self.model_fields_set and self.track_name != track.name:
            warnings.append(f"track_name: left aside, segment {self.segment_id} is on track {track.name!r}")
        return warnings


class Keyframed(Placed):
    """What was added to which segments, and where the first of these is."""

    added_keyframes_count: int = Field(description="How many keyframes were added.")
    segment_ids: list[str] = Field(description="The segments they are on.")


def add_video_keyframe(req: AddVideoKeyframe, script: Script_file) -> Keyframed:
    """Put segments with more keyframes in place of those that were there.

    Raises:
        TrackNotFoundError, SegmentNotFoundError: there is no such track or segment.
        InvalidRequestError: a value does not fit its property, or a segment does not have that property.
        ConflictError: nothing is there at a time; or both sides and one side of a picture would be scaled.
    """
    track, named = _meant(req, script)
    rows = [(place, name, script.grid.nearest(microseconds(time)), value) for place, name, time, value in req.asked()]
    times = {changing: sorted(at for _, name, at, _ in rows if name == changing) for _, changing, _, _ in rows}
    lines: dict[str, list[Keyframe]] = {}
    for place, name, at, value in rows:
        segment = _there(track, named, at, times[name], f"time{place}")
        line = lines.setdefault(segment.id, list(segment.keyframes))
        _check(segment, name, {one.name for one in line}, f"property_type{place}")
        number = _number(name, value, f"value{place}")
        line.append(Keyframe(name, at - segment.start, number, req.curve()))
    with script.all_or_nothing():
        for segment_id, line in lines.items():
            _, segment = script.take(segment_id)
            script.place(track.name, replace(segment, keyframes=in_order(line)))
    return Keyframed(
        **standing(script, track.name, script.get_segment(next(iter(lines)))[1]),
        added_keyframes_count=len(rows),
        segment_ids=list(lines),
        warnings=[*req.left_aside(track), *_spread(track, lines, [at for _, _, at, _ in rows])],
    )


def _meant(req: AddVideoKeyframe, script: Script_file) -> tuple[Track, Segment | None]:
    """The track, and the segment if the request names one."""
    if req.segment_id is None:
        return script.get_track(req.track_name), None
    return script.get_segment(req.segment_id)


def _there(track: Track, named: Segment | None, time: int, times: Sequence[int], field: str) -> Segment:
    """The segment that is there at `time`, and is the one that is named.

    Where two touch, it is the one in which more of `times` fall, in order all of that property in one call: a movement
    that begins at a cut belongs to what begins there. With as many in both, and for one alone, it is the earlier.

    Raises:
        ConflictError: there is none; the message names the nearest.
    """
    found = [one for one in track.there_at(time) if named is None or one is named]
    if not found:
        raise _nothing_there(track, [named] if named else track.segments, time, field)
    if len(found) == 1:
        return found[0]
    ends, begins = found
    before = bisect_left(times, time) - bisect_left(times, ends.start)
    until = len(times) if begins.end is None else bisect_right(times, begins.end)
    return begins if until - bisect_right(times, time) > before else ends


def _spread(track: Track, lines: Mapping[str, Sequence[Keyframe]], times: Sequence[int]) -> list[str]:
    """A warning if one call changed several segments, with what was chosen where two of them touch."""
    if len(lines) < 2:
        return []
    joints = sorted({at for at in times if len(track.there_at(at)) == 2})
    where = (
        f"; at {_few([f'{seconds(at):g} s' for at in joints])} two touch, and the one counts in which more of these "
    )
    named = _few([f"segment {segment_id}" for segment_id in lines])
    return [f"the keyframes are on {named}{f'{where}times fall, else the earlier' if joints else ''}"]


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more


def _nothing_there(track: Track, candidates: Sequence[Segment], time: int, field: str) -> ServiceError:
    """The error that says so, and which of the candidates is the nearest."""
    message = f"nothing on track {track.name!r} is there at {seconds(time):g} s"
    if not candidates:
        return ConflictError.about(field, message)
    nearest = min(candidates, key=lambda one: max(one.start - time, time - (one.end or one.start)))
    end = None if nearest.end is None else seconds(nearest.end)
    until = "the end of its media" if end is None else f"{end:g} s"
    message += f"; the nearest segment is {nearest.id}, from {seconds(nearest.start):g} s to {until}"
    return ConflictError.about(field, message, segment_id=nearest.id, start=seconds(nearest.start), end=end)


def _number(name: Property, text: str, field: str) -> float:
    """A value as a number: "50%" is 0.5, "45deg" 45.

    Raises:
        InvalidRequestError: it is none, or out of range.
    """
    found, units = re.fullmatch(_NUMBER, text), _UNITS.get(name, _PERCENT)
    least, most = LIMITS[name]
    number = float(found[1]) * units[found[2]] if found and found[2] in units else None
    if number is None or not least <= number <= most:
        example = {"%": '; "50%" is 0.5', "deg": ', like "45deg"'}.get(list(units)[-1], "")
        raise InvalidRequestError.about(field, f"must be a number from {least:g} to {most:g} for {name}{example}")
    return number


_PERCENT = {"": 1.0, "%": 0.01}
_UNITS: dict[Property, dict[str, float]] = {
    "rotation": {"": 1.0, "°": 1.0, "deg": 1.0},
    "position_x": {"": 1.0},
    "position_y": {"": 1.0},
}
"""What may stand behind the number, and what it is worth."""


def _check(segment: Segment, name: Property, others: Collection[Property], field: str) -> None:
    """Refuse what a segment of its kind, or with `others` changing already, cannot have.

    Raises:
        InvalidRequestError: such segments do not have that property.
        ConflictError: the picture is scaled as one already, or side by side.
    """
    known = PROPERTIES.get(segment.track_type, ())
    if name not in known:
        can = f"{', '.join(known)} can" if known else "nothing of it can"
        message = f"{name} of {segment.track_type} segments cannot change over time; {can}"
        raise InvalidRequestError.about(field, message)
    clash = {"uniform_scale": _SCALES, "scale_x": _WHOLE, "scale_y": _WHOLE}.get(name, set()) & set(others)
    if clash:
        message = f"segment {segment.id} has keyframes of {', '.join(sorted(clash))}; remove_keyframes takes them off"
        raise ConflictError.about(field, message)
