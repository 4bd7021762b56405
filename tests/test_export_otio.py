"""Read back with the library: what plays when must be what the draft says."""

import json
import sys
from contextlib import suppress
from fractions import Fraction
from random import Random

import orjson
import pytest

from engine.curves import PRESETS
from engine.settle import settle
from errors import DraftNotFoundError, NotInstalledError, ServiceError
from operations import OPERATIONS

from .test_random_drafts import RATES, TARGETS, Maker

otio = pytest.importorskip("opentimelineio")  # there are machines for which it is not made

URL = "https://e.com/v.mp4"
ABOUT = "capcut_drafts"


@pytest.fixture
def read(call):
    """The exported timeline as the library reads it, and the warnings."""

    def export(**fields):
        answer = call("export_otio", draft_id="d1", **fields)
        return otio.adapters.read_from_string(orjson.dumps(answer["timeline"]).decode()), answer["warnings"]

    return export


@pytest.fixture
def add(call, draft, media):
    media.video(URL, 10)
    return lambda **fields: call("add_video", draft_id=draft, video_url=URL, **fields)["segment_id"]


def ranges(track):
    """(name, start, duration) of every clip on the track, in seconds on the timeline."""
    return [
        (clip.name, found.start_time.to_seconds(), found.duration.to_seconds())
        for clip in track.find_clips()
        for found in [track.range_of_child(clip)]
    ]


def test_clips_stand_where_the_draft_has_them(add, read):
    add(start=1, end=3, target_start=2)
    add(start=0, end=1, target_start=4)
    timeline, warnings = read()
    shown, heard = timeline.tracks
    assert ranges(shown) == ranges(heard) == [("v.mp4", 2, 2), ("v.mp4", 4, 1)]
    assert [type(one).__name__ for one in shown] == ["Gap", "Clip", "Clip"]
    assert (shown.kind, heard.kind, shown.name, heard.name) == ("Video", "Audio", "video_main", "video_main (sound)")
    first = next(iter(shown.find_clips()))
    assert (first.source_range.start_time.to_seconds(), first.source_range.duration.to_seconds()) == (1, 2)
    assert first.media_reference.target_url == URL
    assert first.media_reference.available_range.duration.to_seconds() == 10
    assert timeline.tracks.available_range().duration.to_seconds() == 5 and warnings == []


def test_an_open_clip_is_looked_at_first(add, read):
    add()
    timeline, warnings = read()
    assert ranges(timeline.tracks[0]) == [("v.mp4", 0, 10)] and warnings == []


def test_a_medium_that_cannot_be_had_is_named(call, draft, media, read):
    call("add_video", draft_id=draft, video_url=media.missing("https://e.com/gone.mp4"), end=2)
    timeline, warnings = read()
    (shown,) = timeline.tracks
    assert "https://e.com/gone.mp4: HTTP 404" in warnings[0]
    (clip,) = shown.find_clips()
    assert clip.media_reference.target_url == "https://e.com/gone.mp4"
    assert clip.media_reference.available_range is None


@pytest.mark.parametrize("fps", [12.5, 23.976, 24, 25, 29.97, 30, 59.94, 60, 120])
def test_times_are_whole_frames_of_the_drafts_rate(call, media, read, script, fps):
    call("create_draft", draft_id="d1", fps=fps)
    media.video(URL, 100)
    for at in range(20):
        call("add_video", draft_id="d1", video_url=URL, start=at * 0.7, end=at * 0.7 + 1.234, target_start=at * 1.77)
    timeline, _ = read()
    track = timeline.tracks[0]
    grid = script().grid
    for clip, (_, segment) in zip(track.find_clips(), script().segments(), strict=True):
        found = track.range_of_child(clip)
        assert Fraction(found.start_time.rate).limit_denominator(1001) == script().rate
        assert found.start_time.value == grid.frame(segment.start)
        assert found.duration.value == grid.frame(segment.end) - grid.frame(segment.start)
        assert clip.source_range.start_time.value == grid.frame(segment.source_start)


def test_speed_is_a_time_warp_over_the_length_on_the_timeline(add, read):
    add(start=2, end=6, speed=2)
    timeline, _ = read()
    for track in timeline.tracks:
        (clip,) = track.find_clips()
        (warp,) = clip.effects
        assert isinstance(warp, otio.schema.LinearTimeWarp) and warp.time_scalar == 2
        assert (clip.source_range.start_time.to_seconds(), clip.source_range.duration.to_seconds()) == (2, 2)


def test_a_speed_curve_is_kept_in_the_metadata_and_named(add, read, segment):
    made = add(end=4, speed_curve="bullet")
    timeline, warnings = read()
    (clip,) = timeline.tracks[0].find_clips()
    kept = clip.metadata[ABOUT]["parameters"]["speed_curve"]
    assert tuple(tuple(point) for point in kept) == PRESETS["bullet"]
    assert len(warnings) == 1 and made in warnings[0] and "curve" in warnings[0]
    assert clip.effects[0].time_scalar == segment().speed


@pytest.mark.parametrize("name, kind", [("Dissolve", "SMPTE_Dissolve"), ("Pull in", "Custom_Transition")])
def test_transitions_lie_over_the_cut(add, read, name, kind):
    add(end=2, transition=name, transition_duration=0.8)
    add(end=2, target_start=2)
    timeline, _ = read()
    shown = timeline.tracks[0]
    _, between, second = shown
    assert isinstance(between, otio.schema.Transition) and between.transition_type == kind
    assert between.in_offset.to_seconds() == between.out_offset.to_seconds() == pytest.approx(0.4)
    assert shown.range_of_child(second).start_time.to_seconds() == 2
    assert between.metadata[ABOUT]["transition"] == name


