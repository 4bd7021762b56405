"""Saves that are put into a storage: over the real OSS and S3 servers of the tests."""

import io
import json
import threading
import zipfile
from urllib.parse import unquote

import pytest
import requests

from capcut_server import create_app
from errors import InvalidRequestError, NoStorageError
from operations import OPERATIONS
from settings import Settings

from .fakes import make_services
from .storage_servers import SECRET, Cutting, Folder, Oss

URL = "https://example.com/a.mp4"


@pytest.fixture(params=["folder", "oss"])
def place(request, tmp_path):
    with (Folder if request.param == "folder" else Oss)(tmp_path) as made:
        yield made


@pytest.fixture
def oss(tmp_path):
    with Oss(tmp_path) as made:
        yield made


@pytest.fixture
def start(tmp_path, media):
    """Parts over a storage, with a draft "d1" in them; answers how to call them."""
    running = []

    def begin(**settings):
        services = make_services(tmp_path / "data", media, upload_retries=1, **settings)
        running.append(services)

        def call(op, /, **fields):
            return OPERATIONS[op](fields, services).model_dump(mode="json")

        call("create_draft", draft_id="d1", name="片头 😀")
        call("add_text", draft_id="d1", text="a")
        call.services = services
        return call

    yield begin
    for services in running:
        services.close()


def texts(archive):
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return len(json.loads(opened.read("片头 😀/draft_content.json"))["materials"]["texts"])


def brought(url):
    answer = requests.get(url, timeout=10)
    assert answer.status_code == 200, answer.text
    return answer.content


def test_a_save_is_uploaded_and_its_draft_url_brings_it(place, start):
    call = start(**place.settings, is_upload_draft=True)
    state = call("save_draft", draft_id="d1", wait=30)
    assert (state["status"], state["storage"], state["upload_error"]) == ("completed", place.kind, "")
    assert texts(brought(state["draft_url"])) == 1
    assert unquote(state["draft_url"].split("?")[0]).endswith(f"/drafts/d1/{state['task_id']}/片头 😀.zip")
    assert call("query_draft_status", task_id=state["task_id"])["storage"] == place.kind


def test_an_upload_is_asked_for_or_declined_by_the_request(place, start):
    call = start(**place.settings)
    assert call("save_draft", draft_id="d1", wait=30)["storage"] == "local"
    assert call("save_draft", draft_id="d1", wait=30, upload=True)["storage"] == place.kind
    call = start(**place.settings, is_upload_draft=True)
    assert call("save_draft", draft_id="d1", wait=30, upload=False)["storage"] == "local"


def test_without_a_storage_an_upload_is_refused_and_nothing_is_saved(start):
    call = start()
    for dry_run in (False, True):
        with pytest.raises(NoStorageError, match="can set oss_config or s3_config or folder_config$"):
            call("save_draft", draft_id="d1", upload=True, dry_run=dry_run)
    assert call.services.tasks.latest("d1") is None


def test_generate_draft_url_makes_a_fresh_link_for_as_long_as_it_leads_to_the_draft(oss, start):
    call = start(**oss.settings)
    assert call("generate_draft_url", draft_id="d1")["storage"] == "local"
    state = call("save_draft", draft_id="d1", wait=30, upload=True)
    answer = call("generate_draft_url", draft_id="d1")
    assert answer["storage"] == "oss" and texts(brought(answer["draft_url"])) == 1
    call("add_text", draft_id="d1", text="b", start=5, end=6)
    answer = call("generate_draft_url", draft_id="d1")
    assert answer["storage"] == "local" and answer["draft_url"].startswith("/draft/downloader?")
    call("undo", draft_id="d1")
    call("save_draft", draft_id="d1", wait=30, upload=True)
    oss.server.objects.clear()  # by a rule of the bucket
    assert call("generate_draft_url", draft_id="d1")["storage"] == "local"
    assert call("query_draft_status", task_id=state["task_id"])["draft_url"].startswith(oss.url)


