import pytest

from errors import InvalidRequestError

OLD, NEW = "https://example.com/a.mp4", "https://example.com/b.mp4"


@pytest.fixture
def clip(call, draft):
    body = {"video_url": OLD, "start": 2, "end": 6, "target_start": 10, "duration": 30, "speed": 2}
    return lambda **fields: call("add_video", draft_id=draft, **{**body, **fields})["segment_id"]


@pytest.fixture
def put(call, draft):
    return lambda segment_id, **fields: call(
        "replace_media", draft_id=draft, segment_id=segment_id, **{"url": NEW, **fields}
    )


def test_place_length_and_looks_stay(clip, put, segment, written):
    only = clip(mask_type="Circle", scale_x=0.5, volume=0.3)
    answer = put(only)
    assert (answer["segment_id"], answer["start"], answer["end"]) == (only, 10, 12)
    now = segment()
    assert (now.media.url, now.media.duration, now.source_start, now.speed) == (NEW, None, 0, 2)
    assert (now.mask.name, now.look.scale_x, now.volume) == ("Circle", 0.5, 0.3)
    document = written()
    assert [one["path"] for one in document["materials"]["videos"]] == [NEW]
    assert document["tracks"][0]["segments"][0]["source_timerange"] == {"start": 0, "duration": 4_000_000}


def test_the_new_start_and_length_are_the_new_mediums(clip, put, segment):
    assert put(clip(), start=3, duration=9)["end"] == 12
    assert (segment().source_start, segment().media.duration) == (3_000_000, 9_000_000)


def test_an_open_clip_runs_to_the_end_of_the_new_medium(clip, put, segment):
    only = clip(end=None, duration=None)
    assert put(only, start=1)["end"] is None and segment().source_start == 1_000_000
    assert put(only, start=1, duration=5)["end"] == 12


def test_sound_and_pictures_have_media_too(call, draft, put, script):
    sound = call("add_audio", draft_id=draft, audio_url=OLD, end=4, effect_type="Big_House")["segment_id"]
    image = call("add_image", draft_id=draft, image_url=OLD, start=1, end=4)["segment_id"]
    put(sound, start=1)
    put(image)
    assert {one.media.url for _, one in script().segments()} == {NEW}
    assert script().get_segment(image)[1].start == 1_000_000
    assert script().get_segment(sound)[1].effect.name == "Big_House"


def test_a_picture_has_no_start(call, draft, refused):
    image = call("add_image", draft_id=draft, image_url=OLD)["segment_id"]
    refusal = refused(InvalidRequestError, "replace_media", segment_id=image, url=NEW, start=1)
    assert refusal.fields[0]["field"] == "start"


def test_a_text_shows_no_medium(call, draft, refused):
    text = call("add_text", draft_id=draft, text="a")["segment_id"]
    refusal = refused(InvalidRequestError, "replace_media", segment_id=text, url=NEW)
    assert refusal.fields[0]["field"] == "segment_id" and "update_segment" in str(refusal)


@pytest.mark.parametrize(
    "fields, field", [({"url": "ftp://x"}, "url"), ({"start": 5, "duration": 5}, "duration"), ({"start": -1}, "start")]
)
def test_a_bad_field_is_named(clip, refused, fields, field):
    refusal = refused(InvalidRequestError, "replace_media", segment_id=clip(), **{"url": NEW, **fields})
    assert [one["field"] for one in refusal.fields] == [field]
