import pytest

from errors import ConflictError, InvalidRequestError, SegmentNotFoundError, TrackNotFoundError

URL = "https://example.com/a.mp4"


@pytest.fixture
def clip(call, draft):
    """A clip from 2 s to 6 s of the timeline, 1 s into its medium."""
    return call("add_video", draft_id=draft, video_url=URL, start=1, end=5, target_start=2)["segment_id"]


@pytest.fixture
def key(call, draft):
    return lambda **fields: call("add_video_keyframe", draft_id=draft, **fields)


@pytest.fixture
def keyframes(call, draft):
    """(property, time, value) of every keyframe, by segment, as get_draft tells them."""

    def read():
        tracks = call("get_draft", draft_id=draft)["tracks"]
        return {
            one["segment_id"]: [(each["property"], each["time"], each["value"]) for each in one["keyframes"]]
            for track in tracks
            for one in track["segments"]
        }

    return read


def test_one_keyframe(clip, key, keyframes):
    answer = key(property_type="alpha", time=3, value="0.5")
    assert (answer["added_keyframes_count"], answer["segment_ids"], answer["warnings"]) == (1, [clip], [])
    assert [answer[name] for name in ("segment_id", "track_name", "start", "end")] == [clip, "video_main", 2, 6]
    assert keyframes() == {clip: [("alpha", 3, 0.5)]}


@pytest.mark.parametrize(
    "name, value, number",
    [
        ("alpha", "50%", 0.5),
        ("alpha", 0.25, 0.25),
        ("alpha", 1, 1),
        ("rotation", "45deg", 45),
        ("rotation", -90, -90),
        ("rotation", "12.5°", 12.5),
        ("saturation", "+0.5", 0.5),
        ("contrast", "-0.5", -0.5),
        ("brightness", 0.1, 0.1),
        ("volume", "80%", 0.8),
        ("volume", 2, 2),
        ("position_x", "-0.4", -0.4),
        ("position_y", 10, 10),
        ("scale_x", " 150 %", 1.5),
        ("scale_y", ".5", 0.5),
        ("uniform_scale", "1e-1", 0.1),
    ],
)
def test_values_are_numbers_or_texts(clip, key, keyframes, name, value, number):
    """CapCutAPI takes texts only: a number is "'float' object has no attribute 'endswith'"."""
    key(property_type=name, time=3, value=value)
    assert keyframes() == {clip: [(name, 3, pytest.approx(number))]}


@pytest.mark.parametrize(
    "name, value",
    [
        ("alpha", "1.2"),
        ("alpha", "half"),
        ("alpha", "45deg"),
        ("alpha", ""),
        ("alpha", "nan"),
        ("alpha", "1e999"),
        ("rotation", "50%"),
        ("rotation", 36_001),
        ("position_x", "50%"),
        ("position_x", 10.1),
        ("saturation", 2),
        ("volume", -1),
        ("scale_x", -0.1),
        ("alpha", True),
        ("alpha", [1]),
        ("alpha", "1" * 60),
    ],
)
def test_a_value_that_does_not_fit_is_refused(clip, refused, name, value):
    error = refused(InvalidRequestError, "add_video_keyframe", time=3, property_type=name, value=value)
    assert str(error).startswith("value: ")


def test_many_at_once(clip, key, keyframes):
    answer = key(property_types=["alpha", "alpha", "rotation"], times=[2, 4, 3], values=["0%", 1, "30deg"])
    assert answer["added_keyframes_count"] == 3
    assert keyframes() == {clip: [("alpha", 2, 0), ("alpha", 4, 1), ("rotation", 3, 30)]}


def test_many_go_to_the_segments_that_are_there(clip, key, keyframes, call, draft):
    other = call("add_video", draft_id=draft, video_url=URL, end=3, target_start=7)["segment_id"]
    answer = key(property_types=["alpha"] * 3, times=[2, 8, 9], values=[0, 0, 1])
    assert answer["segment_ids"] == [clip, other]
    assert keyframes() == {clip: [("alpha", 2, 0)], other: [("alpha", 8, 0), ("alpha", 9, 1)]}