def ended(call, **fields):
    """The answer of generate_draft_url once its save has ended, and the tasks that it named."""
    tasks = []
    while True:
        answer = call("generate_draft_url", draft_id="d1", force_save=True, **fields)
        tasks.append(answer["task_id"])
        if answer["status"] == "completed":
            return answer, tasks
        assert answer["status"] == "processing" and answer["draft_url"].startswith("/draft/downloader?")
        call("query_draft_status", task_id=answer["task_id"], wait=30)


def test_a_link_of_what_is_not_saved_yet_can_be_forced(place, start):
    call = start(**place.settings)
    answer, tasks = ended(call)
    assert answer["storage"] == place.kind and texts(brought(answer["draft_url"])) == 1
    assert len(tasks) == 2 and len(set(tasks)) == 1  # begun by the first call, found by the second
    call("add_text", draft_id="d1", text="b", start=5, end=6)
    call("generate_draft_url", draft_id="d1", force_save=True, dry_run=True)
    again, tasks = ended(call)
    assert texts(brought(again["draft_url"])) == 2 and answer["task_id"] not in tasks
    assert ended(call)[1] == [again["task_id"]]


def test_it_is_saved_for_the_folder_and_system_that_are_asked_for(start):
    call = start()
    plain, _ = ended(call)
    answer, tasks = ended(call, draft_folder="/Users/me/Movies/CapCut", client_os="mac")
    assert plain["task_id"] not in tasks and answer["storage"] == "local"
    task = call.services.tasks.get(answer["task_id"])
    assert (task.asked["client_os"], task.asked["root"]) == ("mac", "/Users/me/Movies/CapCut")
    with pytest.raises(InvalidRequestError, match="^client_os: "):
        call("generate_draft_url", draft_id="d1", force_save=True, draft_folder="C:/drafts", client_os="mac")
    answer = call("generate_draft_url", draft_id="d1", draft_folder="C:/drafts")
    assert answer["status"] is None and answer["warnings"][0].startswith("draft_folder: counts with force_save")


def test_what_was_uploaded_goes_when_the_draft_is_purged(oss, start):
    call = start(**oss.settings, is_upload_draft=True)
    for _ in range(2):
        call("save_draft", draft_id="d1", wait=30)
    call("delete_draft", draft_id="d1")
    assert len(oss.server.objects) == 2
    call("delete_draft", draft_id="d1", purge=True, dry_run=True)
    assert len(oss.server.objects) == 2
    call("delete_draft", draft_id="d1", purge=True)
    assert oss.server.objects == {} and call.services.uploads.of("d1") == []


def test_a_storage_that_refuses_keeps_no_draft_from_being_purged(oss, start, caplog):
    call = start(**oss.settings, is_upload_draft=True)
    call("save_draft", draft_id="d1", wait=30)
    call.services.storage._config = oss.config(access_key_secret="wrong")
    vars(call.services.storage).pop("_bucket")
    call("delete_draft", draft_id="d1", purge=True)
    assert "uploads of the purged draft d1 are still in the storage" in caplog.text
    assert call.services.store.entry("d1") is None and call.services.uploads.of("d1")


def test_what_cannot_be_uploaded_is_failed_by_name_and_stays_here(oss, start):
    call = start(oss_config=oss.config(access_key_secret="hush-hush"), is_upload_draft=True)
    app = create_app(services=call.services)
    body = app.test_client().post("/v1/save_draft", json={"draft_id": "d1", "wait": 30})
    failure, state = body.get_json(), body.get_json()["details"]
    assert (body.status_code, failure["code"]) == (502, "storage_failed")
    why = "the storage refused it: the secret of the access key is not accepted"
    assert (state["status"], state["storage"], state["upload_error"]) == ("failed", "local", why)
    assert (
        state["message"] == f"the draft is saved, but it was not uploaded: {why}; draft_url leads to it on this service"
    )
    assert state["partial"] and state["removed_segments"] == []
    assert texts(app.test_client().get(state["draft_url"]).data) == 1
    assert texts(app.test_client().get("/draft/downloader?draft_id=d1").data) == 1
    assert call.services.tasks.latest("d1").task_id == state["task_id"], "the link does not save it again"


