"""list_tasks, cancel_task and retry_task."""

import threading
import time

import pytest

from capcut_server import create_app
from errors import ConflictError, DraftNotFoundError, SaveFailedError, TaskFinishedError, TaskNotFoundError
from operations import OPERATIONS
from saving.job import STEPS
from settings import Settings
from store.tasks import TaskStore

from .fakes import HOUR, make_services
from .test_doors import assert_failure

URLS = [f"https://example.com/{number}.mp4" for number in range(40)]


@pytest.fixture
def full(call, draft, media):
    """A draft with many media and a text."""
    for start, url in enumerate(URLS):
        call("add_video", draft_id=draft, video_url=media.video(url), end=1, target_start=start)
    call("add_text", draft_id=draft, text="Hi")
    return draft


@pytest.fixture
def held(services, media, monkeypatch):
    """Saves wait at their first medium: `held.begun` says that one does, `held.go` lets it go on."""

    class Held:
        begun, go = threading.Event(), threading.Event()

    def fetch(url, target, *hearers):
        Held.begun.set()
        assert Held.go.wait(30)
        time.sleep(0.02)
        return type(media).fetch(media, url, target, *hearers)

    monkeypatch.setattr(services.media, "_fetch", fetch)
    yield Held
    Held.go.set()


def nothing_is_left(services):
    services.runner.close()
    return not [path for path in (services.settings.data_dir / "drafts").rglob("*") if path.is_file()]


def test_a_cancelled_save_stops_between_files_and_leaves_nothing(full, call, services, media, held):
    services.media._workers = 1
    task = call("save_draft", draft_id=full)["task_id"]
    assert held.begun.wait(30)
    state = call("cancel_task", task_id=task)
    assert (state["status"], state["success"], state["draft_url"]) == ("cancelled", False, "")
    assert state["message"] == "cancelled on request" and state["finished_at"]
    held.go.set()
    assert nothing_is_left(services) and len(media.fetched) < len(URLS)
    assert call("query_draft_status", task_id=task) == state


@pytest.mark.parametrize("step", [step.__name__ for _, _, step in STEPS])
def test_a_save_can_be_cancelled_by_another_process_at_any_step(full, call, services, monkeypatch, step):
    other = TaskStore(services.store, HOUR)

    def cancelled(save, step):
        if not save.services.tasks.get(save.task_id).is_finished:
            other.cancel(save.task_id)
        step(save)

    steps = [
        (percent, message, (lambda save, one=one: cancelled(save, one)) if one.__name__ == step else one)
        for percent, message, one in STEPS
    ]
    monkeypatch.setattr("saving.job.STEPS", steps)
    with pytest.raises(SaveFailedError, match="cancelled on request") as failure:
        call("save_draft", draft_id=full, wait=30)
    assert (failure.value.status, failure.value.code) == (409, "save_cancelled")
    assert nothing_is_left(services)
    assert call("query_draft_status", task_id=full)["status"] == "cancelled"


def test_a_save_that_is_cancelled_when_it_is_whole_leaves_nothing_all_the_same(full, call, services, monkeypatch):
    finish = services.saved.finish

    def finished(work):
        place = finish(work)
        TaskStore(services.store, HOUR).cancel(full)
        return place

    monkeypatch.setattr(services.saved, "finish", finished)
    with pytest.raises(SaveFailedError, match="cancelled on request"):
        call("save_draft", draft_id=full, wait=30)
    assert nothing_is_left(services)


def test_a_save_that_waits_for_a_worker_is_cancelled_too(tmp_path, media, held, monkeypatch):
    services = make_services(tmp_path, media, save_workers=1)
    monkeypatch.setattr(services.media, "_fetch", lambda *_: held.go.wait(30) and "")
    for name, fields in (("d1", {"video_url": media.video(URLS[0])}), ("d2", {"text": "a"})):
        OPERATIONS["add_video" if name == "d1" else "add_text"]({"draft_id": name, **fields}, services, strict=False)
        OPERATIONS["save_draft"]({"draft_id": name}, services)
    assert OPERATIONS["cancel_task"]({"task_id": "d2"}, services).status == "cancelled"
    held.go.set()
    services.runner.close()
    assert services.saved.archive("d2") is None and services.tasks.get("d2").status == "cancelled"


def test_a_finished_save_cannot_be_cancelled(client, draft, call):
    call("save_draft", draft_id=draft, wait=30)
    with pytest.raises(TaskFinishedError, match="it is completed"):
        call("cancel_task", task_id=draft)
    answer = assert_failure(client.post("/v1/tasks/d1/cancel"), 409, "task_finished")
    assert answer["details"] == {"status": "completed"}
    assert_failure(client.post("/v1/tasks/nothing/cancel"), 404, "task_not_found")
    assert_failure(client.post("/cancel_task", json={"task_id": "d1"}), 200, "task_finished")


def test_a_cancelled_save_is_not_what_the_draft_is_downloaded_from(client, full, call, held):
    call("save_draft", draft_id=full)
    call("cancel_task", draft_id=full)
    held.go.set()
    assert client.get(f"/draft/downloader?draft_id={full}").status_code == 200


# ---- again