@pytest.mark.parametrize("last, field", [((20, 1), "times.1: "), ((3, 5), "values.1: "), ((3, "x"), "values.1: ")])
def test_all_or_none(clip, refused, last, field):
    time, value = last
    fields = {"property_types": ["alpha"] * 2, "times": [2, time], "values": [0, value]}
    error = refused((ConflictError, InvalidRequestError), "add_video_keyframe", **fields)
    assert str(error).startswith(field) and error.fields[0]["field"] == field.removesuffix(": ")


@pytest.mark.parametrize(
    "fields",
    [
        {"times": [2]},
        {"property_types": ["alpha"], "times": [2]},
        {"property_types": ["alpha"], "times": [2], "values": [1, 2]},
        {"values": ["1"]},
    ],
)
def test_lists_of_unequal_length_are_refused(clip, refused, fields):
    error = refused(InvalidRequestError, "add_video_keyframe", **fields)
    assert "equally many" in str(error)


def test_too_many_are_refused(clip, refused):
    many = {"property_types": ["alpha"] * 2_001, "times": [3] * 2_001, "values": [1] * 2_001}
    assert "at most" in str(refused(InvalidRequestError, "add_video_keyframe", **many))


def test_a_single_one_beside_many_is_left_aside_with_a_warning(clip, key, keyframes):
    answer = key(property_types=["alpha"], times=[3], values=[1], time=4, value="0")
    assert keyframes() == {clip: [("alpha", 3, 1)]}
    assert [warning.split(":")[0] for warning in answer["warnings"]] == ["time", "value"]


def test_empty_lists_are_as_if_left_out(clip, key, keyframes):
    key(time=3, value=0, property_types=[], times=[], values=[])
    assert keyframes() == {clip: [("alpha", 3, 0)]}


def test_both_edges_are_inside_and_the_one_that_ends_comes_first(clip, key, keyframes, call, draft):
    other = call("add_video", draft_id=draft, video_url=URL, end=3, target_start=6)["segment_id"]
    for time in (2, 6, 9):
        key(time=time, value=0)
    assert keyframes() == {clip: [("alpha", 2, 0), ("alpha", 6, 0)], other: [("alpha", 9, 0)]}
    key(time=6, value=1, segment_id=other)
    assert keyframes()[other] == [("alpha", 6, 1), ("alpha", 9, 0)]


@pytest.fixture
def three(call, draft):
    """Clips from 0 to 2, 2 to 4 and 4 to 6 s; the last is open."""
    times = ({"end": 2}, {"end": 2, "target_start": 2}, {"target_start": 4})
    return [call("add_video", draft_id=draft, video_url=URL, **one)["segment_id"] for one in times]


@pytest.mark.parametrize(
    "times, on",
    [([2, 2.5], 1), ([2, 3, 4], 1), ([2, 4], 1), ([4, 4.5], 2), ([1, 2], 0), ([4, 9], 2), ([0, 1, 2], 0), ([2], 0)],
)
def test_many_that_begin_where_two_touch_belong_to_the_one_the_others_fall_in(three, key, keyframes, times, on):
    """The first was on the clip before, which was invisible then."""
    answer = key(property_types=["alpha"] * len(times), times=times, values=[0] * len(times))
    assert (answer["segment_ids"], answer["warnings"]) == ([three[on]], [])
    assert keyframes()[three[on]] == [("alpha", time, 0) for time in times]


def test_each_property_is_looked_at_by_itself(three, key, keyframes):
    answer = key(property_types=["alpha", "alpha", "rotation", "rotation"], times=[2, 3, 1, 2], values=[0, 1, 0, 9])
    assert keyframes()[three[0]] == [("rotation", 1, 0), ("rotation", 2, 9)]
    assert keyframes()[three[1]] == [("alpha", 2, 0), ("alpha", 3, 1)]
    (warning,) = answer["warnings"]
    assert three[0] in warning and three[1] in warning and "at 2 s two touch" in warning


