import orjson
import pytest

from errors import ConflictError, InvalidRequestError, UnknownNameError

URL = "https://example.com/a.mp4"


@pytest.fixture
def text(call, draft):
    return lambda **fields: call("add_text", draft_id=draft, **{"text": "Hello", "end": 2, **fields})["segment_id"]


@pytest.fixture
def clip(call, draft):
    return lambda **fields: call("add_video", draft_id=draft, **{"video_url": URL, "end": 4, **fields})["segment_id"]


@pytest.fixture
def update(call, draft):
    return lambda segment_id, **fields: call("update_segment", draft_id=draft, segment_id=segment_id, set=fields)


def test_what_is_set_changes_and_all_else_stays(text, update, segment, written):
    only = text(size=12, border_width=7, intro_animation="Throw_Out")
    before = segment()
    answer = update(only, color="#0000FF", size=20)
    now = segment()
    assert (now.style.colour, now.style.size, now.border) == ((0, 0, 1), 20, before.border)
    assert (now.id, now.added, now.start, now.end) == (before.id, before.added, before.start, before.end)
    assert (answer["segment_id"], answer["start"], answer["end"]) == (only, 0, 2)
    style = orjson.loads(written()["materials"]["texts"][0]["content"])["styles"][0]
    assert style["fill"]["content"]["solid"]["color"] == [0, 0, 1] and style["size"] == 20


def test_updates_build_on_each_other(text, update, segment):
    only = text(size=12)
    update(only, color="#00FF00")
    update(only, text="Bye")
    assert (segment().text, segment().style.size, segment().style.colour) == ("Bye", 12, (0, 1, 0))


def test_null_is_the_default(text, update, segment):
    only = text(size=12, intro_animation="Throw_Out", color="#00FF00")
    update(only, size=None, intro_animation=None)
    assert (segment().style.size, segment().animations, segment().style.colour) == (8, (), (0, 1, 0))


@pytest.mark.parametrize("name", ["color", "font_color"])
def test_a_field_is_set_by_either_of_its_names(text, update, segment, name):
    update(text(font_color="#00FF00"), **{name: "#0000FF"})
    assert segment().style.colour == (0, 0, 1)


@pytest.mark.parametrize("name", ["animation", "intro_animation"])
def test_the_older_name_of_an_animation_means_the_same(call, draft, update, segment, name):
    only = call("add_image", draft_id=draft, image_url=URL, animation="Fade_In", animation_duration=1)["segment_id"]
    update(only, **{name: "Zoom_In"})
    assert [(one.name, one.duration) for one in segment().animations] == [("Zoom_In", 1_000_000)]
    update(only, **{name: None})
    assert segment().animations == ()


def test_times_are_those_of_the_operation_that_added_it(clip, update, segment):
    only = clip(start=1, target_start=10)
    answer = update(only, target_start=20, start=2)
    assert (answer["start"], answer["end"], segment().source_start) == (20, 22, 2_000_000)
    assert update(only, speed=0.5)["end"] == 24
    assert update(only, end=None)["end"] is None
    assert update(only, duration=5)["end"] == 26


def test_times_that_another_edit_made_are_kept(clip, call, draft, update, segment):
    only = clip(start=1)
    call("trim_segment", draft_id=draft, segment_id=only, start=1.5)
    call("move_segment", draft_id=draft, segment_id=only, start=6, track_name="pip")
    answer = update(only, volume=0.5)
    assert (answer["start"], answer["end"], answer["track_name"]) == (6, 7.5, "pip")
    assert (segment().source_start, segment().volume) == (2_500_000, 0.5)


def test_an_open_clip_stays_open(clip, update, segment):
    update(clip(end=None, start=1), volume=0.5)
    assert (segment().duration, segment().source_start, segment().volume) == (None, 1_000_000, 0.5)


def test_the_track_can_be_set_and_put_back(clip, update, shown, script):
    only = clip()
    assert update(only, track_name="pip", relative_index=3)["track_name"] == "pip"
    assert script().tracks["pip"].relative_index == 3
    assert "relative_index" in update(only, relative_index=7)["warnings"][0]
    assert update(only, track_name=None)["track_name"] == "video_main"
    assert shown() == [("video_main", 0, 4)]


def test_warnings_come_out_as_they_do_when_adding(text, update):
    assert "JianYing" in update(text(), font="A1明朝")["warnings"][0]


