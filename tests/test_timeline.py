"""create_timeline and get_timeline: a draft as one JSON, there and back."""

import re
from random import Random

import orjson
import pytest

from engine.export import write_timeline
from engine.settle import settle
from errors import DraftExistsError, ServiceError
from operations import OPERATIONS

from .test_random_drafts import RATES, TARGETS
from .test_random_edits import Editor

CLIP, MUSIC, PHOTO = "https://a.b/clip.mp4", "https://a.b/music.mp3", "https://a.b/photo.png"


@pytest.fixture
def web(media):
    media.video(CLIP, seconds=5)
    media.audio(MUSIC, seconds=8)
    media.photo(PHOTO)


@pytest.fixture
def make(call, web):
    """Make a draft "t" of (track, segments) pairs; answers start and end of its segments."""

    def made(*tracks, **more):
        tracks = [{"track_name": name, "segments": segments} for name, segments in tracks]
        done = call("create_timeline", draft_id="t", tracks=tracks, **more)
        return [(one["start"], one["end"]) for one in done["segments"]]

    return made


@pytest.fixture
def refusal(services, make):
    """The places and messages of what is wrong; nothing may be left of it."""

    def refused(*tracks, **more):
        with pytest.raises(ServiceError) as error:
            make(*tracks, **more)
        assert "t" not in services.drafts
        return {one["field"]: one["message"] for one in error.value.fields}

    return refused


def text(text="a", **more):
    return {"operation": "add_text", "parameters": {"text": text, **more.pop("parameters", {})}, **more}


def video(**more):
    return {"operation": "add_video", "parameters": {"video_url": CLIP, **more.pop("parameters", {})}, **more}


def test_segments_follow_each_other_by_themselves(make):
    assert make(("a", [text(length=2), text(), text(length=1)])) == [(0, 2), (2, 7), (7, 8)]


def test_a_clip_lasts_as_long_as_its_medium_and_stays_open(make, script, services):
    clips = [video(), video(length="auto", parameters={"start": 1, "speed": 2}), video(length=1)]
    assert make(("video_main", clips)) == [(0, None), (5, None), (7, 8)]
    settled = settle(script("t"), services.media.facts({CLIP})).script
    assert [(one.start / 1e6, one.end / 1e6) for _, one in settled.segments()] == [(0, 5), (5, 7), (7, 8)]


def test_what_nothing_depends_on_is_not_looked_at(make, media):
    make(("video_main", [video(length=3), video()]))
    assert media.fetched == []


@pytest.mark.parametrize(
    "segment",
    [
        {"operation": "add_image", "parameters": {"image_url": PHOTO}},
        {"operation": "add_video", "parameters": {"video_url": PHOTO}},
    ],
    ids=["image", "picture as video"],
)
def test_a_picture_stays_three_seconds(make, segment):
    assert make(("v", [segment, text("x") | {"operation": "add_image", "parameters": {"image_url": PHOTO}}]))[1][0] == 3


def test_a_segment_begins_after_another_on_any_track(make):
    later = [text(after="clip"), text(after="title", start=0.5, length=1)]
    found = make(("b", later), ("video_main", [video(alias="clip")]), ("c", [text(alias="title", start=2, length=1)]))
    assert found == [(5, 10), (3.5, 4.5), (0, None), (2, 3)]


def test_a_segment_goes_on_to_the_end_of_all_others(make):
    music = {"operation": "add_audio", "length": "end", "parameters": {"audio_url": MUSIC, "speed": 2, "start": 1}}
    clips = [video(), video(length=1)]
    found = make(("text_main", [text(start=1, length="end")]), ("video_main", clips), ("m", [music]))
    assert found == [(1, 6), (0, None), (5, 6), (0, 6)]


def test_parameters_can_say_the_times_themselves(make):
    clip = video(parameters={"target_start": 3, "start": 1, "end": 2})
    assert make(("text_main", [text(parameters={"start": 2, "end": 3})]), ("video_main", [clip])) == [(2, 3), (3, 4)]


