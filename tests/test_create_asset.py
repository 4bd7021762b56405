"""Uploads: sent, listed, used wherever a medium's URL is asked for, and deleted."""

import base64
import errno
import io
import os
import shutil
from types import SimpleNamespace

import pytest

import capcut_server

from .media_files import make_audio, make_photo, make_video
from .real_draft import ask, check, unpacked
from .test_doors import assert_failure

SRT = b"1\n00:00:00,000 --> 00:00:01,000\nHi\n"


@pytest.fixture
def client(make):
    return make()


def send(client, content, name="clip.mp4", headers=None, **fields):
    """Upload as a browser does."""
    data = {"file": (io.BytesIO(content), name), **fields}
    return client.post("/v1/assets", data=data, content_type="multipart/form-data", headers=headers)


def sent(client, content, name="clip.mp4", **fields):
    answer = send(client, content, name, **fields).get_json()
    assert answer["success"] and answer["output"].pop("warnings") == [], answer
    return answer["output"]


@pytest.fixture
def files(tmp_path):
    """A video, a picture and a sound."""
    folder = tmp_path / "mine"
    folder.mkdir()
    made = make_video(folder / "a.mp4"), make_photo(folder / "b.jpg"), make_audio(folder / "c.mp3")
    return [path.read_bytes() for path in made]


def test_uploads_stand_wherever_a_url_is_asked_for(client, files, tmp_path):
    video, photo, sound = (sent(client, content, f"{number}.bin") for number, content in enumerate(files))
    assert [one["kind"] for one in (video, photo, sound)] == ["video", "photo", "audio"]
    assert video["url"] == f"asset://{video['asset_id']}" and video["size"] == len(files[0])
    ask(client, "/add_video", draft_id="d1", video_url=video["url"])
    ask(client, "/add_image", draft_id="d1", image_url=photo["url"], start=0, end=1)
    ask(client, "/add_audio", draft_id="d1", audio_url=sound["url"])
    ask(client, "/add_subtitle", draft_id="d1", srt=sent(client, SRT, "a.srt")["url"])
    ask(client, "/set_cover", draft_id="d1", image_url=photo["url"])
    assert ask(client, "/get_duration", url=video["url"])["duration"] == pytest.approx(2, abs=0.1)
    state = ask(client, "/v1/save_draft", draft_id="d1", wait=60)
    folder = unpacked(client, state, tmp_path / "unpacked")
    assert {path.read_bytes() for path in folder.rglob("assets/*/*")} == set(files)
    assert check(folder)[0] == 0 and state["downloaded_bytes"] == 0


def test_saves_share_the_file_of_an_upload_and_have_it_when_it_is_deleted(client, files, tmp_path):
    asset = sent(client, files[0])
    for draft in ("one", "two"):
        ask(client, "/add_video", draft_id=draft, video_url=asset["url"])
        ask(client, "/v1/save_draft", draft_id=draft, wait=60)
    first, second = (tmp_path / "data" / "drafts").rglob("assets/video/*")
    assert first.samefile(second) and first.samefile(tmp_path / "data" / "assets" / f"{asset['asset_id']}.data")
    ask(client, "/v1/delete_asset", asset_id=asset["asset_id"])
    assert first.read_bytes() == files[0]


def test_base64_in_json_is_the_same_asset_as_the_file(client, files):
    text = base64.b64encode(files[1]).decode()
    by_json = ask(client, "/v1/create_asset", data_base64=text, name="photo")
    by_url = ask(client, "/create_asset", data_base64=f"data:image/jpeg;base64,{text}")
    by_form = sent(client, files[1], "b.jpg")
    assert by_json["asset_id"] == by_url["asset_id"] == by_form["asset_id"]
    assert by_form["name"] == "photo" and len(list(stored(client).glob("*.data"))) == 1


def stored(client):
    return client.application.extensions["services"].settings.data_dir / "assets"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b"<html>log in</html>", "a web page"),
        (b"PK\x03\x04" + bytes(100), "a ZIP archive"),
        (b"MZ" + bytes(100), "a Windows program"),
        (b"\x89PNG\r\n\x1a\nbroken", "damaged or cut short"),
        (b'{"a": 1}', "JSON"),
    ],
)
def test_what_no_draft_can_use_is_refused_by_its_content(client, content, why):
    body = assert_failure(send(client, content, "movie.mp4"), 400, "invalid_request")
    assert body["fields"][0]["field"] == "file" and why in body["error"]
    assert list(stored(client).glob("*")) == []


def test_fonts_and_subtitles_are_taken(client, request):
    font = (request.path.parent / "data" / "tiny.ttf").read_bytes()
    assert sent(client, font, "tiny.ttf")["kind"] == "font"
    assert sent(client, SRT, "a.srt")["kind"] == "text"


@pytest.mark.parametrize(
    ("sent_as", "kept_as"),
    [
        ("../../etc/passwd", "passwd"),
        ("mine/片头 😀.mp4", "片头 😀.mp4"),
        ("a\x7fb\x85.mp4", "ab.mp4"),
        ("x" * 5_000, "x" * 200),
    ],
)
def test_a_file_is_called_as_it_was_without_its_folders(client, files, sent_as, kept_as):
    assert sent(client, files[0], sent_as)["name"] == kept_as


def test_a_part_without_a_file_name_is_no_file(client, files):
    answer = client.post("/v1/assets", data={"file": "text"}, content_type="multipart/form-data").get_json()
    assert answer["fields"] == [{"field": "file", "message": "must be a file: a part of the form with a filename"}]
    answer = client.post("/v1/assets", json={"data_base64": ""}).get_json()
    assert answer["fields"] == [{"field": "data_base64", "message": "must not be empty"}]


