import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.curves import PRESETS, SpeedCurve

MEANS = {
    **{"montage": 1.4534249930186771, "hero": 2.0744678266346455, "bullet": 2.809371882090666},
    **{"jump_cut": 0.6776180276574557, "flash_in": 1.846929465515636, "flash_out": 1.8469291838837023},
}
"""What the app writes as the speed of a clip with each of its curves."""

speeds = st.floats(0.1, 10)


@st.composite
def curves(draw):
    places = sorted(draw(st.sets(st.integers(1, 999), max_size=6)))
    points = [(x / 1000, draw(speeds)) for x in [0, *places, 1000]]
    return SpeedCurve(tuple(points))


@pytest.mark.parametrize("name", PRESETS)
def test_the_mean_is_the_one_the_app_works_out(name):
    curve = SpeedCurve(PRESETS[name])
    assert curve.mean == pytest.approx(MEANS[name], abs=1e-6)
    assert curve.name == name


def test_speed_changes_evenly_in_time():
    curve = SpeedCurve(((0, 1), (1, 3)))
    assert (curve.mean, curve.name) == (2, "custom")
    assert curve.played(0.5) == pytest.approx((1 + 2) / 2 / 2 / 2)
    assert curve.part(0, 0.5).points == ((0, 1), (1, 2))


def test_what_was_not_there_plays_at_the_speed_of_the_edge():
    curve = SpeedCurve(((0, 1), (1, 3)))
    assert curve.played(-0.5) == -0.25 and curve.played(1.5) == 1.75
    assert curve.part(0, 2).points == ((0, 1), (0.4, 3), (1, 3))
    assert SpeedCurve(((0, 2), (1, 2))).part(-1, 3).points == ((0, 2), (1, 2))


@given(curves(), st.floats(0.01, 0.99))
def test_a_curve_cut_in_two_plays_the_same(curve, at):
    left, right = curve.part(0, at), curve.part(at, 1)
    played = curve.played(at)
    assert left.mean * at == pytest.approx(played * curve.mean, abs=1e-3)
    assert right.mean * (1 - at) == pytest.approx((1 - played) * curve.mean, abs=1e-3)


@given(curves(), st.floats(-2, 3), st.floats(0.0001, 3))
def test_a_part_is_a_curve(curve, begin, length):
    points = curve.part(begin, begin + length).points
    places = [x for x, _ in points]
    assert places[0] == 0 and places[-1] == 1 and places == sorted(set(places))
    assert all(0.1 <= speed <= 10 for _, speed in points) and len(points) <= len(curve.points) + 2
