from itertools import pairwise

import pytest

from engine.lint import lint
from engine.settle import settle
from errors import ConflictError, InvalidRequestError

URL = "https://example.com/a.mp4"


@pytest.fixture
def change(call, draft):
    return lambda **fields: call("set_canvas", draft_id=draft, **fields)


@pytest.mark.parametrize(
    "fields, size",
    [
        ({"width": 640, "height": 360}, (640, 360)),
        ({"width": 720}, (720, 1920)),
        ({"ratio": "16:9"}, (1920, 1080)),
        ({"ratio": "9:16"}, (1080, 1920)),
        ({"ratio": "1:1"}, (1080, 1080)),
        ({"ratio": "4:3"}, (1440, 1080)),
        ({"ratio": "3:4"}, (1080, 1440)),
        ({"ratio": "21:9"}, (2520, 1080)),
        ({"ratio": "16:9", "width": 1000}, (1000, 562)),
        ({"ratio": "4:3", "height": 700}, (934, 700)),
        ({"fps": 25}, (1080, 1920)),
    ],
)
def test_the_canvas_is_what_is_asked_for(change, written, fields, size):
    answer = change(**fields)
    assert (answer["width"], answer["height"]) == size
    canvas = written()["canvas_config"]
    assert (canvas["width"], canvas["height"]) == size


def test_sides_that_a_ratio_finds_are_even(call, draft, change):
    change(width=1001, height=777)
    for ratio in ("9:16", "16:9", "1:1", "4:3", "3:4", "21:9"):
        answer = change(ratio=ratio, height=777)
        assert answer["width"] % 2 == 0


@pytest.mark.parametrize(
    "fields, field",
    [
        ({}, "width"),
        ({"width": 100, "height": 100, "ratio": "1:1"}, "ratio"),
        ({"width": 8_000, "ratio": "9:16"}, "ratio"),
        ({"ratio": "2:1"}, "ratio"),
        ({"width": 1}, "width"),
        ({"fps": 0}, "fps"),
    ],
)
def test_what_cannot_be_is_refused(draft, refused, fields, field):
    assert [one["field"] for one in refused(InvalidRequestError, "set_canvas", **fields).fields] == [field]


@pytest.mark.parametrize("fps", [24, 25, 29.97, 59.94, 12.5])
def test_a_new_rate_puts_every_edge_on_its_frames(call, draft, change, script, written, fps):
    for number in range(20):
        call("add_text", draft_id=draft, text="a", start=number / 3, end=(number + 1) / 3)
    call("add_video", draft_id=draft, video_url=URL, start=1.1, end=4.7, target_start=0.7)
    call("add_audio", draft_id=draft, audio_url=URL, start=1.1, target_start=0.7)
    assert change(fps=fps)["fps"] == pytest.approx(fps, abs=0.01)
    grid = script().grid
    for _, one in script().segments():
        for time in (one.start, one.end or 0, getattr(one, "source_start", 0)):
            assert grid.nearest(time) == time
    texts = script().tracks["text_main"].segments
    assert all(one.end == other.start for one, other in pairwise(texts))
    assert written()["fps"] == pytest.approx(fps, abs=0.01) and lint(written()) == []
    assert [script().get_segment(one.id)[1] for one in texts] == texts


def test_segments_of_a_frame_that_fall_together_are_a_conflict_that_changes_nothing(call, draft, refused, script):
    call("add_video", draft_id=draft, video_url=URL, end=1)
    for number in range(4):
        call("add_text", draft_id=draft, text="a", start=number / 30, end=(number + 1) / 30)
    refusal = refused(ConflictError, "set_canvas", fps=10, ratio="1:1")
    assert refusal.fields[0]["field"] == "fps" and len(refusal.details["segment_ids"]) == 2
    assert (script().width, script().rate) == (1080, 30)


def test_a_clip_at_the_end_of_its_medium_is_still_shown(call, draft, change, script, media):
    call("add_video", draft_id=draft, video_url=URL, start=1.97, end=5)
    change(fps=24)
    settled = settle(script(), {})
    assert not settled.changes and settled.script.duration == pytest.approx(3_030_000, abs=42_000)


def test_keyframes_that_a_new_rate_cuts_off_weigh_nothing(call, draft, change, script):
    call("add_text", draft_id=draft, text="a", end=1.4)
    without = script().weight
    moves = {"property_types": ["alpha"] * 3, "times": [1.2, 1.3, 1.4], "values": [0, 1, 0.5]}
    call("add_video_keyframe", draft_id=draft, track_name="text_main", **moves)
    of_each = (script().weight - without) / 3
    change(fps=1)
    ((_, text),) = script().segments()
    assert len(text.keyframes) < 3
    assert script().weight == without + of_each * len(text.keyframes)
