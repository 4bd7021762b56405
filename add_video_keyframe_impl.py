"""add_video_keyframe: let values of a segment change while it is shown."""

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema, field_validator

from engine.keyframes import CURVES, LIMITS, PROPERTIES, Easing, Keyframe, Property, in_order
from engine.script_file import MAIN_TRACK, Script_file
from engine.segments import Segment
from engine.time import microseconds, seconds
from engine.tracks import Track
from errors import ConflictError, InvalidRequestError
from fields.answers import DraftAnswer
from fields.requests import OfDraft
from fields.words import KnownTrack, Seconds, SegmentId, at_most

_NUMBER = r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?)\s*(%|deg|°|)\s*"
_LONGEST = 50  # characters of a value
_MOST = 2_000  # in one call
_SCALES: set[Property] = {"scale_x", "scale_y"}
_WHOLE: set[Property] = {"uniform_scale"}


def _as_text(value: Any) -> Any:
    return repr(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


Value = Annotated[
    str,
    BeforeValidator(_as_text),
    Field(max_length=_LONGEST),
    WithJsonSchema({"type": "string", "maxLength": _LONGEST, "pattern": f"^{_NUMBER}$", "examples": ["50%"]}),
]


def _newest(name: Any) -> Any:
    return {"transform_x": "position_x", "transform_y": "position_y"}.get(name, name) if isinstance(name, str) else name


Changing = Annotated[Property, BeforeValidator(_newest)]
"""A property, also by the name that its parameter has."""


class AddVideoKeyframe(OfDraft):
    """Let a value of a segment change over time: one keyframe, or many in one call, all or none.

    The segment is the one on the track that is there at that time, its end included. Between two keyframes the value
    goes from one to the other; before the first and after the last it stays.
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
    easing: Easing = Field(
        "linear", description="How the value goes on to the next keyframe: evenly, or slow at its start, end or both."
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

    def left_aside(self) -> list[str]:
        """A warning if a single keyframe was given beside many."""
        single = self.model_fields_set & {"property_type", "time", "value"} if self.times else ()
        return [f"{name}: left aside, there are property_types, times and values" for name in sorted(single)]


class Keyframed(DraftAnswer):
    """What was added to which segments."""

    added_keyframes_count: int = Field(description="How many keyframes were added.")
    segment_ids: list[str] = Field(description="The segments they are on.")


def add_video_keyframe(req: AddVideoKeyframe, script: Script_file) -> Keyframed:
    """Put segments with more keyframes in place of those that were there.

    Raises:
        TrackNotFoundError, SegmentNotFoundError: there is no such track or segment.
        InvalidRequestError: a value does not fit its property, or a segment does not have that property.
        ConflictError: nothing is there at a time; or both sides and one side of a picture would be scaled.
    """
    track, candidates = _candidates(req, script)
    lines: dict[str, list[Keyframe]] = {}
    for place, name, time, value in req.asked():
        at = script.grid.nearest(microseconds(time))
        segment = _there(track, candidates, at, f"time{place}")
        line = lines.setdefault(segment.id, list(segment.keyframes))
        _check(segment, name, {one.name for one in line}, f"property_type{place}")
        number = _number(name, value, f"value{place}")
        line.append(Keyframe(name, at - segment.start, number, CURVES[req.easing]))
    with script.all_or_nothing():
        for segment_id, line in lines.items():
            _, segment = script.take(segment_id)
            script.place(track.name, replace(segment, keyframes=in_order(line)))
    return Keyframed(
        draft_id=script.draft_id,
        version=script.version,
        added_keyframes_count=len(req.asked()),
        segment_ids=list(lines),
        warnings=req.left_aside(),
    )


def _candidates(req: AddVideoKeyframe, script: Script_file) -> tuple[Track, list[Segment]]:
    """The track, and which of its segments may be meant."""
    if req.segment_id is None:
        track = script.get_track(req.track_name)
        return track, track.segments
    track, segment = script.get_segment(req.segment_id)
    return track, [segment]


def _there(track: Track, candidates: Sequence[Segment], time: int, field: str) -> Segment:
    """The candidate that is there at `time`.

    Raises:
        ConflictError: there is none; the message names the nearest.
    """
    found = track.covering(time) if candidates is track.segments else next(iter(candidates))
    if found and found.start <= time and (found.end is None or time <= found.end):
        return found
    message = f"nothing on track {track.name!r} is there at {seconds(time):g} s"
    if not candidates:
        raise ConflictError.about(field, message)
    nearest = min(candidates, key=lambda one: max(one.start - time, time - (one.end or one.start)))
    end = None if nearest.end is None else seconds(nearest.end)
    until = "the end of its media" if end is None else f"{end:g} s"
    message += f"; the nearest segment is {nearest.id}, from {seconds(nearest.start):g} s to {until}"
    raise ConflictError.about(field, message, segment_id=nearest.id, start=seconds(nearest.start), end=end)


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