def test_a_form_needs_one_file(client):
    for data in ({"name": "x"}, {"file": (io.BytesIO(b"a"), "a"), "more": (io.BytesIO(b"b"), "b")}):
        answer = client.post("/v1/assets", data=data, content_type="multipart/form-data")
        assert_failure(answer, 400, "invalid_request")


@pytest.mark.parametrize("content", ["no base64!", 7, ["a"], {"read": 1}])
def test_what_is_no_base64_is_refused_with_what_to_do(client, content):
    answer = client.post("/v1/create_asset", json={"data_base64": content})
    assert "base64" in assert_failure(answer, 400, "invalid_request")["error"]


def test_other_operations_take_no_forms(client):
    answer = client.post("/v1/add_text", data={"file": (io.BytesIO(b"a"), "a")}, content_type="multipart/form-data")
    assert_failure(answer, 415, "unsupported_media_type")


def test_limits_are_of_each_and_of_all(make, files):
    client = make(max_asset_bytes=200_000, max_assets_bytes=len(files[1]) + 1_000)
    assert_failure(send(client, bytes(300_000)), 413, "request_entity_too_large")
    sent(client, files[1])
    full = assert_failure(send(client, files[2]), 409, "conflict")
    assert "delete some" in full["error"] and len(list(stored(client).glob("*"))) == 2


def test_json_is_for_small_files(make):
    client = make(max_body_bytes=1_000)
    answer = client.post("/v1/create_asset", json={"data_base64": "A" * 2_000})
    assert_failure(answer, 413, "request_entity_too_large")


def test_uploads_are_listed_and_deleted(client, files):
    one, two = sent(client, files[0], "one.mp4"), sent(client, files[1], "Two.jpg")
    listed = client.get("/v1/assets").get_json()["output"]
    assert [asset["asset_id"] for asset in listed["assets"]] == [two["asset_id"], one["asset_id"]]
    assert ask(client, "/list_assets", search="tw")["assets"] == [two] and listed["total"] == 2
    assert ask(client, "/list_assets", limit=1, offset=1)["assets"] == [one]
    ask(client, "/add_video", draft_id="d1", video_url=one["url"])
    assert client.delete(f"/v1/assets/{one['asset_id']}").get_json()["output"]["asset_id"] == one["asset_id"]
    assert_failure(client.delete(f"/v1/assets/{one['asset_id']}"), 404, "not_found")
    failed = client.post("/v1/save_draft", json={"draft_id": "d1", "wait": 30}).get_json()
    assert failed["details"]["status"] == "failed" and "there is no such asset" in failed["error"]
    sent(client, files[0])
    assert ask(client, "/v1/save_draft", draft_id="d1", wait=30)["status"] == "completed"


@pytest.mark.parametrize("asset_id", ["samples", "..%2f..%2fdrafts", "A" * 32, "0" * 31, "0" * 33])
def test_an_id_is_nothing_but_a_hash(client, asset_id):
    assert client.delete(f"/v1/assets/{asset_id}").status_code in (400, 404)
    answer = client.post("/v1/add_video", json={"draft_id": "d1", "video_url": f"asset://{asset_id}/../x"})
    assert_failure(answer, 400, "invalid_request")


def test_an_upload_can_be_sent_again_under_its_key(client, files):
    key = {"Idempotency-Key": "k"}
    first = send(client, files[0], headers=key)
    again = send(client, files[0], headers=key)
    assert again.get_json() == first.get_json() and again.headers["Idempotency-Replayed"] == "true"
    assert_failure(send(client, files[1], headers=key), 409, "key_reused")


def test_a_try_out_by_form_keeps_nothing(client, files):
    answer = send(client, files[0], dry_run="true").get_json()
    assert answer["success"] and answer["warnings"] and not stored(client).exists()


def test_uploads_are_there_after_a_restart_and_what_was_cut_off_is_swept(make, files):
    client = make()
    asset = sent(client, files[1])
    left = stored(client) / "0123.part"
    left.write_bytes(b"half")
    os.utime(left, (0, 0))
    (stored(client) / "4567.part").write_bytes(b"half")
    make().application.extensions["services"].assets.sweep()
    assert sorted(path.suffix for path in stored(client).iterdir()) == [".data", ".json", ".part"]
    assert ask(make(), "/list_assets")["assets"] == [asset]


def test_a_large_upload_is_kept_beside_the_drafts_while_it_arrives(make, files, monkeypatch):
    import capcut_server

    seen = []
    real = capcut_server.TemporaryFile
    monkeypatch.setattr(capcut_server, "TemporaryFile", lambda dir: seen.append(dir) or real(dir=dir))
    client = make()
    sent(client, files[0])
    assert seen == [client.application.extensions["services"].settings.data_dir]


def test_a_disk_without_room_is_said_and_leaves_nothing(make, files, tmp_path, monkeypatch):
    client = make(min_free_bytes=1_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=1_500))
    answer = send(client, files[0])
    assert (answer.status_code, answer.get_json()["code"]) == (503, "disk_full")
    assert list((tmp_path / "data").rglob("*.data")) == []


def test_a_disk_that_fills_while_a_file_arrives_is_said(make, files, monkeypatch):
    def full(**how):
        raise OSError(errno.ENOSPC, "No space left on device")

    client = make()
    monkeypatch.setattr(capcut_server, "TemporaryFile", full)
    answer = send(client, files[0])
    assert (answer.status_code, answer.get_json()["code"]) == (503, "disk_full")
