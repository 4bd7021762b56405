from itertools import pairwise

import pytest

from engine.editing import Shift, ripple
from errors import ConflictError, DraftNotFoundError, InvalidRequestError, SegmentNotFoundError

from .engine_kit import new_script, text, video

URL = "https://example.com/a.mp4"


@pytest.fixture
def texts(call, draft):
    """Texts on one track, from and to; answers their ids."""

    def add(*spans, **fields):
        return [
            call("add_text", draft_id=draft, text="a", start=start, end=end, **fields)["segment_id"]
            for start, end in spans
        ]

    return add


@pytest.fixture
def move(call, draft):
    return lambda segment_id, **fields: call("move_segment", draft_id=draft, segment_id=segment_id, **fields)


def test_a_segment_goes_where_it_is_told_and_keeps_its_length_and_id(texts, move, shown, script):
    first, _ = texts((0, 2), (2, 4))
    answer = move(first, start=7.51)
    assert (answer["segment_id"], answer["start"], answer["end"], answer["moved"]) == (first, 7.5, 9.5, 0)
    assert shown() == [("text_main", 2, 4), ("text_main", 7.5, 9.5)]
    assert script().get_segment(first)[1].added == 2


def test_it_may_overlap_what_was_its_own_place(texts, move, shown):
    (only,) = texts((0, 2))
    move(only, start=1)
    assert shown() == [("text_main", 1, 3)]


def test_frames_are_counted_not_microseconds(texts, move, script):
    """A third of a second is 333333 us long or 333334, depending on where."""
    one, other = texts((0, 1 / 30), (1 / 30, 2 / 30))
    move(other, start=10)
    move(one, start=10 - 1 / 30)
    track = script().tracks["text_main"]
    assert track.segments[0].end == track.segments[1].start == 10_000_000
    assert all(script().grid.nearest(segment.end) == segment.end for segment in track.segments)


def test_another_track_is_made_with_its_place_or_taken_as_it_is(texts, move, shown, script):
    first, second = texts((0, 2), (2, 4))
    answer = move(first, track_name="other", relative_index=-5)
    assert answer["track_name"] == "other" and not answer["warnings"]
    assert shown() == [("other", 0, 2), ("text_main", 2, 4)]
    assert "relative_index" in move(second, track_name="other", relative_index=3)["warnings"][0]
    assert script().tracks["other"].relative_index == -5
    assert shown() == [("other", 0, 2), ("other", 2, 4)]


def test_an_emptied_track_stays_with_what_was_said_of_it(texts, move, script, written):
    (only,) = texts((0, 2), relative_index=4)
    move(only, track_name="other")
    assert script().tracks["text_main"].relative_index == 4
    assert [track["name"] for track in written()["tracks"] if track["type"] == "text"] == ["other"]


def test_an_open_clip_moves_and_stays_open(call, draft, move, segment):
    clip = call("add_video", draft_id=draft, video_url=URL, start=2)["segment_id"]
    assert move(clip, start=3)["end"] is None
    assert (segment().start, segment().duration, segment().source_start) == (3_000_000, None, 2_000_000)


def test_ripple_closes_the_gap_and_makes_room(texts, move, script):
    a, b, c = texts((0, 2), (2, 3), (3, 6))
    answer = move(a, start=1, ripple="track")
    assert (answer["start"], answer["end"], answer["moved"]) == (1, 3, 1)
    assert [(one.id, one.start) for one in script().tracks["text_main"].segments] == [
        (b, 0),
        (a, 1_000_000),
        (c, 3_000_000),
    ]


def test_true_and_false_are_ripples_too(texts, move, shown):
    a, _ = texts((0, 2), (2, 3))
    assert move(a, start=5, ripple=True)["moved"] == 1
    assert shown() == [("text_main", 0, 1), ("text_main", 5, 7)]
    assert move(a, start=8, ripple=False)["moved"] == 0


def test_ripple_to_another_track_closes_here_and_opens_there(texts, move, shown):
    a, _ = texts((0, 2), (2, 3))
    texts((0, 1), (1, 4), track_name="other")
    assert move(a, start=1, track_name="other", ripple="track")["moved"] == 2
    assert shown() == [("text_main", 0, 1), ("other", 0, 1), ("other", 1, 3), ("other", 3, 6)]