def test_what_no_medium_shows_is_on_tracks_of_its_own(call, draft, add, read):
    add(end=5)
    call("add_text", draft_id=draft, text="Hello 世界 😀", start=1, end=3)
    call("add_sticker", draft_id=draft, sticker_id="7245680678875008261", start=0, end=2)
    call("add_filter", draft_id=draft, filter="BW 2", start=1, end=2)
    timeline, _ = read()
    tracks = {track.metadata[ABOUT]["type"]: track for track in timeline.tracks}
    assert ranges(tracks["text"]) == [("Hello 世界 😀", 1, 2)]
    (clip,) = tracks["text"].find_clips()
    assert isinstance(clip.media_reference, otio.schema.GeneratorReference)
    assert clip.media_reference.generator_kind == "text" and clip.metadata[ABOUT]["operation"] == "add_text"
    assert ranges(tracks["sticker"]) == [("sticker", 0, 2)] and ranges(tracks["filter"]) == [("filter", 1, 1)]
    timeline, _ = read(media_only=True)
    assert [track.kind for track in timeline.tracks] == ["Video", "Audio"]


def test_what_the_metadata_say_adds_the_same_again(call, draft, add, read):
    add(start=1.3, end=4.1, target_start=0.5, speed=1.5, adjust={"contrast": 20}, transition="Dissolve")
    call("add_text", draft_id=draft, text="Hello", start=1, end=3, keywords=["ell"], bold=True)
    call("create_draft", draft_id="d2")
    timeline, _ = read()
    told = [json.loads(otio.core.serialize_json_to_string(clip.metadata))[ABOUT] for clip in timeline.find_clips()]
    for about in told:
        if "operation" in about:
            call(about["operation"], draft_id="d2", **about["parameters"])
    again, first = (call("get_draft", draft_id=name)["tracks"] for name in ("d2", draft))
    for segment in (segment for track in again + first for segment in track["segments"]):
        del segment["segment_id"]
    assert again == first


@pytest.mark.parametrize("seed", range(40))
def test_whatever_is_in_a_draft_stands_where_the_draft_has_it(services, media, read, seed):
    maker = Maker(Random(seed), media)
    target = maker.random.choice(list(TARGETS))
    OPERATIONS["create_draft"]({"draft_id": "d1", "target": target, "fps": maker.random.choice(RATES)}, services)
    for _ in range(20):
        name, fields = maker.operation(TARGETS[target])
        with suppress(ServiceError):
            OPERATIONS[name]({"draft_id": "d1", **fields}, services)
    timeline, _ = read()
    script = services.drafts.snapshot("d1")
    known = services.media.facts({clip.media.url for _, clip in script.media_segments()})
    settled = settle(script, known, keep_all=True).script
    written = [track for track in timeline.tracks if "sound_of" not in track.metadata[ABOUT]]
    drawn = [track for track in settled.layers() if track.segments]
    assert [track.name for track in written] == [track.name for track in drawn]
    for found, track in zip(written, drawn, strict=True):
        ranges = [found.range_of_child(clip) for clip in found.find_clips()]
        frames = [(script.grid.frame(one.start), script.grid.frame(one.end)) for one in track.segments]
        assert [(one.start_time.value, one.end_time_exclusive().value) for one in ranges] == frames
        assert all(one.duration.value > 0 for one in ranges)
        assert found.available_range().duration.value == frames[-1][1]


def test_hidden_and_muted_tracks_are_off(call, draft, add, read):
    add(end=1)
    call("mute_track", draft_id=draft, track_name="video_main")
    timeline, _ = read()
    assert [track.enabled for track in timeline.tracks] == [True, False]
    call("hide_track", draft_id=draft, track_name="video_main")
    timeline, _ = read()
    assert [track.enabled for track in timeline.tracks] == [False, False]


def test_pictures_and_silent_video_have_no_sound(call, draft, media, read):
    call("add_image", draft_id=draft, image_url=media.photo("https://e.com/p.png"), end=2)
    silent = media.video("https://e.com/s.mp4", 3, has_audio=False)
    call("add_video", draft_id=draft, video_url=silent, end=2, track_name="over")
    call("add_audio", draft_id=draft, audio_url=media.audio("https://e.com/a.mp3"), end=2)
    timeline, _ = read()
    assert [(track.name, track.kind) for track in timeline.tracks if track.kind == "Audio"] == [("audio_main", "Audio")]
    picture = next(iter(timeline.tracks[0].find_clips()))
    assert picture.media_reference.available_range is None and not picture.effects


def test_metadata_say_what_the_draft_is(call, draft, add, read):
    call("rename_draft", draft_id=draft, name="Film 一")
    add(end=1)
    timeline, _ = read()
    assert timeline.name == "Film 一"
    assert dict(timeline.metadata[ABOUT]) == {
        **{"draft_id": "d1", "target": "capcut", "width": 1080, "height": 1920, "fps": 30.0}
    }


def test_an_empty_draft_is_an_empty_timeline_with_a_warning(draft, read):
    timeline, warnings = read()
    assert len(timeline.tracks) == 0 and "nothing" in warnings[0]


def test_unknown_drafts_are_not_found(call):
    with pytest.raises(DraftNotFoundError):
        call("export_otio", draft_id="nobody")


def test_a_server_without_the_library_says_so(call, draft, monkeypatch):
    monkeypatch.setitem(sys.modules, "opentimelineio", None)
    with pytest.raises(NotInstalledError, match="pip install opentimelineio"):
        call("export_otio", draft_id=draft)


def test_a_get_brings_the_file(client, add):
    add(end=1)
    answer = client.get("/v1/drafts/d1/otio?media_only=true")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="d1.otio"'
    assert otio.adapters.read_from_string(answer.get_data(as_text=True)).tracks[0].name == "video_main"
