"""What becomes of a save when the servers of its media misbehave, against real ones: completed, or named and failed."""

import resource
import shutil
import sys
import time
from contextlib import contextmanager
from types import SimpleNamespace
from urllib.parse import quote

import pytest

from .media_files import make_audio, make_photo, make_video
from .real_draft import ask, check, unpacked

QUICK = {"download_retries": 2, "download_timeout": 0.5, "prefetch": False}


@pytest.fixture
def make(make):
    """Apps over their own parts."""
    return lambda **settings: make(**(QUICK | settings))


@pytest.fixture
def client(make):
    return make(allow_private_addresses=True)


def saved(client, *urls, draft="d1"):
    """The last state of a save of a draft with a text and those videos."""
    ask(client, "/add_text", draft_id=draft, text="stays")
    segments = [
        ask(client, "/add_video", draft_id=draft, video_url=url, track_name=f"track {number}")["segment_id"]
        for number, url in enumerate(urls)
    ]
    answer = client.post("/v1/save_draft", json={"draft_id": draft, "wait": 60}).get_json()
    return (answer["output"] if answer["success"] else answer["details"]), segments


def left_over(tmp_path):
    return [path for path in (tmp_path / "data").rglob("*") if ".part" in path.name or path.suffix == ".new"]


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("stall/clip.mp4", "the server stopped answering for 0.5 s"),
        ("mute/clip.mp4", "the server did not answer within 0.5 s"),
        ("cut/clip.mp4", "the server closed the connection after"),
        ("short/clip.mp4", "the server closed the connection after"),  # says that there is more
        ("long/clip.mp4", "damaged"),  # says that there is less
        ("hangup/clip.mp4", "the server closed the connection without an answer"),
        ("html/clip.mp4", "a web page, not a media file"),
        ("empty/clip.mp4", "the file is empty"),
        ("status/403/clip.mp4", "HTTP 403 Forbidden"),
        ("status/500/clip.mp4", "HTTP 500 Internal Server Error (tried 3 times)"),
        ("notes.mp4", "the file begins with"),
    ],
)
def test_what_cannot_be_had_is_named_and_the_rest_is_offered(client, media_server, tmp_path, path, reason):
    state, (lost, *_) = saved(client, media_server.url(path), media_server.url("clip.mp4"))
    assert (state["status"], state["success"], state["partial"]) == ("failed", False, True)
    (failed,) = state["failed_files"]
    assert reason in failed["reason"] and failed["segments"] == [lost]
    assert [one["segment_id"] for one in state["removed_segments"]] == [lost]
    folder = unpacked(client, state, tmp_path / "unpacked")
    assert check(folder)[0] == 0 and len(list(folder.rglob("assets/video/*"))) == 1
    assert left_over(tmp_path) == []


@pytest.mark.parametrize("path", ["flaky/2/clip.mp4", "cutonce/clip.mp4", "resumable/clip.mp4", "stallonce/clip.mp4"])
def test_what_passes_is_tried_again_and_the_draft_is_whole(client, media_server, tmp_path, path):
    state, _ = saved(client, media_server.url(f"{path}?{tmp_path.name}"))
    assert (state["status"], state["failed_files"]) == ("completed", [])
    folder = unpacked(client, state, tmp_path / "unpacked")
    (file,) = folder.rglob("assets/video/*")
    assert file.read_bytes() == (media_server.folder / "clip.mp4").read_bytes() and check(folder)[0] == 0


@pytest.mark.parametrize("goal", ["127.0.0.2", "localhost", "2130706434", "[::1]", "169.254.169.254"])
def test_a_redirect_into_this_machine_is_not_followed(make, media_server, goal):
    seen = len(media_server.requests)
    inner = media_server.url("inner.mp4", host=goal) if goal != "localhost" else "http://127.1.2.3/inner.mp4"
    client = make(media_networks=["127.0.0.1/32"])
    state, _ = saved(client, media_server.url(f"to/{quote(inner, safe='')}"))
    assert state["status"] == "failed" and "address not allowed" in state["failed_files"][0]["reason"]
    assert "/inner.mp4" not in media_server.requests[seen:]


def test_with_the_guard_on_this_machine_is_never_asked(make, media_server):
    seen = len(media_server.requests)
    state, _ = saved(make(), media_server.url("clip.mp4"))
    assert state["status"] == "failed" and "address not allowed" in state["failed_files"][0]["reason"]
    assert len(media_server.requests) == seen


def test_a_dead_host_does_not_hold_up_the_save_of_another_draft(make, media_server):
    client = make(allow_private_addresses=True, download_retries=0)
    silent = [media_server.url(f"mute/{number}") for number in range(40)]
    for number, url in enumerate(silent):
        ask(client, "/add_audio", draft_id="dead", audio_url=url, end=1, target_start=number)
    task = ask(client, "/v1/save_draft", draft_id="dead")["task_id"]
    state, _ = saved(client, "asset://samples/clip.mp4", draft="well")
    assert state["status"] == "completed"
    services = client.application.extensions["services"]
    ended = services.tasks.wait(task, 60)
    assert ended.status == "failed" and len(ended.failed_files) == 40
    reasons = " ".join(one["reason"] for one in ended.failed_files)
    assert "did not answer the last fetches" in reasons
    asked = set(media_server.requests) & {f"/mute/{number}" for number in range(40)}
    assert len(asked) <= 18  # those under way when the third had failed


def large(media_server):
    """The address of a video of 9 MB."""
    padding = (9_000_000).to_bytes(4, "big") + b"free" + bytes(8_999_992)
    (media_server.folder / "large.mp4").write_bytes((media_server.folder / "clip.mp4").read_bytes() + padding)
    return media_server.url("large.mp4")


