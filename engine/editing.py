"""Change what is on the timeline already: move, trim, split, and let what follows move along.

Moves are counted in frames and not in microseconds: frames are 33333 or 33334 us long, so that a clip which moves by
a time would leave the grid, and two that touch would come apart.

    ripple                     |--a--|--b--|--c--|
    remove a                         |--b--|--c--|
    remove a, ripple           |--b--|--c--|
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from functools import cache
from typing import Any, TypeVar

from errors import ConflictError

from . import imported_edits
from .curves import SpeedCurve
from .imported import ImportedSegment
from .keyframes import stretched, within
from .script_file import Script_file
from .segments import AnimationKind, MediaSegment, Segment, TextSegment, VideoSegment
from .time import LONGEST, FrameGrid
from .tracks import Track

_S = TypeVar("_S", bound=Segment)


# ---- one segment


def shifted(segment: _S, grid: FrameGrid, frames: int) -> _S:
    """The segment so many frames later."""
    start = grid.position(grid.frame(segment.start) + frames)
    if segment.end is None:
        return _at(segment, start, None)
    return _at(segment, start, grid.position(grid.frame(segment.end) + frames) - start)


def trimmed(segment: _S, grid: FrameGrid, start: int, end: int | None) -> _S:
    """The segment from `start` to `end`, both on the grid; what plays at any time in between stays the same.

    Raises:
        ConflictError: it is an open clip whose speed changes: how fast it plays when is known when its end is.
    """
    if isinstance(segment, ImportedSegment):
        return imported_edits.trimmed(segment, grid, start, end)  # type: ignore[return-value] # it is one, so _S is
    changes: dict[str, Any] = {"start": start, "duration": None if end is None else end - start}
    if segment.keyframes:
        since = segment.start
        changes["keyframes"] = within(segment.keyframes, start - since, None if end is None else end - since)
    if isinstance(segment, MediaSegment) and (start, end) != (segment.start, segment.end):
        changes["asked_length"] = None
    if start != segment.start and isinstance(segment, MediaSegment) and segment.media.kind != "photo":
        changes["source_start"] = _source_at(segment, grid, start)
    if isinstance(segment, VideoSegment) and segment.curve:
        changes |= _bent(segment, segment.curve, start, end)
    return replace(segment, **changes)


def earliest_start(segment: Segment, grid: FrameGrid) -> int:
    """How far back its start can be trimmed: to the beginning of its medium, or of the timeline."""
    if isinstance(segment, ImportedSegment):
        return imported_edits.earliest_start(segment, grid)
    if not isinstance(segment, MediaSegment) or segment.media.kind == "photo":
        return 0
    curve = segment.curve if isinstance(segment, VideoSegment) else None
    speed = curve.points[0][1] if curve else segment.speed
    return grid.after(max(math.ceil(segment.start - (segment.source_start + _NOISE) / speed), 0))


def halves(segment: _S, grid: FrameGrid, at: int, right_id: str) -> tuple[_S, _S]:
    """What is left and right of `at`, which is on the grid: how it comes in goes left, how it goes out goes right.

    Both count as added when the whole was, so that a split changes nothing of how a save settles conflicts.
    """
    if isinstance(segment, ImportedSegment):
        return imported_edits.halves(segment, grid, at, right_id)  # type: ignore[return-value] # as in trimmed
    left, right = trimmed(segment, grid, segment.start, at), trimmed(segment, grid, at, segment.end)
    return _without("out", left), _without("in", replace(right, id=right_id))


def snapped(segment: _S, grid: FrameGrid) -> _S:
    """The segment with its edges on `grid`, which is that of another rate."""
    if isinstance(segment, ImportedSegment):
        return imported_edits.snapped(segment, grid)  # type: ignore[return-value] # as in trimmed
    if segment.end is None:
        changes: dict[str, Any] = {"start": grid.nearest(segment.start)}
    else:
        start, duration = grid.span(segment.start, segment.end)
        changes = {"start": start, "duration": duration, "keyframes": within(segment.keyframes, 0, duration)}
    if isinstance(segment, MediaSegment):
        changes["source_start"] = grid.nearest(segment.source_start)
    return replace(segment, **changes)


def with_what_stays_of(segment: Segment, newer: _S) -> _S:
    """`newer`, which `segment` becomes, with what no request says of it: the captions it came in with, and its
    keyframes; at another speed they stay beside what plays."""
    if isinstance(segment, TextSegment) and isinstance(newer, TextSegment):
        newer = replace(newer, captions=segment.captions)
    if not segment.keyframes:
        return newer
    retimed = segment.keyframes
    if isinstance(segment, MediaSegment) and isinstance(newer, MediaSegment) and segment.speed != newer.speed:
        retimed = stretched(retimed, segment.speed / newer.speed)
    return replace(newer, keyframes=within(retimed, 0, newer.duration))


def within_reach(segment: _S, grid: FrameGrid, field: str) -> _S:
    """`segment`, if all its times can be named in a request. `field` is what in the request moved it.

    Raises:
        ConflictError: it would reach past 24 hours, on the timeline or in its medium.
    """
    last = segment.end or segment.start
    if isinstance(segment, MediaSegment):
        last = max(last, segment.source_start + segment.source_duration(segment.duration or 0))
    if last > grid.nearest(LONGEST):
        raise ConflictError.about(field, f"segment {segment.id} would reach past 24 hours; nothing was changed")
    return segment


def _at(segment: _S, start: int, duration: int | None) -> _S:
    """The segment at another time: `dataclasses.replace` in half its time, for a ripple moves thousands."""
    kind: type = type(segment)
    twin: _S = object.__new__(kind)
    for name in _field_names(kind):
        object.__setattr__(twin, name, getattr(segment, name))
    object.__setattr__(twin, "start", start)
    object.__setattr__(twin, "duration", duration)
    return twin


@cache
def _field_names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


_NOISE = 1
"""Positions on the grid are whole microseconds: sums of them are off by one."""


def _source_at(clip: MediaSegment, grid: FrameGrid, time: int) -> int:
    """What of its medium a clip shows at `time`, on a frame; rather a frame early than past the medium's end."""
    if isinstance(clip, VideoSegment) and clip.curve:
        length = _curved_length(clip)
        played = math.floor(clip.curve.played((time - clip.start) / length) * length * clip.speed)
    else:
        played = math.floor((time - clip.start) * Fraction(clip.speed))
    exact = clip.source_start + played
    return grid.before(max(exact, 0) + _NOISE)


