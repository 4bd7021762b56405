from fractions import Fraction
from itertools import pairwise

import pytest

from engine.time import FrameGrid, frame_rate, microseconds

THIRTY = FrameGrid(Fraction(30))


def test_a_rounded_ntsc_rate_means_the_exact_one():
    assert frame_rate(29.97) == Fraction(30000, 1001)
    assert frame_rate(23.976) == Fraction(24000, 1001)
    assert frame_rate(25) == 25


def test_frames_begin_at_the_floor_of_their_time():
    assert [THIRTY.position(frame) for frame in range(4)] == [0, 33_333, 66_666, 100_000]


@pytest.mark.parametrize("fps", [23.976, 24, 25, 29.97, 30, 50, 60, 120])
def test_every_frame_is_found_again_at_its_own_position(fps):
    grid = FrameGrid(frame_rate(fps))
    assert all(grid.frame(grid.position(frame)) == frame for frame in range(0, 400_000, 997))


@pytest.mark.parametrize("fps", [23.976, 30, 60])
def test_before_is_the_last_position_not_after(fps):
    grid = FrameGrid(frame_rate(fps))
    for position in range(0, 2_000_000, 3_331):
        found = grid.before(position)
        assert found <= position < grid.position(grid.frame(found) + 1)


def test_touching_ranges_touch_on_the_grid_too():
    """A rounded duration would leave a gap or an overlap of a microsecond."""
    edges = [microseconds(0.1 * number) for number in range(200)]
    spans = [THIRTY.span(start, end) for start, end in pairwise(edges)]
    for (start, duration), (following, _) in pairwise(spans):
        assert start + duration == following


def test_a_span_is_at_least_a_frame_long():
    assert THIRTY.span(1_000_000, 1_000_001) == (1_000_000, 33_333)
