import pytest

from errors import TrackNotFoundError

URL = "https://example.com/a.mp4"


def test_it_goes_with_all_that_is_on_it(call, draft, written, script):
    weight = script().weight
    call("add_text", draft_id=draft, text="a", track_name="x")
    call("add_text", draft_id=draft, text="b", start=9, end=10, track_name="x")
    answer = call("remove_track", draft_id=draft, track_name="x")
    assert (answer["track_name"], answer["type"], answer["segments"]) == ("x", "text", 2)
    assert script().tracks == {} and script().weight == weight
    assert written()["materials"]["texts"] == []


def test_its_name_is_free_for_another_type(call, draft, shown):
    call("add_text", draft_id=draft, text="a", track_name="x")
    call("remove_track", draft_id=draft, track_name="x")
    call("add_video", draft_id=draft, video_url=URL, end=1, track_name="x")
    assert shown() == [("x", 0, 1)]


@pytest.mark.parametrize(
    "op, fields", [("remove_track", {}), ("move_track", {"relative_index": 1}), ("mute_track", {}), ("hide_track", {})]
)
def test_an_unknown_track_is_not_found(refused, draft, op, fields):
    refusal = refused(TrackNotFoundError, op, track_name="x", **fields)
    assert (refusal.status, refusal.code) == (404, "track_not_found") and "get_draft" in str(refusal)