def test_an_end_among_parameters_is_on_the_timeline(make):
    ends = [
        text(start=7, parameters={"end": 9}),
        text(parameters={"end": 11}),
        text(parameters={"start": 12, "end": 13}),
    ]
    assert make(("a", ends)) == [(7, 9), (9, 11), (12, 13)]


def test_the_length_of_the_medium_does_not_say_how_much_of_it_plays(make):
    clips = [video(length=2, parameters={"duration": 4}), video(parameters={"duration": 4})]
    assert make(("video_main", clips)) == [(0, 2), (2, 6)]


def test_a_refusal_speaks_of_what_the_caller_knows(refusal):
    messages = refusal(("a", [text(length=3), text(alias="b", start=5, length=1), text(start=2, length=4)]))
    assert "tracks.0.segments.0" in messages["tracks.0.segments.2.start"]
    assert "alias://b" in refusal(("a", [text(alias="b", length=3), text(start=2)]))["tracks.0.segments.1.start"]
    assert "tracks.1.track_name" in refusal(("a", [text()]), ("b", [text(length=1), video()]))


def test_what_follows_from_a_refusal_is_not_named_as_well(services, web):
    track = {
        "track_name": "a",
        "muted": True,
        "hidden": True,
        "segments": [video(parameters={"transition": "nothing"})],
    }
    with pytest.raises(ServiceError) as error:
        OPERATIONS["create_timeline"]({"tracks": [track]}, services)
    assert [one["field"] for one in error.value.fields] == ["tracks.0.segments.0.parameters.transition"]


def test_a_day_is_the_longest(refusal):
    assert "24 hours" in refusal(("a", [text(start=80_000, length=80_000)]))["tracks.0.segments.0.start"]


def test_what_an_alias_names_no_segment_for_is_refused(refusal):
    steps = [
        {"operation": "add_track", "alias": "t", "request": {"track_name": "x", "type": "text"}},
        {"operation": "update_segment", "request": {"segment_id": "alias://t", "set": {"text": "x"}}},
    ]
    assert refusal(("a", [text()]), operations=steps).keys() == {"operations.1.request.segment_id"}


def test_the_compatible_face_leaves_unknown_parameters_aside(services):
    body = {"tracks": [{"track_name": "a", "segments": [text(parameters={"bogus": 1})]}]}
    made = OPERATIONS["create_timeline"](body, services, strict=False)
    assert "bogus" in made.warnings[0] and made.warnings[0].startswith("tracks.0.segments.0")


def test_a_draft_with_nothing_in_it_is_made_again(call):
    call("create_draft", draft_id="d1", width=640)
    read = call("get_timeline", draft_id="d1")["timeline"]
    assert call("create_timeline", draft_id="d2", **read)["segments"] == []


def test_keyframes_count_from_the_start_of_their_segment(make, script):
    keys = [
        {"property": "alpha", "time": 0, "value": "0%", "easing": "ease_in"},
        {"property": "alpha", "time": 1, "value": 1},
    ]
    make(("a", [text(start=4, keyframes=keys)]))
    ((_, segment),) = script("t").segments()
    assert [(one.time, one.value) for one in segment.keyframes] == [(0, 0), (1_000_000, 1)]


def test_canvas_cover_switches_and_operations_are_of_the_same_step(make, script, call):
    more = {"operation": "add_transition", "request": {"segment_id": "alias://one", "transition": "Dissolve"}}
    done = call(
        "create_timeline",
        draft_id="t",
        **{"name": "film", "width": 1920, "height": 1080, "fps": 25, "cover": {"time": 1}, "operations": [more]},
        tracks=[
            {
                "track_name": "v",
                "muted": True,
                "hidden": True,
                "segments": [video(alias="one", length=2), video(length=2)],
            }
        ],
    )
    made = script("t")
    assert (made.name, made.width, made.rate, made.cover.time) == ("film", 1920, 25, 1_000_000)
    assert (made.tracks["v"].muted, made.tracks["v"].hidden) == (True, True)
    assert made.tracks["v"].segments[0].transition.name == "Dissolve"
    assert done["version"] == made.version == 2


