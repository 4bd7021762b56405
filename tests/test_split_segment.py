import random
from itertools import pairwise

import pytest

from engine.settle import settle
from errors import ConflictError, InvalidRequestError

from .engine_kit import video_facts
from .fakes import forget

URL = "https://example.com/a.mp4"


@pytest.fixture
def split(call, draft):
    return lambda segment_id, at: call("split_segment", draft_id=draft, segment_id=segment_id, at=at)


@pytest.fixture
def read(call, draft):
    """Parameters of a segment."""

    def find(segment_id):
        tracks = call("get_draft", draft_id=draft)["tracks"]
        return {one["segment_id"]: one["parameters"] for track in tracks for one in track["segments"]}[segment_id]

    return find


def test_both_parts_show_together_what_the_whole_did(call, draft, split, written, script):
    whole = call("add_video", draft_id=draft, video_url=URL, start=2, end=6, target_start=10)["segment_id"]
    answer = split(whole, 11.01)
    assert (answer["segment_id"], answer["start"], answer["end"]) == (whole, 10, 11)
    assert (answer["new_start"], answer["new_end"]) == (11, 14) and answer["new_segment_id"] != whole
    (track,) = written()["tracks"]
    assert [one["id"] for one in track["segments"]] == [whole, answer["new_segment_id"]]
    assert [(one["source_timerange"]["start"], one["source_timerange"]["duration"]) for one in track["segments"]] == [
        (2_000_000, 1_000_000),
        (3_000_000, 3_000_000),
    ]
    assert {one.added for _, one in script().segments()} == {2}


def test_the_new_id_is_the_same_after_a_rebuild(call, draft, split, services, script):
    whole = call("add_video", draft_id=draft, video_url=URL, end=6)["segment_id"]
    new = split(whole, 3)["new_segment_id"]
    forget(services, draft)
    assert [one.id for _, one in script().segments()] == [whole, new]


def test_coming_in_stays_left_and_going_out_goes_right(call, draft, split, read, written):
    fields = {"intro_animation": "Fade_In", "intro_animation_duration": 0.4, "outro_animation": "Fade_Out"}
    whole = call(
        "add_image", draft_id=draft, image_url=URL, end=6, transition="Dissolve", mask_type="Circle", **fields
    )["segment_id"]
    call("add_image", draft_id=draft, image_url=URL, start=6, end=8)
    new = split(whole, 3)["new_segment_id"]
    left, right = read(whole), read(new)
    assert (left["intro_animation"], left["intro_animation_duration"]) == ("Fade_In", 0.4)
    assert (left["outro_animation"], left["transition"], left["mask_type"]) == (None, None, "Circle")
    assert (right["outro_animation"], right["transition"], right["mask_type"]) == ("Fade_Out", "Dissolve", "Circle")
    assert (right["intro_animation"], right["intro_animation_duration"]) == (None, 0.5)
    materials = written()["materials"]
    assert [[one["type"] for one in part["animations"]] for part in materials["material_animations"]] == [
        ["in"],
        ["out"],
    ]
    assert len(materials["transitions"]) == 1 and len(materials["common_mask"]) == 2


def test_the_older_name_of_an_animation_goes_left_too(call, draft, split, read):
    whole = call("add_image", draft_id=draft, image_url=URL, end=6, animation="Fade_In")["segment_id"]
    new = split(whole, 3)["new_segment_id"]
    assert (read(whole)["intro_animation"], read(new)["intro_animation"]) == ("Fade_In", None)
    assert read(new)["animation"] is None


def test_texts_have_both_parts_looking_alike(call, draft, split, read, shown):
    body = {"text": "Hello", "end": 4, "intro_animation": "Throw_Out", "color": "#00FF00", "border_width": 5}
    whole = call("add_text", draft_id=draft, **body)["segment_id"]
    new = split(whole, 1)["new_segment_id"]
    changed = {"start", "end", "intro_animation"}
    left, right = read(whole), read(new)
    assert {name for name in left if left[name] != right[name]} == changed
    assert shown() == [("text_main", 0, 1), ("text_main", 1, 4)]


