"""Keyframes as the engine cuts, moves and writes them."""

import pytest

from engine.curves import SpeedCurve
from engine.editing import halves, shifted, trimmed, with_what_stays_of
from engine.export import PlacedMedia, write_timeline
from engine.keyframes import CURVES, PROPERTIES, Keyframe, in_order, stretched, within
from engine.lint import lint
from engine.profiles import PROFILES
from engine.segments import Finish
from engine.settle import settle
from engine.time import SECOND

from .engine_kit import audio, new_script, photo, sticker, text, video, video_facts


def line(*points, name="alpha", easing="linear"):
    """Keyframes from (seconds, value)."""
    return tuple(Keyframe(name, round(time * SECOND), value, CURVES[easing]) for time, value in points)


def points(keyframes):
    return [(one.time / SECOND, pytest.approx(one.value)) for one in keyframes]


def value_at(keyframes, time):
    """What shows at a time, by way of a cut there."""
    return within(keyframes, round(time * SECOND), None)[0].value


def blocks(document):
    (segment,) = [one for track in document["tracks"] for one in track["segments"]]
    return {
        block["property_type"]: [(key["time_offset"], key["values"][0]) for key in block["keyframe_list"]]
        for block in segment["common_keyframes"]
    }


def written(script, facts=None):
    return write_timeline(settle(script, facts or {}).script, {}).document


def test_a_cut_between_two_keyframes_puts_one_there():
    whole = line((0, 0), (4, 1))
    assert points(within(whole, 0, 1 * SECOND)) == [(0, 0), (1, 0.25)]
    assert points(within(whole, 1 * SECOND, None)) == [(0, 0.25), (3, 1)]
    assert points(within(whole, SECOND, 3 * SECOND)) == [(0, 0.25), (2, 0.75)]


def test_a_cut_on_a_keyframe_gives_it_to_both_sides():
    whole = line((0, 0), (2, 1), (4, 0))
    assert points(within(whole, 0, 2 * SECOND)) == [(0, 0), (2, 1)]
    assert points(within(whole, 2 * SECOND, None)) == [(0, 1), (2, 0)]


