"""Seconds come in at the doors; whole microseconds live in here. This is the only place they meet.

The apps keep every edge of a segment on the frame grid: frame n begins at floor(n * 1,000,000 / fps) microseconds
(draft-format 5.2: 95 % of 10,956 edges in app-written drafts). Both edges are put on the grid and the duration is
their difference, so 33333 and 33334 alternate; a rounded duration would drift.
"""

from dataclasses import dataclass
from fractions import Fraction

SECOND = 1_000_000
LONGEST = 86_400 * SECOND
"""The latest time that a request can name."""

_NTSC = {base: Fraction(base * 1000, 1001) for base in (24, 30, 48, 60, 120)}


def microseconds(seconds: float) -> int:
    """Round `seconds` to the nearest whole microsecond."""
    return round(seconds * SECOND)


def seconds(microseconds: int) -> float:
    """The same time in seconds, as callers read it."""
    return microseconds / SECOND


def frame_rate(fps: float) -> Fraction:
    """The exact rate a rounded one stands for: 29.97 is 30000/1001."""
    for rate in _NTSC.values():
        if abs(fps - rate) < 0.005:
            return rate
    return Fraction(fps).limit_denominator(1001)


@dataclass(frozen=True, slots=True)
class FrameGrid:
    """The positions at which edges of segments may stand."""

    rate: Fraction
    """Frames a second."""

    def position(self, frame: int) -> int:
        """Where `frame` begins, in microseconds."""
        return frame * SECOND * self.rate.denominator // self.rate.numerator

    def frame(self, position: int) -> int:
        """The frame that begins nearest to `position`."""
        scale = SECOND * self.rate.denominator
        return (2 * position * self.rate.numerator + scale) // (2 * scale)

    def nearest(self, position: int) -> int:
        """The grid position nearest to `position`."""
        return self.position(self.frame(position))

    def before(self, position: int) -> int:
        """The last grid position that is not after `position`."""
        frame = self.frame(position)
        return self.position(frame if self.position(frame) <= position else frame - 1)

    def after(self, position: int) -> int:
        """The first grid position that is not before `position`."""
        frame = self.frame(position)
        return self.position(frame if self.position(frame) >= position else frame + 1)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Put a range on the grid: `(start, duration)`, at least one frame long."""
        first = self.frame(start)
        last = max(self.frame(end), first + 1)
        return self.position(first), self.position(last) - self.position(first)