def test_every_problem_is_named_by_its_place(refusal):
    assert refusal(
        ("a", [text(length=1, parameters={"font": "no such font"}), text(start=0.5), {"operation": "add_txt"}]),
        ("b", [{"operation": "add_subtitle"}]),
    ).keys() == {"tracks.0.segments.2.operation", "tracks.1.segments.0.operation"}
    places = refusal(
        ("a", [text(length=1, parameters={"font": "no such font"}), text(length=2, parameters={"colr": 1})]),
        ("b", [text(length=3), text(start=2)]),
        ("video_main", [video(parameters={"transition": "nothing"}, length=1)]),
        cover={"time": 1, "image_url": PHOTO},
        operations=[{"operation": "remove_track", "request": {"track_name": "x"}}, {"operation": "save_draft"}],
    )
    assert places.keys() == {
        "tracks.0.segments.0.parameters.font",
        "tracks.0.segments.1.parameters.colr",
        "tracks.1.segments.1.start",
        "tracks.2.segments.0.parameters.transition",
        "cover.time",
        "operations.0.request.track_name",
        "operations.1.operation",
    }


@pytest.mark.parametrize(
    ("segment", "field"),
    [
        (text(start=1, parameters={"start": 2, "end": 3}), "start"),
        (text(length=1, parameters={"end": 3}), "length"),
        (text(after="nobody"), "after"),
        (text(alias="a", after="a"), "after"),
        (text(start="later"), "start"),
        (text(length=0), "length"),
        (text(length=90_000), "length"),
        (text(parameters={"start": 3, "end": 2}), "parameters.end"),
        (text(parameters={"start": "x"}), "parameters.start"),
        (text(parameters={"track_name": "x"}), "parameters.track_name"),
        (text(parameters={"draft_id": "x"}), "parameters.draft_id"),
        (text(length="end"), "length"),
        (video(parameters={"speed": 0}), "parameters.speed"),
        (video(parameters={"start": 3, "end": 2}), "parameters.end"),
        (text(keyframes=[{"property": "volume", "time": 0, "value": 1}]), "keyframes.0.property"),
        (text(keyframes=[{"property": "alpha", "time": 0, "value": "x"}]), "keyframes.0.value"),
        (text(keyframes=[{"property": "alpha", "time": 9, "value": 1}]), "keyframes.0.time"),
    ],
)
def test_what_does_not_fit_is_refused_by_place(refusal, segment, field):
    (place,) = refusal(("a", [segment]))
    assert place.removeprefix("tracks.0.segments.0.") == field


def test_what_depends_on_itself_is_refused(refusal):
    (place,) = refusal(("a", [text(alias="a", after="b"), text(alias="b", after="a")]))
    assert place.endswith(".after")
    (place,) = refusal(("a", [text(alias="a", length="end"), text(after="a")]))
    assert "segments" in place


def test_a_medium_whose_length_is_needed_must_be_had(refusal, media):
    media.missing("https://a.b/gone.mp4")
    places = refusal(("v", [video(parameters={"video_url": "https://a.b/gone.mp4"}), video()]))
    assert "HTTP 404" in places["tracks.0.segments.0.parameters.video_url"]
    places = refusal(("v", [video(parameters={"video_url": MUSIC}), video()]))
    assert "no picture" in places["tracks.0.segments.0.parameters.video_url"]


def test_names_are_given_once(refusal):
    assert "alias 'a' twice" in refusal(("a", [text(alias="a"), text(alias="a")]))["tracks"]
    assert "track 'a' twice" in refusal(("a", []), ("a", []))["tracks"]