def test_ripple_all_moves_what_follows_on_every_track(texts, move, shown):
    a, _ = texts((0, 2), (2, 3))
    texts((2, 4), (6, 7), track_name="other")
    assert move(a, start=4, ripple="all")["moved"] == 2
    assert shown() == [("text_main", 0, 1), ("text_main", 4, 6), ("other", 0, 2), ("other", 6, 7)]


def test_a_ripple_that_runs_into_something_is_refused_with_both_names(texts, refused):
    a, _ = texts((0, 2), (2, 3))
    long, late = texts((1, 4), (4, 5), track_name="other")
    refusal = refused(ConflictError, "move_segment", segment_id=a, start=9, ripple="all")
    assert long in str(refusal) and late in str(refusal) and refusal.fields[0]["field"] == "ripple"
    assert refusal.details == {"track_name": "other", "segment_ids": [long, late]}


def test_a_taken_place_is_refused_with_the_next_free_one(texts, refused):
    a, b = texts((0, 2), (2, 4))
    refusal = refused(ConflictError, "move_segment", segment_id=a, start=3)
    assert b in str(refusal) and refusal.details["free_start"] == 4


def test_no_ripple_makes_room_inside_of_a_segment(texts, refused):
    a, b = texts((0, 2), (2, 4))
    assert b in str(refused(ConflictError, "move_segment", segment_id=a, start=1, ripple="track"))


def test_a_track_of_another_type_is_refused(texts, refused, call, draft):
    (only,) = texts((0, 2))
    call("add_video", draft_id=draft, video_url=URL, end=1)
    refusal = refused(ConflictError, "move_segment", segment_id=only, track_name="video_main")
    assert refusal.fields[0]["field"] == "track_name"


def test_an_open_clip_cannot_pull_others_along(call, draft, refused):
    clip = call("add_video", draft_id=draft, video_url=URL)["segment_id"]
    assert "trim_segment" in str(refused(ConflictError, "move_segment", segment_id=clip, start=3, ripple="track"))


def test_nobody_moves_past_24_hours(texts, refused):
    a, _ = texts((0, 10), (86_395, 86_400))
    assert "24 hours" in str(refused(ConflictError, "move_segment", segment_id=a, start=86_395, track_name="x"))


def test_nothing_is_pushed_past_24_hours(texts, refused):
    a, _ = texts((0, 10), (20, 30))
    texts((86_390, 86_400), track_name="other")
    refusal = refused(ConflictError, "move_segment", segment_id=a, start=20, track_name="other", ripple="track")
    assert "24 hours" in str(refusal) and refusal.fields[0]["field"] == "ripple"


def test_where_to_is_needed(texts, refused):
    (only,) = texts((0, 2))
    assert "start, track_name" in str(refused(InvalidRequestError, "move_segment", segment_id=only))


def test_an_unknown_segment_is_not_found(call, draft, refused):
    refusal = refused(SegmentNotFoundError, "move_segment", segment_id="nobody", start=1)
    assert (refusal.status, refusal.code) == (404, "segment_not_found") and "get_draft" in str(refusal)
    with pytest.raises(DraftNotFoundError):
        call("move_segment", draft_id="other", segment_id="nobody", start=1)


def test_five_thousand_segments_move_along():
    script = new_script(fps=29.97)
    for number in range(5_001):
        video(script, number, number + 1)
    _, first = next(script.segments())
    grid, before = script.grid, [segment.start for _, segment in script.segments()]
    with script.all_or_nothing():
        assert ripple(script, [Shift(grid.frame(first.end), 1, None)], "ripple") == 5_000
    after = [segment.start for _, segment in script.segments()]
    assert after == [0, *(grid.position(grid.frame(start) + 1) for start in before[1:])]


def test_touching_segments_go_on_touching_at_odd_rates():
    script = new_script(fps=29.97)
    for number in range(50):
        text(script, number, number + 1)
    ripple(script, [Shift(1, 7, None)], "ripple")
    segments = script.tracks["text_main"].segments
    assert all(one.end == other.start for one, other in pairwise(segments[1:]))