def test_with_as_many_on_both_sides_the_earlier_has_it_and_the_answer_says_so(three, key, keyframes):
    (warning,) = key(property_types=["alpha"] * 3, times=[1, 2, 3], values=[0] * 3)["warnings"]
    assert [one[1] for one in keyframes()[three[0]]] == [1, 2] and "else the earlier" in warning


@pytest.mark.parametrize("time, near", [(0, "from 2 s to 6 s"), (7, "from 2 s to 6 s"), (18, "from 20 s to 21 s")])
def test_a_time_at_which_nothing_is_there_is_refused_with_the_nearest(clip, call, draft, refused, time, near):
    """CapCutAPI answers success and loses it at the save."""
    call("add_video", draft_id=draft, video_url=URL, end=1, target_start=20)
    error = refused(ConflictError, "add_video_keyframe", time=time, value=1)
    assert str(error).startswith("time: ") and near in str(error) and error.details["segment_id"]


def test_a_time_outside_of_the_named_segment_is_refused(clip, refused):
    error = refused(ConflictError, "add_video_keyframe", time=1, segment_id=clip)
    assert clip in str(error)


def test_a_track_that_the_named_segment_is_not_on_is_left_aside_with_a_warning(clip, key):
    assert key(time=3, segment_id=clip)["warnings"] == []
    (warning,) = key(time=3, segment_id=clip, track_name="nothing")["warnings"]
    assert warning == f"track_name: left aside, segment {clip} is on track 'video_main'"


def test_unknown_tracks_and_segments_are_not_found(clip, refused):
    refused(TrackNotFoundError, "add_video_keyframe", track_name="nothing")
    refused(SegmentNotFoundError, "add_video_keyframe", segment_id="nobody")


def test_an_emptied_track_has_no_nearest(clip, call, draft, refused):
    call("remove_segment", draft_id=draft, segment_id=clip)
    assert "nearest" not in str(refused(ConflictError, "add_video_keyframe", time=1))


def test_an_open_clip_takes_keyframes_at_any_time(call, draft, key, keyframes):
    made = call("add_video", draft_id=draft, video_url=URL)["segment_id"]
    key(time=100, value=0)
    assert keyframes() == {made: [("alpha", 100, 0)]}


ADDED = {
    "image_main": ("add_image", {"image_url": URL}, "saturation"),
    "text_main": ("add_text", {"text": "a"}, "position_y"),
    "sticker_main": ("add_sticker", {"sticker_id": "7"}, "rotation"),
    "audio_main": ("add_audio", {"audio_url": URL, "end": 3}, "volume"),
}


@pytest.mark.parametrize("track", ADDED)
def test_other_tracks_have_keyframes_too(call, draft, key, keyframes, track):
    operation, fields, name = ADDED[track]
    made = call(operation, draft_id=draft, **fields)["segment_id"]
    key(track_name=track, property_type=name, time=1, value="0.5")
    assert keyframes() == {made: [(name, 1, 0.5)]}


@pytest.mark.parametrize(
    "track, name", [("audio_main", "alpha"), ("text_main", "volume"), ("sticker_main", "contrast")]
)
def test_a_property_that_such_segments_lack_is_refused(call, draft, refused, track, name):
    operation, fields, can = ADDED[track]
    call(operation, draft_id=draft, **fields)
    error = refused(InvalidRequestError, "add_video_keyframe", track_name=track, property_type=name, time=1, value=0.5)
    assert str(error).startswith("property_type: ") and can in str(error)


def test_effects_have_none(call, draft, refused):
    call("add_effect", draft_id=draft, effect_type="Blur")
    refused(InvalidRequestError, "add_video_keyframe", track_name="effect_01", time=1, value=0.5)