def test_what_was_held_after_the_last_or_before_the_first_stays_held():
    whole = line((1, 0.2), (2, 0.6))
    assert points(within(whole, 3 * SECOND, None)) == [(0, 0.6)]
    assert points(within(whole, 0, SECOND // 2)) == [(0, 0.2)]


def test_more_room_in_front_makes_keyframes_later():
    assert points(within(line((1, 0), (2, 1)), -SECOND, None)) == [(2, 0), (3, 1)]


@pytest.mark.parametrize("easing", ["ease_in", "ease_out", "ease_in_out"])
def test_a_cut_changes_nothing_of_a_bent_way(easing):
    whole = line((0, -3), (4, 5), name="position_x", easing=easing)
    cut = 1_300_000
    left, right = within(whole, 0, cut), within(whole, cut, None)
    for step in range(1, 40):
        time = step / 10
        part, at = (left, time) if time * SECOND < cut else (right, time - cut / SECOND)
        assert value_at(part, at) == pytest.approx(value_at(whole, time), abs=1e-6)
    assert len(left[0].easing) == len(right[0].easing) == 4 and whole[0].easing == easing


def test_named_curves_bend_the_way_they_say():
    early = {easing: value_at(line((0, 0), (1, 1), easing=easing), 0.2) for easing in CURVES}
    assert early["ease_in"] < early["linear"] < early["ease_out"] and early["linear"] == pytest.approx(0.2)
    assert early["ease_in_out"] < 0.2
    assert value_at(line((0, 0), (1, 1), easing="ease_in_out"), 0.5) == pytest.approx(0.5)


def test_a_way_without_a_rise_can_be_cut():
    assert points(within(line((0, 1), (2, 1), easing="ease_in"), SECOND, None)) == [(0, 1), (1, 1)]


def test_of_two_at_one_time_the_later_counts():
    assert in_order([*line((1, 0), (0, 0)), *line((1, 0.5))]) == line((0, 0), (1, 0.5))


def test_stretching_never_leaves_two_at_one_time():
    assert points(stretched(line((0, 0), (0.000001, 0.5), (2, 1)), 0.1)) == [(0, 0.5), (0.2, 1)]


def test_a_moved_segment_takes_its_keyframes_along():
    script = new_script()
    made = text(script, 1, 4, keyframes=line((0, 0), (3, 1)))
    assert shifted(made, script.grid, 45).keyframes == made.keyframes


def test_each_half_of_a_split_has_its_own():
    script = new_script()
    made = text(script, 1, 5, keyframes=line((0, 0), (4, 1)))
    left, right = halves(made, script.grid, 2 * SECOND, "right")
    assert (points(left.keyframes), points(right.keyframes)) == ([(0, 0), (1, 0.25)], [(0, 0.25), (3, 1)])


def test_a_trimmed_start_keeps_what_shows_at_each_time():
    script = new_script()
    made = text(script, 1, 5, keyframes=line((0, 0), (4, 1)))
    left = trimmed(made, script.grid, 2 * SECOND, made.end)
    assert points(left.keyframes) == [(0, 0.25), (3, 1)]
    assert points(trimmed(left, script.grid, 0, made.end).keyframes) == [(2, 0.25), (5, 1)]


def test_at_another_speed_they_stay_beside_what_plays():
    script = new_script()
    made = video(script, 0, 4, keyframes=line((1, 0), (3, 1)))
    twice = video(new_script(), 0, 2, speed=2)
    assert points(with_what_stays_of(made, twice).keyframes) == [(0.5, 0), (1.5, 1)]


def test_keyframes_weigh():
    script = new_script()
    assert text(script, 0, 1, keyframes=line((0, 1))).weight > text(script, 1, 2).weight


# ---- as they are written


def test_times_of_clips_count_in_their_medium():
    """docs/draft-format.md 5.5: from its beginning, at its speed."""
    script = new_script()
    video(script, 2, 4, source_start=1 * SECOND, speed=2, keyframes=line((0, 0), (1, 0.5), (2, 1)))
    assert blocks(written(script)) == {"KFTypeAlpha": [(1_000_000, 0), (3_000_000, 0.5), (5_000_000, 1)]}


def test_times_of_clips_whose_speed_changes_follow_it():
    """From speed 1 to 3 in 4 s: after 2 s, 3 of 8 s have played."""
    script = new_script()
    curve = SpeedCurve(((0.0, 1.0), (1.0, 3.0)))
    video(script, 0, 4, source_start=SECOND, speed=curve.mean, curve=curve, keyframes=line((0, 0), (2, 0.5), (4, 1)))
    assert blocks(written(script)) == {"KFTypeAlpha": [(1_000_000, 0), (4_000_000, 0.5), (9_000_000, 1)]}


@pytest.mark.parametrize("part", [0, 1])
def test_a_cut_where_the_speed_changes_keeps_what_shows(part):
    script = new_script()
    curve = SpeedCurve(((0.0, 1.0), (1.0, 3.0)))
    made = video(script, 0, 4, speed=curve.mean, curve=curve, keyframes=line((1, 0), (3, 1)))
    script.take(made.id)
    script.place("video_main", halves(made, script.grid, 2 * SECOND, script.new_id())[part])
    times = [(1_250_000, 0), (3_000_000, 0.5)] if part == 0 else [(3_000_000, 0.5), (5_250_000, 1)]
    for (time, value), (wanted, there) in zip(blocks(written(script))["KFTypeAlpha"], times, strict=True):
        assert (time, value) == (pytest.approx(wanted, abs=40_000), there)


@pytest.mark.parametrize(
    "fit, name, factors",
    [
        ("contain", "uniform_scale", {"KFTypeScaleX": 1}),
        ("cover", "uniform_scale", {"KFTypeScaleX": 256 / 81}),
        ("cover", "scale_y", {"KFTypeScaleY": 256 / 81}),
        ("stretch", "uniform_scale", {"KFTypeScaleX": 1, "KFTypeScaleY": 256 / 81}),
        ("cover", "alpha", {"KFTypeAlpha": 1}),
    ],
)
def test_scales_count_on_top_of_the_fit(fit, name, factors):
    """A medium of 16:9 on a canvas of 9:16 is 256 / 81 times as high when it fills it."""
    script = new_script()
    video(script, 0, 4, finish=Finish(fit=fit), keyframes=line((0, 1), (2, 0.5), name=name))
    facts = video_facts(4)
    placed = {"v": PlacedMedia(facts, "v.mp4", "v.mp4")}
    document = write_timeline(settle(script, {"v": facts}).script, placed).document
    assert blocks(document) == {
        block: [(0, pytest.approx(factor)), (2_000_000, pytest.approx(factor / 2))] for block, factor in factors.items()
    }
    (segment,) = [one for track in document["tracks"] for one in track["segments"]]
    assert segment["uniform_scale"]["on"] is (len(factors) == 1 and name != "scale_y")


@pytest.mark.parametrize("make", [text, sticker, photo])
def test_times_of_what_has_no_medium_that_plays_count_from_their_start(make):
    script = new_script()
    make(script, 2, 4, keyframes=line((0, 0), (1, 0.5)))
    assert blocks(written(script)) == {"KFTypeAlpha": [(0, 0), (1_000_000, 0.5)]}


def test_sound_has_keyframes_of_its_volume():
    script = new_script()
    audio(script, 0, 4, keyframes=line((0, 0), (1, 0.5), name="volume"))
    document = written(script)
    assert blocks(document) == {"KFTypeVolume": [(0, 0), (1_000_000, 0.5)]} and lint(document) == []


def test_every_property_has_a_name_of_the_apps():
    script = new_script()
    names = [name for name in PROPERTIES["video"] if name != "uniform_scale"]
    video(script, 0, 4, keyframes=in_order([one for name in names for one in line((0, 0.5), name=name)]))
    assert set(blocks(written(script))) == {
        *("KFTypePositionX", "KFTypePositionY", "KFTypeRotation", "KFTypeScaleX", "KFTypeScaleY", "KFTypeAlpha"),
        *("KFTypeSaturation", "KFTypeContrast", "KFTypeBrightness", "KFTypeVolume"),
    }


@pytest.mark.parametrize("name, locked", [("uniform_scale", True), ("scale_x", False)])
def test_a_picture_scaled_as_one_keeps_its_sides_locked(name, locked):
    """As CapCut 3.8 writes it: KFTypeScaleX alone, `uniform_scale` on."""
    script = new_script()
    photo(script, 0, 4, keyframes=line((0, 1), (2, 2), name=name))
    document = written(script)
    (segment,) = [one for track in document["tracks"] for one in track["segments"]]
    assert set(blocks(document)) == {"KFTypeScaleX"} and segment["uniform_scale"]["on"] is locked


def test_a_bent_way_is_two_controls_beside_their_keys():
    script = new_script()
    video(script, 0, 4, source_start=SECOND, speed=2, keyframes=line((0, 2), (1, 6), (2, 0), easing="ease_in_out"))
    (segment,) = [one for track in written(script)["tracks"] for one in track["segments"]]
    first, second, third = segment["common_keyframes"][0]["keyframe_list"]
    assert {key["curveType"] for key in (first, second, third)} == {"FreeCurveInOut"}
    assert first["left_control"] == third["right_control"] == {"x": 0, "y": 0}
    assert first["right_control"] == {"x": pytest.approx(840_000), "y": 0}
    assert second["left_control"] == {"x": pytest.approx(-840_000), "y": 0}


def test_an_even_way_is_a_line():
    script = new_script()
    text(script, 0, 4, keyframes=line((0, 0), (1, 1)))
    (segment,) = [one for track in written(script)["tracks"] for one in track["segments"]]
    for key in segment["common_keyframes"][0]["keyframe_list"]:
        assert (key["curveType"], key["graphID"]) == ("Line", "")
        assert key["left_control"] == key["right_control"] == {"x": 0, "y": 0}


def test_a_clip_that_its_medium_shortens_keeps_what_shows():
    script = new_script()
    video(script, 0, 8, keyframes=line((0, 0), (8, 1)))
    assert blocks(written(script, {"v": video_facts(2)})) == {"KFTypeAlpha": [(0, 0), (2_000_000, 0.25)]}


@pytest.mark.parametrize("target", PROFILES)
def test_keyframes_keep_every_rule(target):
    script = new_script(target, fps=29.97)
    video(script, 0, 4.03, speed=0.1, keyframes=line((0, 0), (0.000001, 1), (4.05, 1), easing="ease_in"))
    assert lint(written(script)) == []
