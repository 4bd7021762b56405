"""How far a save is, told as it goes on: the long poll, and server-sent events of real servers."""

import json
import os
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

import pytest
import requests

from errors import StoreError
from store.following import Followers
from store.sqlite_store import SqliteStore
from store.tasks import Task, TaskStore

from .fakes import HOUR, make_services
from .http_server import MediaServer
from .test_doors import assert_failure
from .test_readme import ROOT, SERVERS, answers, free_port
from .test_tasks import ASKED


def events(lines):
    """(name, data) of each message; (None, None) for a sign of life."""
    name, data = None, None
    for line in lines:
        line = line if isinstance(line, str) else line.decode()
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            data = json.loads(line.removeprefix("data: "))
        elif line.startswith(": "):
            yield None, None
        elif not line and name:
            yield name, data
            name, data = None, None


@pytest.fixture
def task(services, draft):
    """A save that another process runs: what it says is told by `task.update`."""

    class Running:
        tasks = TaskStore(services.store, HOUR)

        def update(self, **changes):
            return self.tasks.update("t1", **changes)

    running = Running()
    running.tasks.add(Task("t1", draft, 1, "capcut", "", ASKED))
    return running


# ---- long poll


@pytest.mark.parametrize(
    "asked, news",
    [
        ({"last_status": "initialized"}, {"status": "processing"}),
        ({"after_progress": 0}, {"status": "processing", "progress": 5}),
        ({"last_status": "processing", "after_progress": 50}, {"status": "processing", "progress": 51}),
        ({}, {"status": "completed", "progress": 100}),
        ({"last_status": "initialized"}, {"status": "failed"}),
    ],
)
def test_who_waits_is_answered_when_there_is_news(call, task, asked, news):
    if "processing" in asked.values():
        task.update(status="processing", progress=50)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(call, "query_draft_status", task_id="t1", wait=60, **asked)
        time.sleep(0.05)
        assert not answer.done()
        if not asked:
            task.update(status="processing", progress=70)  # no news to who waits for the end
        task.update(**news)
        task.tasks.renew()  # as the keeper of its process does
        state = answer.result(30)
    assert {name: state[name] for name in news} == news


def test_what_is_news_already_is_answered_at_once(client, task):
    task.update(status="processing", progress=20)
    for query in ("wait=60&last_status=initialized", "wait=60&after_progress=19", "wait=0", "wait=0.05"):
        answer = client.get(f"/v1/tasks/t1?{query}")
        assert answer.get_json()["output"]["progress"] == 20, query


def test_those_for_whom_no_thread_is_left_are_answered_at_once(tmp_path, media):
    services = make_services(tmp_path, media)
    tasks = services.tasks
    tasks.add(Task("t1", "d1", 1, "capcut", "", ASKED))
    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(tasks.wait, "t1", 60) for _ in range(8)]
        while tasks._waiting._value:
            time.sleep(0.01)
        assert tasks.wait("t1", 60).status == "initialized"
        tasks.update("t1", status="completed")
        assert {one.result(30).status for one in waiting} == {"completed"}
    services.close()


# ---- events


def test_a_stream_replays_the_last_state_tells_each_change_and_ends_after_the_last(client, call, task):
    task.update(status="processing", progress=5, message="fetching media")
    answer = client.get("/v1/tasks/d1/events", buffered=False)
    assert (answer.status_code, answer.mimetype) == (200, "text/event-stream")
    heard = events(line for chunk in answer.iter_encoded() for line in chunk.split(b"\n"))
    name, state = next(heard)
    assert (name, state["progress"], state["message"]) == ("progress", 5, "fetching media")
    task.update(status="completed", progress=100, has_archive=True)
    name, state = next(heard)
    assert (name, state["status"]) == ("end", "completed") and state["draft_url"].startswith("http://localhost/draft")
    assert not list(heard)
    again = client.get("/v1/tasks/d1/events")
    assert [name for name, _ in events(again.get_data().split(b"\n"))] == ["end"] and b"id: end\n" in again.get_data()
    assert client.get("/v1/tasks/d1/events", headers={"Last-Event-ID": "end"}).status_code == 204


def test_a_stream_without_news_gives_signs_of_life(client, task, monkeypatch):
    monkeypatch.setattr("watch_task_impl._SILENCE", 0.01)
    answer = client.get("/v1/tasks/t1/events", buffered=False)
    heard = events(line for chunk in answer.iter_encoded() for line in chunk.split(b"\n"))
    assert [next(heard)[0] for _ in range(3)] == ["progress", None, None]
    answer.close()


def test_only_so_many_are_streamed_to_and_who_leaves_makes_room(client, services, task):
    def open_stream():
        answer = client.get("/v1/tasks/t1/events", buffered=False)
        return answer, next(answer.iter_encoded()) if answer.status_code == 200 else None

    open_streams = [open_stream()[0] for _ in range(4)]
    refused = assert_failure(client.get("/v1/tasks/t1/events"), 503, "too_many_streams")
    assert "query_draft_status with wait" in refused["error"]
    assert client.post("/v1/watch_task", json={"task_id": "t1"}).get_json()["output"]["status"] == "initialized"
    for stream in open_streams:
        stream.close()
    for _ in range(9):
        answer, _ = open_stream()
        assert answer.status_code == 200
        answer.close()
    assert not services.tasks._followers._followers


