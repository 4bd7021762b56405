"""Saves handed to a real worker of Celery, over a real Redis."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from capcut_server import create_app
from jobs.celery_runner import SAVE, celery_app
from settings import Settings, SettingsError

from .http_server import MediaServer
from .redis_server import RedisServer, programs
from .test_readme import ROOT, free_port

pytest.importorskip("celery")
COMMAND = [str(Path(sys.executable).with_name("celery")), "-A", "save_worker", "worker"]  # as the README has it
pytestmark = pytest.mark.slow


@pytest.fixture
def broker(tmp_path):
    (tmp_path / "redis").mkdir()
    server = RedisServer(next(iter(programs().values())), tmp_path / "redis")
    yield server
    if server.process.poll() is None:
        server.stop()


@pytest.fixture
def given(tmp_path, broker):
    return {"data_dir": tmp_path / "data", "celery_broker_url": broker.url, "allow_private_addresses": True}


@pytest.fixture
def client(given):
    app = create_app(Settings(**given))
    yield app.test_client()
    app.extensions["services"].close()


@pytest.fixture
def worker(given):
    """Starts worker processes."""
    started = []

    def start():
        environment = os.environ | {f"CAPCUT_{name.upper()}": str(value) for name, value in given.items()}
        process = subprocess.Popen(
            COMMAND, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.terminate()
        process.wait(60)


def save(client, **fields):
    return client.post("/v1/save_draft", json={"draft_id": "d1", **fields}).get_json()["output"]


def until_begun(client, task):
    """Wait for a worker to be at it."""
    state = client.get(f"/v1/tasks/{task}?wait=60&last_status=initialized").get_json()["output"]
    assert state["status"] == "processing"


def test_a_save_is_done_by_a_worker(client, worker):
    client.post("/add_video", json={"draft_id": "d1", "video_url": "asset://samples/clip.mp4"})
    first = save(client)
    assert (
        client.application.extensions["services"].tasks.is_alive(first["task_id"]) and first["status"] == "initialized"
    )
    worker()
    state = client.get(f"/v1/tasks/{first['task_id']}?wait=60").get_json()["output"]
    assert (state["status"], state["completed_files"]) == ("completed", 1)
    assert client.get(state["draft_url"]).data[:2] == b"PK"
    assert save(client, wait=60)["status"] == "completed"


def test_what_a_killed_worker_leaves_is_done_by_the_next(client, worker, media_server):
    with MediaServer(media_server.folder) as gated:
        client.post("/add_video", json={"draft_id": "d1", "video_url": gated.url("gate/clip.mp4")})
        first = worker()
        task = save(client)["task_id"]
        until_begun(client, task)
        first.send_signal(signal.SIGKILL)
        first.wait(60)
        gated.open_gate()
        worker()
        state = client.get(f"/v1/tasks/{task}?wait=90").get_json()["output"]
    assert state["status"] == "completed"
    assert client.application.extensions["services"].tasks.get(task).tries == 2


def test_a_save_is_cancelled_in_the_worker(client, worker, media_server, tmp_path):
    with MediaServer(media_server.folder) as gated:
        client.post("/add_video", json={"draft_id": "d1", "video_url": gated.url("gate/clip.mp4")})
        running = worker()
        task = save(client)["task_id"]
        until_begun(client, task)
        assert client.post(f"/v1/tasks/{task}/cancel").get_json()["output"]["status"] == "cancelled"
        gated.open_gate()
        running.terminate()
        assert running.wait(60) == 0
    assert not [path for path in (tmp_path / "data" / "drafts").rglob("*") if path.is_file()]


def test_a_broker_that_is_away_delays_saves_only(client, worker, broker):
    client.post("/add_text", json={"draft_id": "d1", "text": "a"})
    broker.stop(signal.SIGKILL)
    task = save(client)["task_id"]
    broker.start()
    worker()
    state = client.get(f"/v1/tasks/{task}?wait=90").get_json()["output"]
    assert state["status"] == "completed"


def test_a_message_that_comes_twice_is_done_once(client, worker, broker, media_server, tmp_path):
    with MediaServer(media_server.folder) as gated:
        client.post("/add_video", json={"draft_id": "d1", "video_url": gated.url("gate/clip.mp4")})
        worker()
        task = save(client)["task_id"]
        until_begun(client, task)
        app = celery_app(broker.url, 1)
        for _ in range(5):
            app.send_task(SAVE, [task])
        while broker.client.llen("capcut.saves"):
            time.sleep(0.05)
        gated.open_gate()
        state = client.get(f"/v1/tasks/{task}?wait=60").get_json()["output"]
    assert state["status"] == "completed" and client.get(state["draft_url"]).data[:2] == b"PK"
    assert not list((tmp_path / "data" / "drafts").rglob("*.part"))


def test_a_broker_that_goes_away_ends_no_worker_and_no_save(client, worker, broker, media_server):
    with MediaServer(media_server.folder) as gated:
        client.post("/add_video", json={"draft_id": "d1", "video_url": gated.url("gate/clip.mp4")})
        running = worker()
        first = save(client)["task_id"]
        until_begun(client, first)
        broker.stop(signal.SIGKILL)
        gated.open_gate()
        assert client.get(f"/v1/tasks/{first}?wait=60").get_json()["output"]["status"] == "completed"
        broker.start()
        second = save(client)["task_id"]
        assert client.get(f"/v1/tasks/{second}?wait=90").get_json()["output"]["status"] == "completed"
    assert running.poll() is None


def test_a_worker_that_is_stopped_leaves_its_save_to_the_next(client, worker, media_server):
    with MediaServer(media_server.folder) as gated:
        client.post("/add_video", json={"draft_id": "d1", "video_url": gated.url("gate/clip.mp4")})
        first = worker()
        task = save(client)["task_id"]
        until_begun(client, task)
        first.terminate()
        assert first.wait(60) == 0
        gated.open_gate()
        worker()
        assert client.get(f"/v1/tasks/{task}?wait=90").get_json()["output"]["status"] == "completed"
    assert client.application.extensions["services"].tasks.get(task).tries == 1


@pytest.mark.parametrize("wrong", [{"CELERY_BROKER_URL": ""}, {"DATA_DIR": "/dev/null/no"}, {"PORT": "many"}])
def test_a_worker_that_cannot_start_says_why_and_ends(given, wrong):
    settings = {name.upper(): str(value) for name, value in given.items()} | wrong
    environment = os.environ | {f"CAPCUT_{name}": value for name, value in settings.items()}
    ended = subprocess.run(COMMAND, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert ended.returncode and "cannot start:" in ended.stderr and next(iter(wrong)).lower() in ended.stderr.lower()


def test_workers_need_drafts_that_they_can_see(tmp_path):
    settings = Settings(data_dir=tmp_path, durability="none", celery_broker_url=f"redis://127.0.0.1:{free_port()}/0")
    with pytest.raises(SettingsError, match="celery_broker_url"):
        create_app(settings)
