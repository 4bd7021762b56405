"""Progress over Socket.IO, with the library's own client against real servers."""

import os
import subprocess
import sys
import threading
import time
from queue import SimpleQueue
from types import SimpleNamespace

import pytest
import requests
import socketio

from live import _Clients, transports

from .http_server import MediaServer
from .test_readme import ROOT, SERVERS, answers, free_port

WAYS = [("make run", 2, "websocket"), ("capcut_server.py", 1, "polling")]
FURTHER = [("make run", 1, "polling"), ("make run", 1, "websocket")]


@pytest.fixture(
    params=[*WAYS, *(pytest.param(way, marks=pytest.mark.slow) for way in FURTHER)],
    ids=lambda way: " ".join(map(str, way)),
)
def service(request, tmp_path):
    """The base URL of a service that has just started, and the transport to use."""
    name, workers, transport = request.param
    port = free_port()
    given = {"PORT": port, "DATA_DIR": tmp_path / "data", "WORKERS": workers, "ALLOW_PRIVATE_ADDRESSES": "true"}
    environment = os.environ | {f"CAPCUT_{key}": str(value) for key, value in given.items()}
    if name != "make run":
        environment["CAPCUT_DURABILITY"] = "none"
    server = subprocess.Popen(SERVERS[name], cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    while not answers(port):
        assert server.poll() is None
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}", transport, server
    server.terminate()
    server.wait(30)


@pytest.fixture
def connect(service):
    """A connected client and what it hears."""
    clients = []

    def connected():
        client, heard = socketio.Client(reconnection=False), SimpleQueue()
        client.on("progress_update", heard.put)
        client.connect(service[0], transports=[service[1]], wait_timeout=30)
        clients.append(client)
        return client, heard

    yield connected
    for client in clients:
        client.disconnect()


@pytest.fixture
def gated(media_server):
    with MediaServer(media_server.folder) as server:
        yield server


def test_clients_hear_the_last_state_then_each_change_up_to_the_end(service, connect, gated):
    def post(path, **fields):
        return requests.post(f"{service[0]}{path}", json=fields, timeout=60).json()["output"]

    post("/create_draft", draft_id="d1")
    post("/add_video", draft_id="d1", video_url=gated.url("gate/clip.mp4"), end=0.2)
    task = post("/v1/save_draft", draft_id="d1")["task_id"]
    everybody = [connect() for _ in range(3)]
    for client, heard in everybody:
        assert client.call("subscribe_progress", {"task_id": task}, timeout=30) == {"success": True, "task_id": task}
        first = heard.get(timeout=30)
        assert first["task_id"] == task and first["status"] in ("initialized", "processing")
    gated.open_gate()
    for _, heard in everybody:
        states = [heard.get(timeout=30)]
        while states[-1]["status"] not in ("completed", "failed"):
            states.append(heard.get(timeout=30))
        assert [one["progress"] for one in states] == sorted(one["progress"] for one in states)
        assert states[-1]["status"] == "completed" and states[-1]["draft_url"].startswith(service[0])
    late, heard = connect()
    late.call("subscribe_progress", {"task_id": "d1"}, timeout=30)
    assert heard.get(timeout=30)["status"] == "completed"
    refused = late.call("subscribe_progress", {"task_id": "nothing"}, timeout=30)
    assert (refused["success"], refused["code"]) == (False, "task_not_found")
    for asked in (None, 5, {}, {"task_id": ["a"]}):
        assert late.call("subscribe_progress", asked, timeout=30)["code"] == "invalid_request"


def test_who_comes_when_all_places_are_taken_is_turned_away_until_one_leaves(service, connect):
    if service[1] == "polling":
        pytest.skip("one is enough")
    everybody, full = [], False
    for _ in range(9):  # two processes have eight places
        try:
            everybody.append(connect()[0])
        except socketio.exceptions.ConnectionError:
            full = True
            break
    assert full and len(everybody) >= 4
    everybody[0].disconnect()
    until = time.monotonic() + 30
    while True:
        try:
            connect()
            return
        except socketio.exceptions.ConnectionError:
            assert time.monotonic() < until
            time.sleep(0.05)


def test_who_asks_twice_hears_the_state_again_and_each_change_once(service, connect, gated):
    def post(path, **fields):
        return requests.post(f"{service[0]}{path}", json=fields, timeout=60).json()["output"]

    post("/create_draft", draft_id="d1")
    post("/add_video", draft_id="d1", video_url=gated.url("gate/clip.mp4"), end=0.2)
    task = post("/v1/save_draft", draft_id="d1")["task_id"]
    client, heard = connect()
    for _ in range(5):
        assert client.call("subscribe_progress", {"task_id": task}, timeout=30)["success"]
        assert not heard.get(timeout=30)["finished_at"]
    gated.open_gate()
    ends = []
    while not ends:
        ends += [state for state in [heard.get(timeout=30)] if state["finished_at"]]
    client.call("subscribe_progress", {"task_id": task}, timeout=30)
    ends.append(heard.get(timeout=30))
    assert ends[0] == ends[1] and heard.empty(), "five times asked, told of one end"


def test_a_stop_disconnects_who_is_connected(service, connect):
    client, gone = connect()[0], threading.Event()
    client.on("disconnect", lambda *_: gone.set())
    service[2].terminate()
    assert gone.wait(30)
    assert service[2].wait(30) is not None


def test_a_process_that_ends_lets_go_of_its_clients_by_itself(services):
    gone = []
    clients = _Clients(SimpleNamespace(disconnect=gone.append), services)
    environ = {"wsgi.url_scheme": "http"}
    assert clients.connect("a", environ) and clients.connect("b", environ)
    services.stopping.set()
    clients.leave_at_the_end()
    assert gone == ["a", "b"]


def test_who_comes_with_the_wrong_transport_is_told_the_right_one(service):
    answer = requests.get(f"{service[0]}/socket.io/?EIO=4&transport=pigeon", timeout=30)
    assert answer.status_code == 400 and "speaks Socket.IO with transports: [" in answer.text


@pytest.mark.parametrize(
    "environ, processes, ways",
    [
        ({}, 1, ["polling"]),
        ({"gunicorn.socket": 1}, 1, ["polling", "websocket"]),
        ({"gunicorn.socket": 1}, 2, ["websocket"]),
    ],
)
def test_the_transports_are_those_that_the_server_can(environ, processes, ways):
    assert transports(environ, processes) == ways


def test_nobody_waits_for_the_library_who_does_not_use_it():
    code = "import sys, capcut_server; capcut_server.create_app(); print('socketio' in sys.modules)"
    environment = os.environ | {"CAPCUT_DURABILITY": "none"}
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert found.stdout.strip() == "False", found.stderr