def test_a_failed_save_is_done_again_on_the_same_version_with_the_same_options(full, call, services, media):
    media.missing(URLS[0])
    with pytest.raises(SaveFailedError) as failure:
        call("save_draft", draft_id=full, wait=30, draft_folder="/Users/me/drafts", on_conflict="drop")
    failed = failure.value.details
    call("add_text", draft_id=full, text="later", start=5, end=6)
    media._missing.clear()
    again = call("retry_task", task_id=failed["task_id"], wait=30)
    assert (again["status"], again["retry_of"]) == ("completed", failed["task_id"])
    assert again["task_id"] != failed["task_id"] and again["draft_version"] == failed["draft_version"]
    old, new = services.tasks.get(failed["task_id"]), services.tasks.get(full)
    assert new.task_id == again["task_id"] and new.asked == old.asked and old.status == "failed"
    assert call("query_draft_status", task_id=failed["task_id"]) == failed


def test_a_cancelled_save_is_done_again(client, full, call, held):
    task = call("save_draft", draft_id=full)["task_id"]
    call("cancel_task", task_id=task)
    held.go.set()
    answer = client.post(f"/v1/tasks/{task}/retry", json={"wait": 30}).get_json()["output"]
    assert (answer["status"], answer["retry_of"]) == ("completed", task)


@pytest.mark.parametrize("is_held", [True, False])
def test_only_what_has_failed_is_done_again(full, call, held, is_held):
    held.go.clear() if is_held else held.go.set()
    call("save_draft", draft_id=full, wait=0 if is_held else 30)
    with pytest.raises(ConflictError, match="cancel_task ends it" if is_held else "is completed, and has not failed"):
        call("retry_task", task_id=full)
    with pytest.raises(TaskNotFoundError):
        call("retry_task", task_id="nothing")


def test_a_save_of_a_draft_that_is_gone_is_not_done_again(full, call, services, held):
    task = call("save_draft", draft_id=full)["task_id"]
    call("cancel_task", task_id=task)
    call("delete_draft", draft_id=full, purge=True)
    with pytest.raises(DraftNotFoundError):
        call("retry_task", task_id=task)
    call("create_draft", draft_id=full)
    with pytest.raises(DraftNotFoundError):
        call("retry_task", task_id=task)
    assert call("list_tasks")["total"] == 1


# ---- lists


def test_saves_are_listed_the_latest_first_by_draft_and_state(call, services, client, media):
    tasks = []
    for draft_id in ("d1", "d2", "d1"):
        call("create_draft", draft_id=draft_id) if draft_id not in services.drafts else None
        tasks.append(call("save_draft", draft_id=draft_id, wait=30))
    call("add_video", draft_id="d2", video_url=media.missing("https://example.com/gone.mp4"))
    with pytest.raises(SaveFailedError) as failure:
        call("save_draft", draft_id="d2", wait=30)
    tasks.append(failure.value.details)
    newest = sorted(tasks, key=lambda one: (one["created_at"], one["task_id"]), reverse=True)
    assert call("list_tasks")["tasks"] == newest
    assert [one["task_id"] for one in call("list_tasks", draft_id="d2", status="failed")["tasks"]] == [
        tasks[3]["task_id"]
    ]
    page = client.get("/v1/tasks?draft_id=d1&limit=1&offset=1").get_json()["output"]
    assert (
        page["total"] == 2
        and [one["task_id"] for one in page["tasks"]]
        == [one["task_id"] for one in newest if one["draft_id"] == "d1"][1:]
    )
    assert call("list_tasks", status="unfinished")["total"] == 0
    assert_failure(client.get("/v1/tasks?status=odd"), 400, "invalid_request")


def test_a_save_is_a_resource(client, call, draft):
    state = call("save_draft", draft_id=draft, wait=30)
    for path in (f"/v1/tasks/{state['task_id']}", f"/v1/tasks/{draft}", f"/get_task?task_id={draft}"):
        found = client.get(path).get_json()["output"]
        assert found | {"draft_url": ""} == state | {"draft_url": ""}, path
        assert found["draft_url"].endswith(state["draft_url"])
    assert_failure(client.get("/v1/tasks/nothing"), 404, "task_not_found")


@pytest.mark.parametrize("days, kept", [(3, 3), (0, 1)])
def test_results_are_kept_for_the_retention_days_and_a_day_at_least(tmp_path, days, kept):
    app = create_app(Settings(data_dir=tmp_path, durability="none", retention_days=days))
    client, services = app.test_client(), app.extensions["services"]
    client.post("/add_text", json={"draft_id": "d1", "text": "a"})
    fields = {"draft_id": "d1", "wait": 30, "webhook_url": "http://127.0.0.1:9/"}
    task = client.post("/v1/save_draft", json=fields).get_json()["output"]["task_id"]
    now = time.time()
    for kind in ("task", "delivery"):
        until = services.store._records[kind, task][1]
        assert kept - 0.1 < (until - now) / 86_400 <= kept, kind
    services.close()


def test_the_links_of_listed_saves_lead_to_them(client, draft):
    client.post("/add_text", json={"draft_id": draft, "text": "a"})
    client.post("/save_draft", json={"draft_id": draft})
    for listed in (client.get("/v1/tasks"), client.post("/list_tasks", json={})):
        (task,) = listed.get_json()["output"]["tasks"]
        state = client.get(f"/v1/tasks/{task['task_id']}").get_json()["output"]
        assert task["draft_url"] == state["draft_url"] and task["draft_url"].startswith("http://localhost/")
        assert client.get(task["draft_url"]).data[:2] == b"PK"