@contextmanager
def files_of_at_most(size):
    """Let the system refuse to write more than that into a file, as it does on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.skipif(sys.platform != "linux", reason="limits of file sizes are the system's")
def test_a_disk_that_takes_no_more_is_named_and_later_saves_are_whole(make, media_server, tmp_path):
    client, url = make(allow_private_addresses=True, durability="none"), large(media_server)
    with files_of_at_most(5_000_000):
        state, _ = saved(client, url)
    assert state["status"] == "failed" and "could not be stored" in state["failed_files"][0]["reason"]
    assert left_over(tmp_path) == []
    answer = client.post("/v1/save_draft", json={"draft_id": "d1", "wait": 60}).get_json()
    assert answer["success"] and answer["output"]["status"] == "completed"


def test_a_disk_that_is_nearly_full_is_left_alone(make, media_server):
    client = make(allow_private_addresses=True, min_free_bytes=10**18)
    state, _ = saved(client, media_server.url("clip.mp4"))
    assert state["status"] == "failed" and "not enough space on the disk" in state["failed_files"][0]["reason"]


def test_a_zip_for_which_there_is_no_room_is_not_begun(make, media_server, tmp_path, monkeypatch):
    client = make(allow_private_addresses=True, min_free_bytes=1_000)
    size = (media_server.folder / "clip.mp4").stat().st_size
    free = SimpleNamespace(free=size + 1_500)  # for the medium; not for the zip of it and the documents
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: free)
    state, _ = saved(client, media_server.url("clip.mp4"))
    assert state["status"] == "failed"
    assert state["message"].startswith("not enough space on the disk of the service: the zip of the draft takes ")
    assert left_over(tmp_path) == [] and list((tmp_path / "data" / "drafts").rglob("*.zip")) == []


def test_on_a_full_disk_what_is_kept_of_other_drafts_gives_way(make, media_server, monkeypatch):
    client = make(allow_private_addresses=True, min_free_bytes=1_000)
    saved(client, large(media_server))
    ask(client, "/v1/delete_draft", draft_id="d1", purge=True)
    cache = client.application.extensions["services"].settings.data_dir / "media"

    def usage(folder):
        return SimpleNamespace(free=0 if list(cache.glob("??/*.json")) else 10**9)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    state, _ = saved(client, "asset://samples/clip.mp4", draft="d2")
    assert state["status"] == "completed" and list(cache.glob("??/*.json")) == []


def test_a_cancelled_save_lets_go_of_its_fetches_at_once(make, media_server):
    """Its worker is free for the next, though the server would go on for minutes."""
    client = make(allow_private_addresses=True, save_workers=1, download_timeout=30)
    ask(client, "/add_video", draft_id="slow", video_url=media_server.url("drip/clip.mp4"))
    task = ask(client, "/v1/save_draft", draft_id="slow")["task_id"]
    while "/drip/clip.mp4" not in media_server.requests:
        time.sleep(0.01)
    ask(client, "/v1/cancel_task", task_id=task)
    state, _ = saved(client, "asset://samples/clip.mp4")
    assert state["status"] == "completed"


def test_secrets_of_addresses_that_fail_are_not_logged(client, media_server, caplog):
    caplog.set_level("DEBUG")
    state, _ = saved(client, media_server.url("status/404/clip.mp4?token=hidden-from-logs"))
    client.post("/v1/save_draft", json={"draft_id": "d1", "dry_run": True})
    assert state["status"] == "failed" and "hidden-from-logs" in state["message"]
    assert "lacks 1 of its segments" in caplog.text and "would be saved without" in caplog.text
    assert "hidden-from-logs" not in caplog.text


MISSING = {
    "video": ("/add_video", "video_url"),
    "image": ("/add_image", "image_url"),
    "audio": ("/add_audio", "audio_url"),
}


@pytest.mark.parametrize("kind", MISSING)
@pytest.mark.parametrize("others", [0, 2])
def test_a_task_with_a_missing_medium_is_never_completed(client, media_server, kind, others):
    route, field = MISSING[kind]
    for number in range(others):
        ask(client, "/add_image", draft_id="d1", image_url=media_server.url("photo.jpg"), start=number, end=number + 1)
    ask(client, route, draft_id="d1", track_name="lost", **{field: media_server.url("status/404/x")})
    answer = client.post("/v1/save_draft", json={"draft_id": "d1", "wait": 60}).get_json()
    state = ask(client, "/query_draft_status", task_id="d1") if answer["success"] else answer["details"]
    assert not answer["success"] and state["status"] == "failed"
    services = client.application.extensions["services"]
    assert services.tasks.get("d1").status == "failed"


def test_no_sound_or_picture_is_left_out_without_a_word(client, media_server, tmp_path):
    """Every medium of a completed save is in its folder, byte for byte."""
    for number, make_one in enumerate((make_video, make_audio, make_photo)):
        make_one(media_server.folder / f"n{number}{('.mp4', '.mp3', '.jpg')[number]}")
    ask(client, "/add_video", draft_id="d1", video_url=media_server.url("n0.mp4"))
    ask(client, "/add_audio", draft_id="d1", audio_url=media_server.url("n1.mp3"))
    ask(client, "/add_image", draft_id="d1", image_url=media_server.url("n2.jpg"), start=5, end=6)
    state = ask(client, "/v1/save_draft", draft_id="d1", wait=60)
    folder = unpacked(client, state, tmp_path / "unpacked")
    held = {path.read_bytes() for path in folder.rglob("assets/*/*")}
    assert held == {(media_server.folder / name).read_bytes() for name in ("n0.mp4", "n1.mp3", "n2.jpg")}
    assert state["downloaded_bytes"] == state["total_bytes"] == sum(map(len, held))