def test_a_store_that_cannot_be_read_is_asked_again_after_a_moment_and_not_at_once(monkeypatch):
    pauses, asked, told = [], [], SimpleQueue()
    monkeypatch.setattr("store.following.time.sleep", pauses.append)

    def look(task_ids):
        asked.append(task_ids)
        if len(asked) <= 3:
            raise StoreError("out of reach")
        return {"t1": Task("t1", "d1", 1, "capcut", status="completed")}

    followers = Followers(look)
    followers.follow("t1", told.put)
    assert told.get(timeout=30).status == "completed" and len(asked) == 4 and pauses == [1.0] * 3


def test_a_stream_of_nothing_is_not_found(client):
    assert_failure(client.get("/v1/tasks/nothing/events"), 404, "task_not_found")


# ---- real servers


@pytest.fixture
def gated(tmp_path, media_server):
    """A media server whose clip comes when its gate is opened."""
    with MediaServer(media_server.folder) as server:
        yield server


class Service(str):
    """The base URL of a service, and its process."""

    def __new__(cls, url, process):
        made = super().__new__(cls, url)
        made.process = process
        return made


@pytest.fixture(params=SERVERS)
def service(request, tmp_path):
    """The base URL of a service that has just started; under gunicorn of two processes."""
    port = free_port()
    given = {"PORT": port, "DATA_DIR": tmp_path / "data", "WORKERS": 2, "ALLOW_PRIVATE_ADDRESSES": "true"}
    environment = os.environ | {f"CAPCUT_{name}": str(value) for name, value in given.items()}
    server = subprocess.Popen(SERVERS[request.param], cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    while not answers(port):
        assert server.poll() is None
        time.sleep(0.05)
    yield Service(f"http://127.0.0.1:{port}", server)
    server.terminate()
    server.wait(30)


def test_real_servers_stream_to_many_clients_at_once(service, gated):
    def post(path, **fields):
        return requests.post(f"{service}{path}", json=fields, timeout=60).json()["output"]

    post("/create_draft", draft_id="d1")
    post("/add_video", draft_id="d1", video_url=gated.url("gate/clip.mp4"), end=0.2)
    task = post("/v1/save_draft", draft_id="d1")["task_id"]
    heard_first = SimpleQueue()

    def listen(_):
        heard = []
        with requests.get(f"{service}/v1/tasks/{task}/events", stream=True, timeout=60) as answer:
            assert answer.headers["Content-Type"].startswith("text/event-stream")
            for name, state in events(answer.iter_lines(chunk_size=1)):
                heard += [(name, state)] if name else []
                heard_first.put(name)
        return heard

    with ThreadPoolExecutor(4) as pool:
        listening = [pool.submit(listen, number) for number in range(4)]
        for _ in range(4):
            heard_first.get(timeout=60)
        gated.open_gate()
        listened = [one.result(60) for one in listening]
    for heard in listened:
        names, states = [name for name, _ in heard], [state for _, state in heard]
        assert names == ["progress"] * (len(heard) - 1) + ["end"]
        assert states[-1]["status"] == "completed" and states[-1]["draft_url"].startswith(service)
        assert [one["progress"] for one in states] == sorted(one["progress"] for one in states)


def test_a_stop_ends_waits_and_streams_at_once_and_is_no_try_of_the_save(service, gated, tmp_path):
    def post(path, **fields):
        return requests.post(f"{service}{path}", json=fields, timeout=60).json()["output"]

    post("/create_draft", draft_id="d1")
    post("/add_video", draft_id="d1", video_url=gated.url("gate/clip.mp4"), end=0.2)
    task = post("/v1/save_draft", draft_id="d1")["task_id"]
    with ThreadPoolExecutor(1) as pool:
        stream = requests.get(f"{service}/v1/tasks/{task}/events", stream=True, timeout=60)
        heard = events(stream.iter_lines(chunk_size=1))
        assert next(heard)[0] == "progress"
        waiting = pool.submit(requests.get, f"{service}/v1/tasks/{task}?wait=600", timeout=60)
        time.sleep(0.5)  # for it to be waiting
        service.process.terminate()
        state = waiting.result(60).json()["output"]
        assert (state["task_id"], state["finished_at"]) == (task, "")
        assert "end" not in [name for name, _ in heard]
    assert service.process.wait(60) is not None
    left = SqliteStore(tmp_path / "data" / "drafts.db", "normal")
    tasks = TaskStore(left, HOUR)
    assert left.keys("running") == []
    assert [(one.task_id, one.tries) for one in tasks.take_over()] == [(task, 1)]
    left.close()
    gated.open_gate()
