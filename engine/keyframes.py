"""Values that change while a segment is shown.

A segment holds its keyframes as a tuple in order of property and time. Times are whole microseconds from the segment's
start on the timeline, so that moving it changes none. Before the first keyframe of a property its value is that of the
first, after the last that of the last.

    cut at |          1 o------x------o 0          a keyframe is put where the line is cut, with what it has there,
                      1 o-----.5|.5---o 0          so that nothing looks different

To add a property: its name here, its range in `LIMITS`, and the kinds of tracks that have it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from operator import attrgetter
from typing import Literal, get_args

Property = Literal[
    "position_x", "position_y", "rotation", "scale_x", "scale_y", "uniform_scale", "alpha", "saturation", "contrast",
    "brightness", "volume",
]  # fmt: skip
"""What can change."""

Curve = tuple[float, float, float, float]
"""Two points (x1, y1, x2, y2) that bend the way from (0, 0) to (1, 1), as in CSS `cubic-bezier`; x is time."""

Easing = Literal["linear", "ease_in", "ease_out", "ease_in_out"]

CURVES: dict[Easing, Curve | None] = {
    "linear": None,
    "ease_in": (0.42, 0.0, 1.0, 1.0),
    "ease_out": (0.0, 0.0, 0.58, 1.0),
    "ease_in_out": (0.42, 0.0, 0.58, 1.0),
}
"""The curves that have names, those of CSS."""

LIMITS: dict[Property, tuple[float, float]] = {
    "position_x": (-10, 10),
    "position_y": (-10, 10),
    "rotation": (-36_000, 36_000),
    "scale_x": (0, 100),
    "scale_y": (0, 100),
    "uniform_scale": (0, 100),
    "alpha": (0, 1),
    "saturation": (-1, 1),
    "contrast": (-1, 1),
    "brightness": (-1, 1),
    "volume": (0, 10),
}
"""Least and greatest value; units are those of a segment's own parameters, colours change by -1 to 1 from 0."""

_PLACED: tuple[Property, ...] = (
    "position_x", "position_y", "rotation", "scale_x", "scale_y", "uniform_scale", "alpha",
)  # fmt: skip

PROPERTIES: dict[str, tuple[Property, ...]] = {
    "video": get_args(Property),
    "audio": ("volume",),
    "sticker": _PLACED,
    "text": _PLACED,
}
"""What can change, by the type of the track."""


@dataclass(frozen=True, slots=True)
class Keyframe:
    """The value that a property has at a time."""

    name: Property
    time: int
    """From the segment's start."""
    value: float
    curve: Curve | None = None
    """How it goes on to the next keyframe; None: evenly."""

    @property
    def easing(self) -> Easing | Curve:
        """The name of its curve, or the curve itself if it has none."""
        return next((name for name, curve in CURVES.items() if curve == self.curve), self.curve or "linear")


Keyframes = tuple[Keyframe, ...]


def in_order(keyframes: Iterable[Keyframe]) -> Keyframes:
    """The keyframes by property and time; of two at the same time the later in the row."""
    last = {(one.name, one.time): one for one in keyframes}
    return tuple(last[place] for place in sorted(last))


def within(keyframes: Keyframes, start: int, end: int | None) -> Keyframes:
    """What shows between two times, counted from `start`; every value there is what it was."""
    lines = (_part(list(line), start, end) for _, line in groupby(keyframes, attrgetter("name")))
    return tuple(replace(one, time=one.time - start) for line in lines for one in line)


def stretched(keyframes: Keyframes, factor: float) -> Keyframes:
    """The keyframes at times that are `factor` times as late."""
    return in_order(replace(one, time=round(one.time * factor)) for one in keyframes)


def scaled(keyframes: Keyframes, x: float, y: float) -> Keyframes:
    """The keyframes of something whose width and height are `x` and `y` times as large; scaled unevenly, one scale for
    both sides becomes two."""
    by: dict[Property, dict[Property, float]] = {
        "scale_x": {"scale_x": x},
        "scale_y": {"scale_y": y},
        "uniform_scale": {"uniform_scale": x} if x == y else {"scale_x": x, "scale_y": y},
    }
    parts = ((one, by.get(one.name, {one.name: 1.0})) for one in keyframes)
    return in_order(
        replace(one, name=name, value=one.value * factor) for one, part in parts for name, factor in part.items()
    )


def _part(line: list[Keyframe], start: int, end: int | None) -> list[Keyframe]:
    """The keyframes of one property from `start` to `end`, at least one: what is held there."""
    for edge in (start, end):
        if edge is not None:
            line = _divided(line, edge)
    part = [one for one in line if start <= one.time and (end is None or one.time <= end)]
    held = line[0] if line[0].time > start else line[-1]
    return part or [replace(held, time=start, curve=None)]


def _divided(line: Sequence[Keyframe], time: int) -> list[Keyframe]:
    """The same line with a keyframe at `time`, if that is between two."""
    for place, (one, following) in enumerate(pairwise(line), start=1):
        if one.time < time < following.time:
            return [*line[: place - 1], *_halves(one, following, time), *line[place:]]
    return list(line)


def _halves(one: Keyframe, following: Keyframe, time: int) -> tuple[Keyframe, Keyframe]:
    share = (time - one.time) / (following.time - one.time)
    before, height, after = (None, share, None) if one.curve is None else _split(one.curve, share)
    least, most = LIMITS[one.name]  # a curve may swing beyond both keyframes, but nothing is more than opaque
    value = min(max(one.value + (following.value - one.value) * height, least), most)
    return replace(one, curve=before), Keyframe(one.name, time, value, after)


def _split(curve: Curve, share: float) -> tuple[Curve | None, float, Curve | None]:
    """A curve cut at a share of its time: the part before, how high it is there, the part after (de Casteljau)."""
    points = [(0.0, 0.0), curve[:2], curve[2:], (1.0, 1.0)]
    at = _parameter(curve, share)
    first, second, third = (_between(a, b, at) for a, b in pairwise(points))
    left, right = _between(first, second, at), _between(second, third, at)
    middle = _between(left, right, at)
    return _boxed(points[0], first, left, middle), middle[1], _boxed(middle, right, third, points[3])


_FLAT = 1e-6
_Point = tuple[float, ...]


def _between(one: _Point, other: _Point, share: float) -> _Point:
    return tuple(a + (b - a) * share for a, b in zip(one, other, strict=True))


def _parameter(curve: Curve, share: float) -> float:
    """Where along the curve that share of its time is; x grows all along it."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        x = 3 * middle * (1 - middle) ** 2 * curve[0] + 3 * middle**2 * (1 - middle) * curve[2] + middle**3
        low, high = (middle, high) if x < share else (low, middle)
    return (low + high) / 2


def _boxed(start: _Point, one: _Point, other: _Point, end: _Point) -> Curve | None:
    """The two points as shares of the way from `start` to `end`; None when nothing changes on that way."""
    width, height = end[0] - start[0], end[1] - start[1]
    if width <= 0 or abs(height) < _FLAT:
        return None
    x1, y1, x2, y2 = (
        (point[axis] - start[axis]) / size for point in (one, other) for axis, size in enumerate((width, height))
    )
    return min(max(x1, 0.0), 1.0), y1, min(max(x2, 0.0), 1.0), y2