@pytest.mark.parametrize("first, second", [("uniform_scale", "scale_x"), ("scale_y", "uniform_scale")])
def test_a_picture_is_scaled_as_one_or_side_by_side(clip, key, refused, first, second):
    key(property_type=first, time=3, value=2)
    error = refused(ConflictError, "add_video_keyframe", property_type=second, time=4, value=2)
    assert first in str(error) and "remove_keyframes" in str(error)


def test_a_second_one_at_the_same_frame_takes_the_place_of_the_first(clip, key, keyframes):
    key(time=3, value=0)
    key(time=3.001, value=1)
    assert keyframes() == {clip: [("alpha", 3, 1)]}


def test_easing_is_kept_and_read_back(clip, key, call, draft):
    key(property_types=["alpha"] * 2, times=[2, 6], values=[0, 1], easing="ease_out")
    call("split_segment", draft_id=draft, segment_id=clip, at=4)
    said = call("get_draft", draft_id=draft)["tracks"][0]["segments"]
    (first, at_cut), (from_cut, last) = ([one["easing"] for one in part["keyframes"]] for part in said)
    assert first != "ease_out" and len(first) == len(from_cut) == 4 and (at_cut, last) == (from_cut, "ease_out")


def test_easing_may_be_a_curve_of_ones_own(clip, key, call, draft):
    key(property_types=["alpha"] * 2, times=[2, 6], values=[0, 1], easing=[0.1, -0.5, "0.9", 1.5])
    (part,) = call("get_draft", draft_id=draft)["tracks"][0]["segments"]
    assert [one["easing"] for one in part["keyframes"]] == [[0.1, -0.5, 0.9, 1.5]] * 2
    key(property_types=["alpha"] * 2, times=[2, 6], values=[0, 1], easing=[0.42, 0, 0.58, 1])
    (part,) = call("get_draft", draft_id=draft)["tracks"][0]["segments"]
    assert [one["easing"] for one in part["keyframes"]] == ["ease_in_out"] * 2


@pytest.mark.parametrize(
    "easing",
    [
        [0, 0, 1],
        {"0": 1, "0.1": 1, "0.2": 1, "0.3": 1},
        [0, 0, 1, 1, 1],
        [-0.1, 0, 1, 1],
        [0, 0, 1.1, 1],
        [0, 1e10, 1, 1],
        [0, True, 1, 1],
        [0, 0, 1, "nan"],
        5,
        "1234",
        {},
    ],
)
def test_what_is_no_curve_is_refused(clip, refused, easing):
    error = refused(InvalidRequestError, "add_video_keyframe", time=3, easing=easing)
    assert str(error).startswith("easing: must be linear, ease_in, ") and "four numbers" in str(error)


def test_a_curve_that_swings_beyond_is_cut_where_it_is_beyond(clip, key, call, draft):
    """Past its end it comes back: the part after the cut goes down."""
    key(property_types=["position_x"] * 2, times=[2, 6], values=[0, 1], easing=[0.2, 2, 0.4, 2])
    call("split_segment", draft_id=draft, segment_id=clip, at=4)
    _, right = call("get_draft", draft_id=draft)["tracks"][0]["segments"]
    assert right["keyframes"][0]["value"] > 1 and len(right["keyframes"][0]["easing"]) == 4
    key(property_types=["alpha"] * 2, times=[2, 4], values=[0, 1], easing=[0.2, 2, 0.4, 2], segment_id=clip)
    call("split_segment", draft_id=draft, segment_id=clip, at=3)
    parts = call("get_draft", draft_id=draft)["tracks"][0]["segments"]
    assert max(one["value"] for one in parts[0]["keyframes"] if one["property"] == "alpha") == 1


def test_an_unknown_easing_or_property_is_refused(clip, refused):
    assert "easing" in str(refused(InvalidRequestError, "add_video_keyframe", time=3, easing="bounce"))
    assert "property_type" in str(refused(InvalidRequestError, "add_video_keyframe", time=3, property_type="hue"))


