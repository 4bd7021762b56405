import pytest

from errors import InvalidRequestError, SegmentNotFoundError


@pytest.fixture
def text(call, draft):
    """A text that fades in and turns."""
    made = call("add_text", draft_id=draft, text="a")["segment_id"]
    fields = {"property_types": ["alpha", "alpha", "rotation"], "times": [0, 1, 0], "values": [0, 1, 90]}
    call("add_video_keyframe", draft_id=draft, track_name="text_main", **fields)
    return made


@pytest.mark.parametrize("property, removed, left", [(None, 3, set()), ("alpha", 2, {"rotation"})])
def test_keyframes_are_taken_off(call, draft, text, segment, property, removed, left):
    answer = call("remove_keyframes", draft_id=draft, segment_id=text, property=property)
    assert (answer["removed_keyframes_count"], answer["segment_id"], answer["warnings"]) == (removed, text, [])
    assert {one.name for one in segment().keyframes} == left


def test_where_there_are_none_it_says_so(call, draft, text):
    answer = call("remove_keyframes", draft_id=draft, segment_id=text, property="scale_x")
    assert answer["removed_keyframes_count"] == 0 and "scale_x" in answer["warnings"][0]


def test_undo_puts_them_back(call, draft, text, segment):
    call("remove_keyframes", draft_id=draft, segment_id=text)
    call("undo", draft_id=draft)
    assert len(segment().keyframes) == 3


def test_unknown_segments_and_properties_are_refused(text, refused):
    refused(SegmentNotFoundError, "remove_keyframes", segment_id="nobody")
    refused(InvalidRequestError, "remove_keyframes", segment_id=text, property="hue")
