"""Speeds that change while a clip plays.

A curve is points (x, speed): x is the share of what plays of the medium; between two points the speed changes evenly in
time. So a piece takes as long as if it played at the mean of its ends' speeds, and a clip with a curve as a whole
plays at `mean`, which stands as the segment's speed (draft-format 5.2).

    speed 2 |  .-'|       in time      |  .-'|     the area below is what of the medium plays
          1 |-'   |                    |-'   |
            0 x   1                    0     time
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

Points = tuple[tuple[float, float], ...]

PRESETS: dict[str, Points] = {
    "montage": ((0.0, 0.9), (0.1, 0.9), (0.5, 6.8), (0.65, 0.3), (0.8, 1.0), (1.0, 1.0)),
    "hero": ((0.0, 1.0), (0.35, 5.5), (0.45, 0.5), (0.55, 0.5), (0.65, 5.5), (1.0, 1.0)),
    "bullet": ((0.0, 5.2), (0.4, 5.2), (0.46, 0.5), (0.54, 0.5), (0.6, 5.2), (1.0, 5.2)),
    "jump_cut": ((0.0, 0.6), (0.43, 0.6), (0.5, 6.0), (0.57, 0.6), (1.0, 0.6)),
    "flash_in": ((0.0, 5.2), (0.4, 5.2), (0.6, 1.0), (1.0, 1.0)),
    "flash_out": ((0.0, 1.0), (0.4, 1.0), (0.6, 5.2), (1.0, 5.2)),
}
"""The curves that CapCut offers by name."""

_DIGITS = 6  # of what a cut works out: finer than any frame
_CLOSEST = 10**-_DIGITS


@dataclass(frozen=True)
class SpeedCurve:
    """How fast a clip plays where; speeds are those of the finished clip, not factors of another."""

    points: Points
    """The first x is 0, the last 1, and each is greater than the one before."""

    @property
    def name(self) -> str:
        """What the app calls it."""
        return next((name for name, points in PRESETS.items() if points == self.points), "custom")

    @cached_property
    def mean(self) -> float:
        """What plays, divided by how long that takes."""
        return 1 / self._timed[-1][0]

    @cached_property
    def _timed(self) -> list[tuple[float, float]]:
        """(time, speed) of each point, where all of what plays is 1 long at speed 1."""
        times = _summed((x - before) / ((speed + last) / 2) for (before, last), (x, speed) in pairwise(self.points))
        return [(time, speed) for time, (_, speed) in zip(times, self.points, strict=True)]

    def played(self, share: float) -> float:
        """What share of the medium's part has played when that share of the clip's time is over.

        Before its start and after its end it goes on at its first and its last speed.
        """
        if share < 0:
            return share / self.mean * self.points[0][1]
        return _area(self._between(0, share))

    def part(self, begin: float, end: float) -> "SpeedCurve":
        """What of it is between two shares of the clip's time; they may lie outside of it, as in `played`."""
        knots = self._between(begin, end)
        whole = _area(knots)
        done = _summed((time - before) * (speed + last) / 2 for (before, last), (time, speed) in pairwise(knots))
        speeds = [round(speed, _DIGITS) for _, speed in knots]
        places = [*(round(area / whole, _DIGITS) for area in done[:-1]), 1.0]
        return SpeedCurve(tuple(_needed(list(zip(places, speeds, strict=True)))))

    def _between(self, begin: float, end: float) -> list[tuple[float, float]]:
        first, last = begin / self.mean, end / self.mean
        inside = [(time, speed) for time, speed in self._timed if first < time < last]
        return [(first, self._speed_at(first)), *inside, (last, self._speed_at(last))]

    def _speed_at(self, at: float) -> float:
        for (time, speed), (later, next_speed) in pairwise(self._timed):
            if at < time:
                return speed
            if at < later:
                return speed + (next_speed - speed) * (at - time) / (later - time)
        return self.points[-1][1]


def _summed(steps: Iterable[float]) -> list[float]:
    """0, and the sum after each step."""
    sums = [0.0]
    for step in steps:
        sums.append(sums[-1] + step)
    return sums


def _area(knots: Sequence[tuple[float, float]]) -> float:
    return sum((later - time) * (speed + next_speed) / 2 for (time, speed), (later, next_speed) in pairwise(knots))


def _needed(points: Sequence[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """The points without those between two as fast, and those that fall on another."""
    kept = points[0]
    yield kept
    for (x, speed), (_, following) in pairwise(points[1:]):
        apart = x - kept[0] >= _CLOSEST and 1 - x >= _CLOSEST
        if apart and not kept[1] == speed == following:
            kept = (x, speed)
            yield kept
    yield points[-1]
