import pytest

from errors import ConflictError, InvalidRequestError

URL = "https://example.com/a.mp4"


@pytest.fixture
def clip(call, draft):
    """A clip of 4 s at 10 s that begins 2 s into its medium, or as asked."""

    def add(**fields):
        body = {"video_url": URL, "start": 2, "end": 6, "target_start": 10}
        return call("add_video", draft_id=draft, **{**body, **fields})["segment_id"]

    return add


@pytest.fixture
def trim(call, draft):
    return lambda segment_id, **fields: call("trim_segment", draft_id=draft, segment_id=segment_id, **fields)


def source(written):
    (found,) = [segment["source_timerange"] for track in written()["tracks"] for segment in track["segments"]]
    return found["start"] / 1e6, found["duration"] / 1e6


def test_the_end_can_be_cut_and_extended(clip, trim, shown, written):
    only = clip()
    assert trim(only, end=12)["end"] == 12
    assert shown() == [("video_main", 10, 12)] and source(written) == (2, 2)
    assert trim(only, end=20.01)["end"] == 20
    assert source(written) == (2, 10)


def test_a_later_start_begins_later_in_the_medium(clip, trim, shown, written):
    answer = trim(clip(), start=11)
    assert (answer["start"], answer["end"], answer["moved"]) == (11, 14, 0)
    assert shown() == [("video_main", 11, 14)] and source(written) == (3, 3)


def test_speed_counts(clip, trim, shown, written):
    trim(clip(speed=2), start=11)
    assert shown() == [("video_main", 11, 12)] and source(written) == (4, 2)


def test_an_earlier_start_shows_what_was_before(clip, trim, written, shown):
    trim(clip(), start=8)
    assert shown() == [("video_main", 8, 14)] and source(written) == (0, 6)


@pytest.mark.parametrize("speed, earliest", [(1, 8), (2, 9), (0.5, 6)])
def test_no_start_is_before_the_medium_begins(clip, refused, trim, segment, speed, earliest):
    only = clip(speed=speed)
    refusal = refused(InvalidRequestError, "trim_segment", segment_id=only, start=earliest - 0.03)  # one frame
    assert refusal.details["earliest_start"] == earliest and refusal.fields[0]["field"] == "start"
    trim(only, start=earliest)
    assert segment().source_start == 0


@pytest.mark.parametrize("speed", [0.1, 0.7, 1, 1.3, 3, 100])
@pytest.mark.parametrize("fps", [1, 23.976, 29.97, 30, 59.94, 120])
def test_the_start_that_a_clip_has_is_never_too_early(call, fps, speed):
    """Whatever its grid and speed: cutting the end alone says nothing about the start."""
    call("create_draft", draft_id="d2", fps=fps)
    for start in (0, 1, 7.77, 3_601.01):
        fields = {"video_url": URL, "target_start": start, "speed": speed, "track_name": f"at {start}"}
        made = call("add_video", draft_id="d2", **fields)
        assert (
            call("trim_segment", draft_id="d2", segment_id=made["segment_id"], end=start + 9)["start"] == made["start"]
        )


def test_an_open_clip_stays_open_until_it_is_given_an_end(clip, trim, segment):
    only = clip(end=None)
    assert trim(only, start=12)["end"] is None
    assert (segment().start, segment().duration, segment().source_start) == (12_000_000, None, 4_000_000)
    assert trim(only, end=15)["end"] == 15


def test_pictures_and_texts_have_no_source(call, draft, trim, script):
    image = call("add_image", draft_id=draft, image_url=URL, start=3, end=6)["segment_id"]
    text = call("add_text", draft_id=draft, text="a", start=3, end=6)["segment_id"]
    for one in (image, text):
        assert trim(one, start=0, end=7)["start"] == 0
    assert [(one.start, one.end) for _, one in script().segments()] == [(0, 7_000_000)] * 2
    assert script().get_segment(image)[1].source_start == 0


@pytest.mark.parametrize("fields", [{"start": 14}, {"end": 10}, {"end": 10.01}, {"start": 15}, {"end": 3}])
def test_a_frame_is_left_at_least(clip, refused, fields):
    only = clip()
    refusal = refused(InvalidRequestError, "trim_segment", segment_id=only, **fields)
    assert [one["field"] for one in refusal.fields] == [*fields]


def test_start_and_end_are_checked_together(clip, refused):
    only = clip()
    assert refused(InvalidRequestError, "trim_segment", segment_id=only, start=12, end=11).fields[0]["field"] == "end"
    assert "start, end" in str(refused(InvalidRequestError, "trim_segment", segment_id=only))


def test_an_overlap_is_refused(clip, refused):
    only, other = clip(), clip(target_start=16)
    assert other in str(refused(ConflictError, "trim_segment", segment_id=only, end=17))


def test_ripple_at_the_end_moves_what_follows(clip, trim, shown, call, draft):
    only, _ = clip(), clip(target_start=14)
    call("add_text", draft_id=draft, text="a", start=14, end=15)
    assert trim(only, end=11, ripple="track")["moved"] == 1
    assert shown() == [("video_main", 10, 11), ("video_main", 11, 15), ("text_main", 14, 15)]
    assert trim(only, end=13, ripple="all")["moved"] == 2
    assert shown() == [("video_main", 10, 13), ("video_main", 13, 17), ("text_main", 16, 17)]


def test_ripple_at_the_start_leaves_the_segment_where_it_began(clip, trim, shown, script):
    only, _ = clip(), clip(target_start=14)
    answer = trim(only, start=11, ripple="track")
    assert (answer["start"], answer["end"], answer["moved"]) == (10, 13, 1)
    assert shown() == [("video_main", 10, 13), ("video_main", 13, 17)]
    assert script().get_segment(only)[1].source_start == 3_000_000


def test_ripple_at_both_edges(clip, trim, shown):
    only, _ = clip(), clip(target_start=14)
    trim(only, start=11, end=12, ripple=True)
    assert shown() == [("video_main", 10, 11), ("video_main", 11, 15)]


def test_ripple_makes_room_for_more(clip, trim, shown):
    only, _ = clip(), clip(target_start=14)
    trim(only, start=9, ripple=True)
    assert shown() == [("video_main", 10, 15), ("video_main", 15, 19)]


def test_an_open_clip_cannot_pull_others_along(clip, refused):
    only = clip(end=None)
    assert (
        refused(ConflictError, "trim_segment", segment_id=only, start=11, ripple="all").fields[0]["field"] == "ripple"
    )


def test_the_edges_of_a_trimmed_clip_are_on_frames_at_any_rate(call, script):
    call("create_draft", draft_id="d1", fps=29.97)
    made = call("add_video", draft_id="d1", video_url=URL, start=1, end=9, speed=1.3)["segment_id"]
    call("trim_segment", draft_id="d1", segment_id=made, start=1.234, end=5.678)
    _, found = script().get_segment(made)
    grid = script().grid
    assert [grid.nearest(time) for time in (found.start, found.end, found.source_start)] == [
        found.start,
        found.end,
        found.source_start,
    ]