@pytest.mark.parametrize(
    "fields, field, words",
    [
        ({"colour": "#000000"}, "set.colour", "did you mean 'color'"),
        ({"size": "large"}, "set.size", "must be a number"),
        ({"size": 0}, "set.size", "greater than 0"),
        ({"text": ""}, "set.text", "must not be empty"),
        ({"text": None}, "set.text", "required and missing"),
        ({"start": 9}, "set.end", "greater than start"),
        ({"text_styles": [{"start": 0, "end": 99}]}, "set.text_styles", "not within 0 to 5"),
        ({"text_styles": [{"start": 0, "end": 1, "style": {"bald": True}}]}, "set.text_styles.0.style.bald", "unknown"),
        ({"size": float("nan")}, "set.size", "finite"),
        ({"draft_id": "other"}, "set.draft_id", "cannot be set"),
        ({"width": 100}, "set.width", "cannot be set"),
        ({"expected_version": 1}, "set.expected_version", "cannot be set"),
        ({"text": "\ud800"}, "set", "Unicode"),
        ({"size": 10**30}, "set", "plain JSON"),
        ({}, "set", "at least 1 item"),
    ],
)
def test_a_bad_value_is_refused_by_name(text, refused, fields, field, words):
    only = text()
    refusal = refused(InvalidRequestError, "update_segment", segment_id=only, set=fields)
    assert [one["field"] for one in refusal.fields] == [field] and words in str(refusal)
    assert str(refusal).startswith(f"{field}: ")


def test_all_that_is_wrong_is_said_at_once(text, refused):
    refusal = refused(
        InvalidRequestError, "update_segment", segment_id=text(), set={"size": 0, "colour": 1, "alpha": 2}
    )
    assert {one["field"] for one in refusal.fields} == {"set.size", "set.colour", "set.alpha"}


@pytest.mark.parametrize("field", ["transition", "mask_type"])
def test_an_unknown_name_is_refused_with_the_nearest(clip, refused, field):
    refusal = refused(UnknownNameError, "update_segment", segment_id=clip(), set={field: "Circel"})
    assert str(refusal).startswith(f"set.{field}: ") and refusal.fields[0]["field"] == f"set.{field}"


def test_no_room_is_a_conflict(clip, text, refused):
    only, other = clip(), clip(target_start=5)
    refusal = refused(ConflictError, "update_segment", segment_id=only, set={"speed": 0.5})
    assert other in str(refusal) and refusal.fields[0]["field"] == "set.target_start"
    text()
    refused(ConflictError, "update_segment", segment_id=only, set={"track_name": "text_main"})


def test_a_set_that_is_no_object_is_refused(text, refused):
    refusal = refused(InvalidRequestError, "update_segment", segment_id=text(), set=[1])
    assert "set: must be a JSON object" in str(refusal)


def test_the_last_frame_of_24_hours_can_be_updated(call, segment):
    """At 29.97 it ends a little later than any request can say."""
    call("create_draft", draft_id="d1", fps=29.97)
    only = call("add_text", draft_id="d1", text="a", start=86_399, end=86_400)["segment_id"]
    before = segment()
    assert before.end > 86_400_000_000
    call("update_segment", draft_id="d1", segment_id=only, set={"text": "b"})
    assert (segment().text, segment().start, segment().end) == ("b", before.start, before.end)


@pytest.mark.parametrize("fps, end, speeds", [(30, 5, [100, 1]), (30, 0.7, [100, 1]), (29.97, 3, [7, 1.3, 0.37, 1])])
def test_a_speed_there_and_back_keeps_what_plays(call, fps, end, speeds):
    call("create_draft", draft_id="d1", fps=fps)
    placed = call("add_video", draft_id="d1", video_url="https://example.com/a.mp4", end=end)
    for speed in speeds:
        changed = call("update_segment", draft_id="d1", segment_id=placed["segment_id"], set={"speed": speed})
    assert changed["end"] == placed["end"]


def test_what_no_longer_fits_with_what_is_set_says_what_to_do(call, draft):
    ranges = [{"start": 0, "end": 5, "style": {"bold": True}}]
    made = call("add_text", draft_id=draft, text="Hello", text_styles=ranges)["segment_id"]
    with pytest.raises(InvalidRequestError) as refusal:
        call("update_segment", draft_id=draft, segment_id=made, set={"text": "Hi"})
    assert "set.text_styles: range 0, 0 to 5, is not within 0 to 2 characters; the segment has" in str(refusal.value)
    with pytest.raises(InvalidRequestError) as refusal:
        call("update_segment", draft_id=draft, segment_id=made, set={"text": "Hi", "text_styles": ranges})
    assert "from before" not in str(refusal.value)
    call("update_segment", draft_id=draft, segment_id=made, set={"text": "Hi", "text_styles": None})
