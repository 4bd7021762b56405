import pytest

from errors import ConflictError, InvalidRequestError, SegmentNotFoundError, UnknownNameError

URL = "https://example.com/a.mp4"


@pytest.fixture
def clip(call, draft):
    def add(start, **fields):
        body = {"video_url": URL, "end": 2, "target_start": start, **fields}
        return call("add_video", draft_id=draft, **body)["segment_id"]

    return add


@pytest.fixture
def add(call, draft):
    return lambda made, **fields: call(
        "add_transition", draft_id=draft, segment_id=made, **{"transition": "Dissolve", **fields}
    )


def test_a_clip_gives_way_to_the_next(clip, add, written, call, draft):
    first, _ = clip(0), clip(2)
    assert add(first, transition_duration=0.8)["segment_id"] == first
    (transition,) = written()["materials"]["transitions"]
    assert transition["duration"] == 800_000
    said = call("get_draft", draft_id=draft)["tracks"][0]["segments"][0]["parameters"]
    assert (said["transition"], said["transition_duration"]) == ("Dissolve", 0.8)


def test_an_older_transition_is_replaced_and_undo_brings_it_back(clip, add, call, draft, segment, script):
    first, _ = clip(0, transition="Dissolve"), clip(2)
    add(first, transition=None, name="White_Flash", duration=0.4)
    assert script().get_segment(first)[1].transition.name == "White_Flash"
    call("undo", draft_id=draft)
    assert script().get_segment(first)[1].transition.name == "Dissolve"


def test_pictures_have_transitions_too(call, draft, add, written):
    url = "https://example.com/p.png"
    first = call("add_image", draft_id=draft, image_url=url, end=1)["segment_id"]
    call("add_image", draft_id=draft, image_url=url, start=1, end=2)
    add(first)
    assert len(written()["materials"]["transitions"]) == 1


def test_without_a_clip_that_touches_it_is_refused(clip, refused):
    first, last = clip(0), clip(2.5)
    for made in (first, last):
        refusal = refused(ConflictError, "add_transition", segment_id=made, transition="Dissolve")
        assert refusal.fields[0]["field"] == "segment_id"


def test_where_an_open_clip_ends_is_not_known_yet(clip, add, segment):
    made = clip(0, end=None)
    add(made)
    assert segment().transition.name == "Dissolve"


@pytest.mark.parametrize(
    "fields, error, field",
    [
        ({"transition": "Disolve"}, UnknownNameError, "transition"),
        ({"transition": "Dissolve", "transition_duration": 0}, InvalidRequestError, "transition_duration"),
        ({}, InvalidRequestError, "transition"),
    ],
)
def test_a_bad_field_is_named(clip, refused, fields, error, field):
    first, _ = clip(0), clip(2)
    refusal = refused(error, "add_transition", segment_id=first, **fields)
    assert [problem["field"] for problem in refusal.fields] == [field]


def test_texts_have_none(call, draft, refused):
    made = call("add_text", draft_id=draft, text="a")["segment_id"]
    refusal = refused(InvalidRequestError, "add_transition", segment_id=made, transition="Dissolve")
    assert refusal.fields[0]["field"] == "segment_id"
    refused(SegmentNotFoundError, "add_transition", segment_id="nobody", transition="Dissolve")