def test_a_medium_and_an_upload_that_fail_are_both_told(oss, start, media):
    call = start(oss_config=oss.config(bucket_name="nobody"), is_upload_draft=True)
    call("add_video", draft_id="d1", video_url=media.missing(URL))
    task = call("save_draft", draft_id="d1")["task_id"]
    state = call.services.tasks.wait(task, 30)
    assert "draft_url leads to the draft without them, but it was not uploaded: " in state.message
    assert state.failure == (502, "save_failed") and state.upload_error


def test_a_draft_without_a_medium_is_uploaded_too(oss, start, media):
    call = start(**oss.settings, is_upload_draft=True)
    call("add_video", draft_id="d1", video_url=media.missing(URL))
    task = call("save_draft", draft_id="d1")["task_id"]
    call.services.tasks.wait(task, 30)
    state = call("query_draft_status", task_id=task)
    assert (state["status"], state["partial"], state["storage"]) == ("failed", True, "oss")
    assert texts(brought(state["draft_url"])) == 1


def test_a_connection_that_breaks_costs_a_second_try_only(oss, start):
    with Cutting(oss.url, cuts=1, after=500) as way:
        call = start(oss_config=oss.config(endpoint=way.url), is_upload_draft=True)
        assert call("save_draft", draft_id="d1", wait=30)["status"] == "completed"
        assert way.cuts == 0


def test_progress_goes_from_90_to_99(oss, start, monkeypatch):
    call = start(**oss.settings, is_upload_draft=True)
    told, update = [], type(call.services.tasks).update

    def noted(self, task_id, change=None, **changes):
        told.extend([changes["progress"]] if "uploaded" in changes.get("message", "") else [])
        return update(self, task_id, change, **changes)

    monkeypatch.setattr(type(call.services.tasks), "update", noted)
    for number in range(200):
        call("add_text", draft_id="d1", text=f"{number} " * 100, start=5 + number, end=6 + number)
    assert call("save_draft", draft_id="d1", wait=30)["progress"] == 100
    assert told == sorted(told) and told[0] >= 90 and told[-1] == 99


def test_a_service_that_stops_leaves_the_upload_to_the_next(oss, start):
    call = start(**oss.settings, is_upload_draft=True)
    storage, began = call.services.storage, threading.Event()
    put = storage.put

    def stopped(source, name, on_bytes):
        call.services.stopping.set()
        began.set()
        put(source, name, on_bytes)

    storage.put = stopped
    task = call("save_draft", draft_id="d1")["task_id"]
    assert began.wait(30)
    call.services.runner.close()
    assert call.services.tasks.get(task).status == "processing"
    assert list(call.services.settings.data_dir.rglob("*.zip")) == [] and oss.server.objects == {}


def test_no_secret_is_seen_anywhere(oss, tmp_path, caplog):
    settings = Settings(data_dir=tmp_path / "real", log_level="DEBUG", is_upload_draft=True, **oss.settings)
    app = create_app(settings)
    client, seen = app.test_client(), []
    client.post("/add_text", json={"draft_id": "d1", "text": "a"})
    for config in (settings.oss_config, oss.config(bucket_name="nobody")):
        app.extensions["services"].storage._config = config
        vars(app.extensions["services"].storage).pop("_bucket", None)
        seen.append(client.post("/save_draft", json={"draft_id": "d1", "wait": 30}).text)
        seen.append(client.post("/query_draft_status", json={"task_id": "d1"}).text)
    seen.append(client.get("/openapi.json").text)
    app.extensions["services"].close()
    assert '"status":"completed"' in seen[0] and '"status":"failed"' in seen[2]
    assert SECRET not in "".join(seen) + caplog.text + repr(settings)
    files = [path.read_bytes() for path in (tmp_path / "real").rglob("*") if path.is_file()]
    assert not [content for content in files if SECRET.encode() in content]