def _curved_length(clip: VideoSegment) -> int:
    """How long a clip is over which a curve spans."""
    if clip.duration is None:
        message = "is an open clip with a speed curve; to know what plays when, give it an end with update_segment"
        raise ConflictError.about("segment_id", message)
    return clip.duration


def _bent(clip: VideoSegment, curve: SpeedCurve, start: int, end: int | None) -> dict[str, Any]:
    """What of its curve a clip keeps from `start` to `end`, and the speed that it has then."""
    length = _curved_length(clip)
    assert end is not None, "a clip that has an end keeps one"
    part = curve.part((start - clip.start) / length, (end - clip.start) / length)
    return {"curve": part, "speed": part.mean}


def _without(kind: AnimationKind, segment: _S) -> _S:
    """The segment without animations and fades of that kind; without "out" it gives way to what follows by a cut."""
    changes: dict[str, Any] = {}
    if isinstance(segment, VideoSegment | TextSegment):
        changes["animations"] = tuple(one for one in segment.animations if one.kind != kind)
    if isinstance(segment, VideoSegment) and kind == "out":
        changes["transition"] = None
    if isinstance(segment, MediaSegment):
        changes["fade_out" if kind == "out" else "fade_in"] = 0
    return replace(segment, **changes) if changes else segment


# ---- many segments


@dataclass(frozen=True, slots=True)
class Shift:
    """Move what begins at `frame` or later by `by` frames."""

    frame: int
    by: int
    track_name: str | None
    """None: on every track."""

    def concerns(self, track: Track) -> bool:
        """Whether anything on `track` may move."""
        return self.by != 0 and self.track_name in (None, track.name)


def ripple(script: Script_file, shifts: Iterable[Shift], field: str) -> int:
    """Do shifts one after the other, as if each saw what the one before left; answer how many segments moved.

    Only where everything ends up counts: on the way segments may pass through each other.

    Raises:
        ConflictError: two segments would overlap, or one would leave the timeline. Some tracks may have changed.
    """
    moved = 0
    for track in script.tracks.values():
        concerning = [shift for shift in shifts if shift.concerns(track)]
        if concerning:
            moved += _ripple_track(script, track, concerning, field)
    return moved


def put_on_grid(script: Script_file, rate: Fraction, field: str) -> None:
    """Put every segment on the grid of another rate. Edges that were one stay one, so clips that touch still do.

    Raises:
        ConflictError: two segments fall on the same frame. Some tracks may have changed.
    """
    grid = FrameGrid(rate)
    for track in script.tracks.values():
        script.arrange(track, [snapped(segment, grid) for segment in track.segments], field)


def _ripple_track(script: Script_file, track: Track, shifts: list[Shift], field: str) -> int:
    grid, frames_of = script.grid, _frames(shifts)
    arranged = []
    for segment in track.segments:
        frames = frames_of(grid.frame(segment.start))
        arranged.append(shifted(segment, grid, frames) if frames else segment)
    moved = sum(now is not before for now, before in zip(arranged, track.segments, strict=True))
    if moved:
        script.arrange(track, arranged, field)
        within_reach(track.segments[-1], grid, field)
    return moved


def _frames(shifts: list[Shift]) -> Callable[[int], int]:
    """How far what begins at a frame moves in all."""

    def moved_by(first: int) -> int:
        frame = first
        for shift in shifts:
            frame += shift.by if frame >= shift.frame else 0
        return frame - first

    return moved_by
