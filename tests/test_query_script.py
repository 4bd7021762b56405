import orjson
import pytest

from engine.lint import lint
from errors import DraftNotFoundError, InvalidRequestError

URL = "https://example.com/a.mp4"


def query(call, services, **fields):
    from operations import OPERATIONS

    answer = OPERATIONS["query_script"]({"draft_id": "d1", **fields}, services)
    script = answer.script
    return (orjson.loads(script) if isinstance(script, str) else script), answer.warnings


def ends(document):
    return [
        segment["target_timerange"]["start"] + segment["target_timerange"]["duration"]
        for track in document["tracks"]
        for segment in track["segments"]
    ]


def test_the_output_is_the_json_as_a_string_unless_an_object_is_asked_for(draft, call, services):
    from operations import OPERATIONS

    assert isinstance(OPERATIONS["query_script"]({"draft_id": draft}, services).output(), str)
    assert isinstance(OPERATIONS["query_script"]({"draft_id": draft, "format": "object"}, services).output(), dict)


def test_open_clips_get_their_length_and_nothing_is_changed(draft, call, services, media, segment):
    media.video(URL, seconds=5)
    call("add_video", draft_id=draft, video_url=URL)
    document, warnings = query(call, services)
    assert ends(document) == [5_000_000] and not warnings
    assert segment().duration is None and services.drafts.snapshot(draft).version == 2


def test_two_open_clips_are_both_there(draft, call, services, media):
    """CapCutAPI deletes the second."""
    media.video(URL, seconds=5)
    call("add_video", draft_id=draft, video_url=URL)
    call("add_video", draft_id=draft, video_url=URL, target_start=2)
    document, warnings = query(call, services)
    assert ends(document) == [2_000_000, 7_000_000] and "trimmed" in warnings[0]


def test_a_medium_that_cannot_be_had_is_shown_for_a_second_and_named(draft, call, services, media):
    call("add_video", draft_id=draft, video_url=media.missing(URL))
    document, warnings = query(call, services)
    assert ends(document) == [1_000_000]
    assert any("404" in warning for warning in warnings)


def test_a_clip_past_the_end_of_its_media_stays(draft, call, services, media):
    media.video(URL, seconds=5)
    call("add_video", draft_id=draft, video_url=URL, start=9)
    document, warnings = query(call, services)
    assert ends(document) == [1_000_000] and "begins at 9 s" in warnings[0]
    assert lint(document) == []


def test_a_clip_faster_than_its_media_lasts_is_still_shown_right(draft, call, services, media):
    media.video(URL, seconds=0.5)
    call("add_video", draft_id=draft, video_url=URL, speed=100)
    document, warnings = query(call, services)
    assert ends(document) == [1_000_000] and warnings
    assert lint(document) == []


def test_without_force_update_nothing_is_fetched(draft, call, services, media):
    call("add_video", draft_id=draft, video_url=media.video(URL))
    document, warnings = query(call, services, force_update=False)
    assert media.fetched == [] and ends(document) == [1_000_000] and warnings


def test_what_is_known_is_not_fetched_again(draft, call, services, media):
    call("add_video", draft_id=draft, video_url=media.video(URL))
    query(call, services)
    query(call, services)
    assert media.fetched == [URL]


def test_it_leaves_no_file_behind(draft, call, services, media):
    call("add_video", draft_id=draft, video_url=media.video(URL))
    query(call, services)
    assert [path for path in services.settings.data_dir.rglob("*") if path.is_file()] == []


def test_the_json_of_a_segment_is_the_same_every_time(draft, call, services):
    call("add_text", draft_id=draft, text="a")
    assert query(call, services) == query(call, services)


def test_an_unknown_draft_is_not_found(call):
    with pytest.raises(DraftNotFoundError):
        call("query_script", draft_id="nobody")


def test_a_draft_id_is_required(call):
    with pytest.raises(InvalidRequestError, match="draft_id: required"):
        call("query_script")
