"""mirror_to_oss and upload_to_oss, over real storages."""

import base64
import io
import json

import pytest
import requests

from capcut_server import create_app
from media.samples import sample_path
from operations import OPERATIONS
from settings import Settings

from .storage_servers import SECRET, Folder, Oss

PHOTO = sample_path("asset://samples/photo.png").read_bytes()
CLIP = sample_path("asset://samples/clip.mp4").read_bytes()


@pytest.fixture(params=["folder", "oss"])
def place(request, tmp_path):
    with (Folder if request.param == "folder" else Oss)(tmp_path) as made:
        yield made


@pytest.fixture
def client(place, tmp_path):
    app = create_app(Settings(data_dir=tmp_path / "data", download_retries=0, upload_retries=0, **place.settings))
    yield app.test_client()
    app.extensions["services"].close()


@pytest.fixture
def without(tmp_path):
    """The service without a storage."""
    app = create_app(Settings(data_dir=tmp_path / "none"))
    yield app.test_client()
    app.extensions["services"].close()


def form(content, name="a.png", **fields):
    return {"data": {"file": (io.BytesIO(content), name), **fields}, "content_type": "multipart/form-data"}


def encoded(content):
    return base64.b64encode(content).decode()


def test_a_medium_is_mirrored_under_a_new_name_that_ends_as_its_content_says(client):
    answer = client.post("/mirror_to_oss", json={"url": "asset://samples/photo.png"}).get_json()
    assert answer["success"] is True and answer["object"].startswith("capcut/") and answer["object"].endswith(".png")
    brought = requests.get(answer["oss_url"], timeout=10)
    assert (brought.content, brought.headers["Content-Type"]) == (PHOTO, "image/png")
    again = client.post("/mirror_to_oss", json={"url": "asset://samples/photo.png", "prefix": "团队/a-1"}).get_json()
    assert again["object"].startswith("团队/a-1/") and requests.get(again["oss_url"], timeout=10).content == PHOTO


@pytest.mark.parametrize(
    "sent",
    [
        form(CLIP, "any name.png", content_type="image/png"),
        {"json": {"filename": "clip", "data_base64": encoded(CLIP), "content_type": "video/mp4"}},
        {"json": {"data_base64": f"data:video/mp4;base64,{encoded(CLIP)}"}},
    ],
    ids=["form", "json", "data url"],
)
def test_a_file_is_uploaded_as_a_form_or_in_json(client, sent):
    if "data" in sent:  # a form is read once
        sent = form(CLIP, "any name.png", content_type="image/png", prefix="mine")
    answer = client.post("/upload_to_oss", **sent).get_json()
    assert answer["success"] is True and answer["object"].endswith(".mp4")
    assert requests.get(answer["oss_url"], timeout=10).content == CLIP


def test_the_compatible_face_is_flat_beside_the_envelope_and_the_strict_one_is_the_envelope(client):
    flat = client.post("/mirror_to_oss", json={"url": "asset://samples/photo.png"}).get_json()
    assert {name: flat["output"][name] for name in ("success", "oss_url", "object")} == {
        name: flat[name] for name in ("success", "oss_url", "object")
    }
    strict = client.post("/v1/mirror_to_oss", json={"url": "asset://samples/photo.png"}).get_json()
    assert strict.keys() == {"success", "output", "error", "warnings"} and strict["output"]["oss_url"]


@pytest.mark.parametrize("face", ["", "/v1"])
def test_failures_have_their_status_on_both_faces(client, face):
    def refused(name, **sent):
        answer = client.post(f"{face}/{name}", **sent)
        assert answer.get_json()["success"] is False
        return answer.status_code, answer.get_json()["error"]

    assert refused("mirror_to_oss", json={}) == (400, "url: required and missing")
    assert refused("mirror_to_oss", json={"url": "http://127.0.0.1:1/a.png"})[0] == 502
    assert refused("mirror_to_oss", json={"url": "asset://samples/photo.png", "prefix": "../up"})[0] == 400
    assert refused("upload_to_oss", json={})[0] == 400
    assert refused("upload_to_oss", json={"data_base64": "#"}) == (400, "data_base64: is not base64")
    assert refused("upload_to_oss", json={"file": "a"})[0] == 400
    assert refused("upload_to_oss", data={"prefix": "a"}, content_type="multipart/form-data")[0] == 400
    status, error = refused("upload_to_oss", **form(b"<html>not a medium</html>"))
    assert status == 400 and error.startswith("file: ")