def test_a_draft_that_exists_is_left_alone(make, call):
    make(("a", [text()]))
    with pytest.raises(DraftExistsError):
        make(("a", [text()]))


def test_a_dry_run_says_where_everything_would_be(call, web, services):
    tracks = [{"track_name": "v", "segments": [video(), video(length=1)]}]
    tried = call("create_timeline", tracks=tracks, draft_id="t", dry_run=True)
    assert [one["start"] for one in tried["segments"]] == [0, 5]
    assert "t" not in services.drafts


def test_thousands_of_segments(make):
    assert make(("a", [text(length=1) for _ in range(5000)]))[-1] == (4999, 5000)


def test_karaoke_is_one_segment_of_many_texts(make, call):
    words = [{"text": "a", "start": 1, "end": 2}, {"text": "b", "start": 2, "end": 3}]
    assert make(("a", [text("a b", parameters={"start": 1, "end": 3, "words": words})])) == [(1, 3)]


# ---- there and back


def plain(timeline):
    """A timeline without what names its segments."""
    return [
        {**track, "segments": [{**one, "alias": None} for one in track["segments"]]} for track in timeline["tracks"]
    ], {name: value for name, value in timeline.items() if name != "tracks"}


def document(script):
    """The app's JSON but for ids, which are those of another draft, and the captions that texts came in with."""
    found = orjson.dumps(write_timeline(settle(script, {}).script, {}).document).decode()
    names: dict[str, str] = {}
    return _ID.sub(lambda one: names.setdefault(one[0], f"id {len(names)}"), _CAPTIONS.sub("", found))


_CAPTIONS = re.compile(r"import_\d{13}")
_ID = re.compile(r"[0-9a-f]{32}|[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}")


def between_frames(script):
    """Segments with keyframes that are on no frame."""
    times = ((one, one.start + key.time) for _, one in script.segments() for key in one.keyframes)
    return {one.id: one for one, time in times if script.grid.nearest(time) != time}.values()


@pytest.mark.parametrize("seed", range(40))
def test_a_draft_is_made_again_of_what_is_read_of_it(services, media, call, script, seed):
    editor = Editor(Random(seed), media)
    target = editor.random.choice(list(TARGETS))
    app = TARGETS[target]
    call("create_draft", draft_id="d1", target=target, fps=editor.random.choice(RATES))
    for _ in range(30):
        adding = editor.random.random() < 0.5
        name, fields = editor.operation(app) if adding else editor.edit(script(), app)
        try:
            call(name, draft_id="d1", **fields)
        except ServiceError:
            continue
    for one in between_frames(script()):  # adding puts keyframes on frames; a new speed or rate leaves them between
        call("remove_keyframes", draft_id="d1", segment_id=one.id)
    read = call("get_timeline", draft_id="d1")["timeline"]
    if not read["tracks"]:
        return
    call("create_timeline", draft_id="d2", **read)
    again = call("get_timeline", draft_id="d2")["timeline"]
    assert plain(again) == plain(read)
    assert document(script("d2")) == document(script("d1"))


def test_the_example_works_as_it_stands(call, media):
    media.video("asset://samples/clip.mp4", seconds=4)
    made = call("create_timeline", **OPERATIONS["create_timeline"].request.example)
    assert [(one["start"], one["end"]) for one in made["segments"]] == [(0, None), (4, 6), (0, 6)]


def test_it_is_a_resource(client, web):
    body = {"draft_id": "t", "tracks": [{"track_name": "a", "segments": [text(length=1)]}]}
    made = client.post("/v1/timelines", json=body)
    assert (made.status_code, made.json["output"]["segments"][0]["end"]) == (200, 1)
    read = client.get("/v1/drafts/t/timeline").json["output"]["timeline"]
    assert client.post("/v1/timelines", json=read).json["success"]
    assert client.post("/v1/timelines", json=body).status_code == 409