def test_it_is_written_as_the_apps_do(clip, key, written):
    key(property_types=["uniform_scale"] * 2, times=[2, 6], values=[1, 2])
    (segment,) = written()["tracks"][0]["segments"]
    (block,) = segment["common_keyframes"]
    assert (block["property_type"], block["material_id"]) == ("KFTypeScaleX", "")
    assert [(key["time_offset"], key["values"]) for key in block["keyframe_list"]] == [
        (1_000_000, [1]),
        (5_000_000, [2]),
    ]


# ---- and what is edited afterwards


@pytest.fixture
def faded(clip, key):
    """The clip, from invisible at 2 s to opaque at 6 s."""
    key(property_types=["alpha"] * 2, times=[2, 6], values=[0, 1])
    return clip


def test_a_moved_clip_takes_them_along(faded, call, draft, keyframes):
    call("move_segment", draft_id=draft, segment_id=faded, start=10, track_name="elsewhere")
    assert keyframes() == {faded: [("alpha", 10, 0), ("alpha", 14, 1)]}


def test_a_trimmed_clip_shows_at_each_time_what_it_did(faded, call, draft, keyframes):
    call("trim_segment", draft_id=draft, segment_id=faded, start=3, end=5)
    assert keyframes() == {faded: [("alpha", 3, 0.25), ("alpha", 5, 0.75)]}


def test_a_split_gives_each_half_its_own(faded, call, draft, keyframes):
    right = call("split_segment", draft_id=draft, segment_id=faded, at=3)["new_segment_id"]
    assert keyframes() == {faded: [("alpha", 2, 0), ("alpha", 3, 0.25)], right: [("alpha", 3, 0.25), ("alpha", 6, 1)]}


def test_an_update_keeps_them(faded, call, draft, keyframes):
    call("update_segment", draft_id=draft, segment_id=faded, set={"volume": 0.5, "target_start": 20})
    assert keyframes() == {faded: [("alpha", 20, 0), ("alpha", 24, 1)]}


def test_at_twice_the_speed_they_come_twice_as_soon(faded, call, draft, keyframes, written):
    call("update_segment", draft_id=draft, segment_id=faded, set={"speed": 2})
    assert keyframes() == {faded: [("alpha", 2, 0), ("alpha", 4, 1)]}
    (block,) = written()["tracks"][0]["segments"][0]["common_keyframes"]
    assert [key["time_offset"] for key in block["keyframe_list"]] == [1_000_000, 5_000_000]


def test_another_medium_keeps_them(faded, call, draft, keyframes):
    call("replace_media", draft_id=draft, segment_id=faded, url="https://example.com/b.mp4")
    assert keyframes() == {faded: [("alpha", 2, 0), ("alpha", 6, 1)]}


def test_undo_takes_them_off(faded, call, draft, keyframes):
    call("undo", draft_id=draft)
    assert keyframes() == {faded: []}
    call("redo", draft_id=draft)
    assert len(keyframes()[faded]) == 2


def test_many_keyframes_are_added_quickly(clip, key, keyframes):
    times = [2 + number / 600 for number in range(2_000)]
    key(property_types=["alpha"] * 2_000, times=times, values=[0.5] * 2_000)
    assert len(keyframes()[clip]) == 101  # one a frame


def test_over_http_as_clients_of_capcutapi_send_it(client):
    client.post("/add_text", json={"draft_id": "d1", "text": "a"})
    sent = {"draft_id": "d1", "track_name": "text_main", "property_type": "rotation", "time": 1, "value": 45}
    answer = client.post("/add_video_keyframe", json=sent).get_json()
    assert answer["success"] and answer["output"]["added_keyframes_count"] == 1
    lost = client.post("/add_video_keyframe", json={**sent, "track_name": "nothing"}).get_json()
    assert not lost["success"] and "'nothing'" in lost["error"]