def test_a_private_address_is_not_mirrored(client, place):
    answer = client.post("/mirror_to_oss", json={"url": "http://127.0.0.1:1/a.png"})
    assert answer.status_code == 502 and "address not allowed" in answer.get_json()["error"]


@pytest.mark.parametrize("name", ["mirror_to_oss", "upload_to_oss"])
@pytest.mark.parametrize("face", ["", "/v1"])
def test_without_a_storage_the_settings_are_named(without, name, face):
    answer = without.post(f"{face}/{name}", json=OPERATIONS[name].request.example)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "no_storage")
    assert answer.get_json()["error"].startswith(f"{name}: this service has no storage")
    assert "oss_config or s3_config or folder_config" in answer.get_json()["error"]


@pytest.mark.parametrize("place", ["oss"], indirect=True)
def test_a_dry_run_puts_nothing_there(client, place):
    assert client.post("/upload_to_oss", json={"data_base64": encoded(PHOTO), "dry_run": True}).get_json()["success"]
    assert client.post("/upload_to_oss", json={"data_base64": "AAAA", "dry_run": True}).status_code == 400
    assert place.server.objects == {}


@pytest.mark.parametrize("place", ["oss"], indirect=True)
def test_a_call_that_is_sent_again_puts_it_there_once(client, place):
    def answers(content, key):
        sent = form(content)
        return client.post("/upload_to_oss", headers={"Idempotency-Key": key}, **sent).get_json()

    assert answers(PHOTO, "a") == answers(PHOTO, "a")
    assert len(place.server.objects) == 1
    assert answers(CLIP, "a")["code"] == "key_reused"


def test_a_form_may_be_larger_than_other_bodies_and_has_its_own_limit(tmp_path):
    with Oss(tmp_path) as place:
        small = {"max_body_bytes": 2_000, "max_upload_bytes": 10_000}
        app = create_app(Settings(data_dir=tmp_path / "data", **small, **place.settings))
        client = app.test_client()
        assert len(PHOTO) < 10_000 or client.post("/upload_to_oss", **form(PHOTO)).status_code == 413
        for size, status in ((5_000, 400), (20_000, 413)):
            assert client.post("/upload_to_oss", **form(b"\0" * size)).status_code == status
            assert client.post("/upload_to_oss", json={"data_base64": encoded(b"\0" * size)}).status_code == 413
        app.extensions["services"].close()


def test_other_operations_take_no_forms(client):
    assert client.post("/mirror_to_oss", **form(PHOTO)).status_code == 415


def test_both_are_described_with_their_forms_and_without_secrets(client):
    paths = client.get("/openapi.json").get_json()["paths"]
    for face in ("", "/v1"):
        bodies = paths[f"{face}/upload_to_oss"]["post"]["requestBody"]["content"]
        assert bodies.keys() == {"application/json", "multipart/form-data"}
        assert bodies["multipart/form-data"]["schema"]["required"] == ["file"]
        assert bodies["multipart/form-data"]["schema"]["properties"].keys() >= {"file", "prefix", "content_type"}
        assert "409" in paths[f"{face}/mirror_to_oss"]["post"]["responses"]
    assert SECRET not in json.dumps(paths)


def test_nothing_is_left_in_the_folder_for_looking(client, tmp_path):
    client.post("/upload_to_oss", **form(PHOTO))
    client.post("/upload_to_oss", **form(b"nothing of use"))
    assert list((tmp_path / "data" / "looking").iterdir()) == []


def test_when_as_many_wait_for_media_as_may_others_are_turned_away(tmp_path):
    """Each holds a thread, and a slow server could hold them all."""
    shown = {"folder": tmp_path / "shown", "url": "https://files.example.com"}
    app = create_app(Settings(data_dir=tmp_path / "data", query_wait=0, folder_config=shown))
    client, services = app.test_client(), app.extensions["services"]
    while services.looking.acquire(blocking=False):
        pass
    mirrored = client.post("/v1/mirror_to_oss", json={"url": "asset://samples/photo.png"})
    added = client.post("/v1/add_subtitle", json={"srt": "asset://samples/captions.srt"})
    imported = client.post("/v1/drafts/import", json={"url": "https://example.com/draft.zip"})
    for answer in (mirrored, added, imported):
        assert (answer.status_code, answer.get_json()["code"]) == (503, "busy")
    services.looking.release()
    assert client.post("/v1/mirror_to_oss", json={"url": "asset://samples/photo.png"}).status_code == 200
    services.close()