def test_the_right_part_of_an_open_clip_is_open(call, draft, split, script):
    whole = call("add_video", draft_id=draft, video_url=URL, start=1)["segment_id"]
    answer = split(whole, 400)
    assert (answer["end"], answer["new_start"], answer["new_end"]) == (400, 400, None)
    _, right = script().get_segment(answer["new_segment_id"])
    assert (right.duration, right.source_start) == (None, 401_000_000)


def test_an_open_right_part_that_has_no_room_is_refused(call, draft, refused):
    whole = call("add_video", draft_id=draft, video_url=URL)["segment_id"]
    other = call("add_video", draft_id=draft, video_url=URL, target_start=3, end=2)["segment_id"]
    assert other in str(refused(ConflictError, "split_segment", segment_id=whole, at=4))


@pytest.mark.parametrize("at", [0, 1, 1.01, 3.99, 4, 9])
def test_a_cut_is_a_frame_inside(call, draft, refused, at):
    whole = call("add_text", draft_id=draft, text="a", start=1, end=4)["segment_id"]
    refusal = refused(InvalidRequestError, "split_segment", segment_id=whole, at=at)
    assert refusal.fields[0]["field"] == "at" and "1 s to 4 s" in str(refusal)


@pytest.mark.parametrize("fps", [25, 29.97, 30, 60])
@pytest.mark.parametrize("speed", [0.1, 0.7, 1, 1.33, 2, 7.7])
def test_many_cuts_lose_no_frame_of_the_whole(call, script, fps, speed):
    """Source starts are put on frames; the last part must still reach the medium's end."""
    call("create_draft", draft_id="d1", fps=fps)
    draw = random.Random(repr((fps, speed)))
    fields = {"video_url": URL, "speed": speed, "target_start": 0.5, "end": 9.97}
    whole = call("add_video", draft_id="d1", **fields)["segment_id"]
    facts = {URL: video_facts(9.97)}
    end = settle(script(), facts).script.duration
    for _ in range(6):
        spans = [(one.start, one.end or end, one.id) for _, one in script().segments()]
        start, until, whole = draw.choice([span for span in spans if span[1] - span[0] > 150_000])
        call("split_segment", draft_id="d1", segment_id=whole, at=draw.uniform(start + 50_000, until - 50_000) / 1e6)
    settled = settle(script(), facts)
    parts = [one for _, one in settled.script.segments()]
    assert len(parts) == 7 and not settled.changes
    assert parts[-1].end >= end and all(one.end == other.start for one, other in pairwise(parts))
    for part in parts:
        assert part.source_start + part.source_duration(part.duration) <= 9_970_000 + 2


def test_the_microsecond_that_a_cut_costs_costs_no_frame(call, draft, split, script):
    """Two frames and one are 66666 and 33333 us, three are 100000: the right part begins a microsecond late."""
    frames = 1 / 30
    whole = call("add_video", draft_id=draft, video_url=URL, start=2 * frames, end=5 * frames)["segment_id"]
    split(whole, frames)
    settled = settle(script(), {URL: video_facts(0.166666)})
    assert settled.script.duration == 100_000


@pytest.mark.parametrize("op, field", [("add_video", "video_url"), ("add_audio", "audio_url")])
def test_the_sound_comes_in_on_the_left_and_goes_out_on_the_right(call, draft, script, op, field):
    fields = {field: "https://example.com/a.mp4", "end": 4, "fade_in": 0.5, "fade_out": 0.7}
    made = call(op, draft_id=draft, **fields)["segment_id"]
    call("split_segment", draft_id=draft, segment_id=made, at=2)
    assert [(one.fade_in, one.fade_out) for _, one in script().segments()] == [(500_000, 0), (0, 700_000)]
    said = call("get_draft", draft_id=draft)["tracks"][0]["segments"]
    assert [(one["parameters"]["fade_in"], one["parameters"]["fade_out"]) for one in said] == [(0.5, 0), (0, 0.7)]
