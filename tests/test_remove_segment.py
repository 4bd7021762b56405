import pytest

from errors import ConflictError, SegmentNotFoundError

URL = "https://example.com/a.mp4"


@pytest.fixture
def add(call, draft):
    def text(start, end, **fields):
        return call("add_text", draft_id=draft, text="a", start=start, end=end, **fields)["segment_id"]

    return text


@pytest.fixture
def remove(call, draft):
    return lambda segment_id, **fields: call("remove_segment", draft_id=draft, segment_id=segment_id, **fields)


def test_it_is_gone_with_all_that_belonged_to_it(call, draft, remove, written, script):
    empty = script().weight
    only = call("add_image", draft_id=draft, image_url=URL, intro_animation="Fade_In", mask_type="Circle")["segment_id"]
    answer = remove(only)
    assert (answer["segment_id"], answer["track_name"], answer["start"], answer["end"]) == (only, "image_main", 0, 3)
    document = written()
    assert not any(track["segments"] for track in document["tracks"]) and document["duration"] == 0
    assert not any(document["materials"][name] for name in ("videos", "speeds", "common_mask", "material_animations"))
    assert script().weight == empty


def test_its_place_can_be_taken_again_and_its_id_is_not(add, remove, refused):
    only = add(0, 2)
    remove(only)
    assert add(0, 2) != only
    refused(SegmentNotFoundError, "remove_segment", segment_id=only)


def test_what_follows_stays_unless_it_is_told_to_follow(add, remove, shown):
    first, second, _ = add(0, 1), add(1, 3), add(4, 5)
    assert remove(first)["moved"] == 0
    assert shown() == [("text_main", 1, 3), ("text_main", 4, 5)]
    assert remove(second, ripple="track")["moved"] == 1
    assert shown() == [("text_main", 2, 3)]


def test_ripple_all_leaves_what_began_before_the_end_of_it(add, remove, shown):
    first = add(1, 3)
    add(3, 4)
    add(2, 3, track_name="other")
    add(5, 6, track_name="other")
    assert remove(first, ripple="all")["moved"] == 2
    assert shown() == [("text_main", 1, 2), ("other", 2, 3), ("other", 3, 4)]


def test_a_gap_that_is_taken_on_another_track_cannot_be_closed(add, remove, refused):
    first, long, late = add(1, 3), add(2, 4, track_name="other"), add(5, 6, track_name="other")
    refusal = refused(ConflictError, "remove_segment", segment_id=first, ripple="all")
    assert long in str(refusal) and late in str(refusal) and "nothing was changed" in str(refusal)


def test_nobody_knows_how_far_to_follow_an_open_clip(call, draft, refused, remove):
    clip = call("add_video", draft_id=draft, video_url=URL)["segment_id"]
    refused(ConflictError, "remove_segment", segment_id=clip, ripple="track")
    assert remove(clip)["end"] is None


def test_the_emptied_track_keeps_its_type(call, draft, add, remove, script):
    remove(add(0, 1))
    assert script().tracks["text_main"].type == "text"
    with pytest.raises(ConflictError, match="is a text track"):
        call("add_video", draft_id=draft, video_url=URL, track_name="text_main")


def test_a_thousand_segments_removed_weigh_nothing(add, remove, script):
    before = script().weight
    ids = [add(number, number + 1) for number in range(1_000)]
    assert script().weight > before + 500_000
    for segment_id in ids:
        remove(segment_id)
    assert script().weight == before and script().duration == 0
