"""From an HTTP call to a folder the app can open, with nothing in between replaced."""

import orjson
import pytest

from .real_draft import TARGETS, ask, build, check, unpacked


def timeline(folder):
    return orjson.loads((folder / "draft_info.json").read_bytes())


@pytest.mark.parametrize("target", TARGETS)
def test_a_saved_draft_passes_the_independent_checker(real_client, media_server, tmp_path, target):
    state = build(real_client, media_server, target)
    assert (state["status"], state["warnings"], state["findings"]) == ("completed", [], [])
    folder = unpacked(real_client, state, tmp_path / "unpacked")
    code, said = check(folder)
    assert code == 0, said
    assert folder.name == f"真 draft {target}"


def test_open_clips_end_with_their_media_and_a_turned_video_has_its_shown_size(real_client, media_server, tmp_path):
    folder = unpacked(real_client, build(real_client, media_server, "capcut"), tmp_path / "unpacked")
    document = timeline(folder)
    main, fast = (
        next(track for track in document["tracks"] if track["name"] == name) for name in ("video_main", "fast")
    )
    assert [segment["target_timerange"]["duration"] for segment in main["segments"]] == [2_000_000, 2_000_000]
    assert fast["segments"][0]["target_timerange"]["duration"] == 2_000_000
    phone = next(entry for entry in document["materials"]["videos"] if entry["height"] > entry["width"])
    assert (phone["width"], phone["height"]) == (240, 320)


def test_each_url_is_asked_for_once(real_client, media_server):
    seen = len(media_server.requests)
    build(real_client, media_server, "capcut")
    asked = [path for path in media_server.requests[seen:]]
    assert sorted(asked) == sorted(set(asked)) and len(asked) == 5


@pytest.mark.parametrize(
    "path, reason",
    [
        ("status/404/clip.mp4", "HTTP 404"),
        ("empty/clip.mp4", "empty"),
        ("html/clip.mp4", "web page"),
        ("notes.mp4", "begins with 'these are only my notes'"),
        ("cut/clip.mp4", "closed the connection"),
    ],
)
def test_a_medium_that_cannot_be_used_is_named_and_the_draft_still_opens(
    real_client, media_server, tmp_path, path, reason
):
    ask(real_client, "/add_text", draft_id="d1", text="stays")
    lost = ask(real_client, "/add_video", draft_id="d1", video_url=media_server.url(path))
    answer = real_client.post("/save_draft", json={"draft_id": "d1", "wait": 60}).get_json()
    assert not answer["success"] and media_server.url(path) in answer["error"]
    (failed,) = answer["details"]["failed_files"]
    assert failed["segments"] == [lost["segment_id"]] and reason in failed["reason"]
    code, said = check(unpacked(real_client, answer["details"], tmp_path / "unpacked"))
    assert code == 0, said


def test_media_in_passing_trouble_are_tried_again(real_client, media_server):
    ask(real_client, "/add_video", draft_id="d1", video_url=media_server.url("flaky/1/clip.mp4"))
    assert ask(real_client, "/save_draft", draft_id="d1", wait=60)["status"] == "completed"


def test_private_addresses_are_refused_unless_allowed(tmp_path, media_server):
    from capcut_server import create_app
    from settings import Settings

    app = create_app(Settings(data_dir=tmp_path))
    client = app.test_client()
    seen = len(media_server.requests)
    ask(client, "/add_video", draft_id="d1", video_url=media_server.url("clip.mp4"))
    answer = client.post("/save_draft", json={"draft_id": "d1", "wait": 60}).get_json()
    assert "address not allowed" in answer["error"] and "allow_private_addresses" in answer["error"]
    assert len(media_server.requests) == seen
    app.extensions["services"].close()


def test_the_built_in_samples_need_no_network(real_client, tmp_path):
    ask(real_client, "/add_video", draft_id="d1", video_url="asset://samples/clip.mp4")
    ask(real_client, "/add_image", draft_id="d1", image_url="asset://samples/photo.png")
    ask(real_client, "/add_audio", draft_id="d1", audio_url="asset://samples/music.mp3")
    state = ask(real_client, "/save_draft", draft_id="d1", wait=60)
    code, said = check(unpacked(real_client, state, tmp_path / "unpacked"))
    assert code == 0, said


def test_query_script_shows_the_lengths_of_open_clips(real_client, media_server):
    ask(real_client, "/add_video", draft_id="d1", video_url=media_server.url("clip.mp4"))
    assert orjson.loads(ask(real_client, "/query_script", draft_id="d1"))["duration"] == 3_000_000
