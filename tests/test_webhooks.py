"""Webhooks: a real service tells a real receiver, which fails first."""

import json
import re
import socket
import threading
import time
from contextlib import ExitStack, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue

import pytest

import webhooks
from capcut_server import create_app
from settings import Settings, SettingsError, load
from store.deliveries import Deliveries, Delivery
from store.memory_store import MemoryStore
from webhooks import Signer, pause

from .fakes import HOUR
from .test_doors import assert_failure
from .test_readme import ROOT

SECRET = "a-secret-of-the-two-of-us"


class Receiver:
    """A server on loopback that answers the statuses in `answers`, then 204, and keeps what it hears."""

    def __init__(self, *answers):
        heard, answers = SimpleQueue(), list(answers)

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                heard.put(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(answers.pop(0) if answers else 204)
                self.send_header("Location", self.path)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.heard = heard
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hook?key=hidden"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def next(self):
        """Headers and message of what it hears next."""
        headers, body = self.heard.get(timeout=30)
        return headers, json.loads(body), body

    def close(self):
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def receiver():
    made = []

    def make(*answers):
        made.append(Receiver(*answers))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def start(tmp_path):
    """Start a service over the same data; the client of each."""
    apps = []

    def started(**settings):
        given = {"data_dir": tmp_path / "data", "allow_private_addresses": True, "webhook_secret": SECRET}
        apps.append(create_app(Settings(**given | settings)))
        return apps[-1].test_client()

    started.stop = lambda: apps.pop().extensions["services"].close()
    yield started
    while apps:
        started.stop()


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(webhooks, "_FIRST_PAUSE", 0.01)


def post(client, name, **fields):
    return client.post(f"/v1/{name}", json=fields).get_json()


def save(client, url, **fields):
    client.post("/add_text", json={"draft_id": "d1", "text": "a"})
    return post(client, "save_draft", draft_id="d1", webhook_url=url, **fields)["output"]["task_id"]


def log_once(client, task, state):
    """The log of a delivery once it is in that state."""
    until = time.monotonic() + 60
    while True:
        log = client.get(f"/v1/tasks/{task}/deliveries").get_json()["output"]
        if log["state"] == state:
            return log
        assert time.monotonic() < until, log
        time.sleep(0.05)


# ---- telling


def test_the_end_of_a_save_is_told_signed_and_with_what_the_caller_gave(start, receiver):
    client, hook = start(), receiver()
    task = save(client, hook.url, metadata={"order": 7, "who": ["你好"]})
    headers, message, body = hook.next()
    assert (message["type"], message["data"]["status"]) == ("save.completed", "completed")
    assert message["data"]["metadata"] == {"order": 7, "who": ["你好"]} and message["data"]["task_id"] == task
    assert message["data"]["draft_url"].startswith("http://localhost/draft/downloader?draft_id=d1")
    assert client.get(message["data"]["draft_url"]).status_code == 200
    assert headers["content-type"] == "application/json" and headers["webhook-id"] == task
    assert verifier()(headers, body, SECRET) and not verifier()(headers, body + b" ", SECRET)
    state = client.get(f"/v1/tasks/{task}").get_json()["output"]
    assert message["data"] | {"draft_url": state["draft_url"]} == state
    log = log_once(client, task, "delivered")
    assert [one["status"] for one in log["attempts"]] == [204] and log["webhook"].endswith("/hook")
    assert log["next_attempt_at"] == "" and hook.heard.empty()


def verifier():
    """The function that docs/webhooks.md gives to receivers."""
    text = (ROOT / "docs" / "webhooks.md").read_text(encoding="utf-8")
    found = {}
    exec(re.search(r"```python\n(.*?)```", text, re.DOTALL)[1], found)
    return found["is_ours"]


def test_a_message_that_is_old_or_of_another_key_is_not_ours():
    is_ours, now = verifier(), int(time.time())
    assert is_ours(Signer(SECRET).headers("t1", now, b"{}"), b"{}", SECRET)
    assert not is_ours(Signer(SECRET).headers("t1", now - 301, b"{}"), b"{}", SECRET)
    assert not is_ours(Signer("another-secret-key").headers("t1", now, b"{}"), b"{}", SECRET)
    assert not is_ours(Signer().headers("t1", now, b"{}"), b"{}", SECRET)
    coded = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    assert is_ours(Signer(coded).headers("t1", now, b"{}"), b"{}", coded)


def test_signatures_are_those_of_the_standard():
    """The example of its specification, checked with its own library elsewhere."""
    signer = Signer("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    headers = signer.headers("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert "webhook-signature" not in Signer().headers("t1", 1, b"{}")


@pytest.mark.parametrize("answers", [(500, 503), (302,), (404, 429)])
def test_a_receiver_that_fails_first_is_told_again(start, receiver, impatient, answers):
    client, hook = start(), receiver(*answers)
    task = save(client, hook.url)
    heard = [hook.next() for _ in range(len(answers) + 1)]
    assert len({headers["webhook-id"] for headers, *_ in heard}) == len({body for *_, body in heard}) == 1
    log = log_once(client, task, "delivered")
    assert [one["status"] for one in log["attempts"]] == [*answers, 204]
    assert [bool(one["error"]) for one in log["attempts"]] == [True] * len(answers) + [False]
    assert hook.heard.empty()


def test_failures_and_cancels_are_told_too(start, receiver, media_server):
    client, hook = start(download_retries=0), receiver()
    client.post("/add_video", json={"draft_id": "d1", "video_url": media_server.url("status/404/x.mp4")})
    post(client, "save_draft", draft_id="d1", webhook_url=hook.url)
    failed = hook.next()[1]
    assert failed["type"] == "save.failed" and "HTTP 404" in failed["data"]["failed_files"][0]["reason"]
    client.post("/replace_media", json={"draft_id": "d1", "url": media_server.url("mute/clip.mp4")})
    client.post("/add_video", json={"draft_id": "d2", "video_url": media_server.url("mute/clip.mp4")})
    task = post(client, "save_draft", draft_id="d2", webhook_url=hook.url)["output"]["task_id"]
    client.post(f"/v1/tasks/{task}/cancel")
    assert hook.next()[1]["type"] == "save.cancelled"


def test_a_save_that_is_done_again_is_told_again(start, receiver, media_server):
    client, hook = start(download_retries=0), receiver()
    client.post("/add_video", json={"draft_id": "d1", "video_url": media_server.url("status/404/x.mp4")})
    post(client, "save_draft", draft_id="d1", webhook_url=hook.url, metadata={"a": 1})
    first = hook.next()[1]["data"]
    client.post(f"/v1/tasks/{first['task_id']}/retry")
    second = hook.next()[1]["data"]
    assert (second["retry_of"], second["metadata"]) == (first["task_id"], {"a": 1})


def test_a_restart_forgets_nothing(start, receiver, monkeypatch):
    client, hook = start(), receiver(500)
    monkeypatch.setattr(webhooks, "_FIRST_PAUSE", 0.5)
    task = save(client, hook.url)
    hook.next()
    log = log_once(client, task, "waiting")
    start.stop()
    assert hook.heard.empty() and len(log["attempts"]) <= 1
    again = start()
    assert hook.next()[1]["type"] == "save.completed"
    assert [one["status"] for one in log_once(again, task, "delivered")["attempts"]] == [500, 204]


def test_who_never_hears_is_given_up(start, receiver, impatient):
    client = start(webhook_patience=0)
    silent = receiver(*[500] * 50)
    log = log_once(client, save(client, silent.url), "given_up")
    assert [one["status"] for one in log["attempts"]] == [500] and log["next_attempt_at"] == ""
    start.stop()
    gone = receiver(410)
    client = start()
    assert len(log_once(client, save(client, gone.url), "given_up")["attempts"]) == 1


def test_addresses_are_under_the_guard_of_media(start, receiver):
    hook = receiver()
    client = start(allow_private_addresses=False)
    log = log_once(client, save(client, hook.url), "waiting")
    until = time.monotonic() + 30
    while not log["attempts"]:
        assert time.monotonic() < until
        log = client.get(f"/v1/tasks/{log['task_id']}/deliveries").get_json()["output"]
    assert "address not allowed" in log["attempts"][0]["error"] and log["next_attempt_at"]
    tried = post(client, "test_webhook", webhook_url=hook.url)["output"]
    assert (tried["delivered"], tried["status"]) == (False, None) and "address not allowed" in tried["error"]
    assert hook.heard.empty()


@pytest.fixture
def dripping():
    """The address of a server that answers a header every 20 ms, and never the last."""

    def drip(connection):
        connection.recv(65_536)
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        with suppress(OSError):  # the client leaves
            while True:
                connection.sendall(b"X: y\r\n")
                time.sleep(0.02)

    def serve():
        with suppress(OSError):
            while True:
                threading.Thread(target=drip, args=(listening.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/secret-path"
        listening.shutdown(socket.SHUT_RDWR)


def test_a_receiver_that_drips_cannot_hold_a_sender(start, dripping, monkeypatch):
    monkeypatch.setattr("downloader._POST_SECONDS", 0.2)
    tried = post(start(), "test_webhook", webhook_url=dripping)["output"]
    assert not tried["delivered"] and tried["error"] == "for 0.2 s nothing came of what the server sent"


def test_the_log_of_the_service_names_the_host_of_a_webhook_only(start, receiver, capsys):
    client, hook = start(webhook_patience=0), receiver(500)
    task = save(client, hook.url)
    log_once(client, task, "given_up")
    said = capsys.readouterr().err
    assert f"webhook of save {task} at 127.0.0.1: answered 500" in said
    assert "/hook" not in said and "hidden" not in said and SECRET not in said


def test_only_so_many_callers_try_out_webhooks_at_once(start, receiver):
    client, hook = start(query_wait=0), receiver()
    services = client.application.extensions["services"]
    with ExitStack() as turns:
        for _ in range(services.settings.waiters):
            turns.enter_context(services.turn())
        fields = {"webhook_url": hook.url}
        assert_failure(client.post("/v1/test_webhook", json=fields), 503, "busy")
    assert post(client, "test_webhook", webhook_url=hook.url)["output"]["delivered"]


def test_what_is_due_waits_in_line_once_however_often_it_is_found(start, dripping, monkeypatch):
    client = start()
    hooks, entered = client.application.extensions["services"].webhooks, threading.Semaphore(0)
    go = threading.Event()

    def slow(url, body, headers):
        entered.release()
        assert go.wait(30)
        return 204

    monkeypatch.setattr(hooks, "_post", slow)
    tasks = [save(client, dripping) for _ in range(webhooks._SENDERS + 3)]
    for _ in range(webhooks._SENDERS):
        assert entered.acquire(timeout=30)
    for task in tasks:
        client.get(f"/v1/tasks/{task}?wait=30")
    for _ in range(20):
        hooks.deliver_due()
    assert hooks._pool._work_queue.qsize() <= len(tasks)
    go.set()
    for task in tasks:
        assert len(log_once(client, task, "delivered")["attempts"]) == 1


def test_an_end_that_is_heard_after_the_close_is_told_by_the_next_process(start, receiver, capsys):
    client, hook = start(), receiver()
    client.application.extensions["services"].webhooks.close()
    save(client, hook.url, wait=30)
    while client.application.extensions["services"].tasks._followers._followers:
        time.sleep(0.01)
    start.stop()
    assert hook.heard.empty() and "Traceback" not in capsys.readouterr().err
    start()
    assert hook.next()[1]["type"] == "save.completed"


def test_a_save_without_a_webhook_has_none(start):
    client = start()
    client.post("/add_text", json={"draft_id": "d1", "text": "a"})
    task = post(client, "save_draft", draft_id="d1", wait=30)["output"]["task_id"]
    assert client.get(f"/v1/tasks/{task}/deliveries").get_json()["output"]["state"] == "none"
    assert_failure(client.get("/v1/tasks/nothing/deliveries"), 404, "task_not_found")


def test_a_dry_run_tells_nobody(start, receiver):
    client, hook = start(), receiver()
    client.post("/add_text", json={"draft_id": "d1", "text": "a"})
    post(client, "save_draft", draft_id="d1", webhook_url=hook.url, dry_run=True)
    assert not client.application.extensions["services"].store.keys("delivery") and hook.heard.empty()


# ---- trying out


def test_a_webhook_can_be_tried_out(start, receiver):
    client, hook = start(), receiver(204, 500, 302)
    for status, delivered in ((204, True), (500, False), (302, False)):
        tried = post(client, "test_webhook", webhook_url=hook.url, metadata={"a": 1})["output"]
        assert (tried["status"], tried["delivered"], bool(tried["error"])) == (status, delivered, not delivered)
        headers, message, body = hook.next()
        assert message["type"] == "test" and message["data"] == {"metadata": {"a": 1}}
        assert verifier()(headers, body, SECRET)
    hook.close()
    tried = post(client, "test_webhook", webhook_url=hook.url)["output"]
    assert not tried["delivered"] and "could not connect" in tried["error"]


@pytest.mark.parametrize("url", ["", "ftp://example.com/", "/etc/passwd", "asset://samples/clip.mp4", "http://"])
def test_what_is_no_web_address_is_refused_at_once(client, draft, url):
    fields = {"draft_id": draft, "webhook_url": url}
    body = assert_failure(client.post("/v1/save_draft", json=fields), 400, "invalid_request")
    assert body["fields"][0]["field"] == "webhook_url"


def test_metadata_is_a_small_object(client, draft):
    for metadata in ({"a": "x" * 10_000}, [1], "a"):
        fields = {"draft_id": draft, "metadata": metadata}
        body = assert_failure(client.post("/v1/save_draft", json=fields), 400, "invalid_request")
        assert body["fields"][0]["field"] == "metadata"


# ---- parts


def test_pauses_double_up_to_an_hour_and_are_never_quite_the_same():
    for attempts, most in ((1, 5), (2, 10), (5, 80), (11, 3_600), (1_000, 3_600)):
        drawn = {pause(attempts) for _ in range(50)}
        assert len(drawn) > 1 and all(most / 2 <= one <= most for one in drawn)


def test_a_delivery_is_worked_on_by_one_process_at_a_time():
    store = MemoryStore()
    one, other, worked = Deliveries(store, HOUR), Deliveries(store, HOUR), []
    one.add(Delivery("t1", "https://example.com/"))

    def work(delivery):
        worked.append(delivery)
        other.work_on("t1", work)
        return delivery

    one.work_on("t1", work)
    assert len(worked) == 1
    other.work_on("t1", work)
    assert len(worked) == 2


@pytest.mark.parametrize("secret", ["short", "whsec_not base64", "whsec_", "whsec_c2hvcnQ="])
def test_a_weak_secret_stops_the_start_and_is_not_shown(secret):
    with pytest.raises(SettingsError, match="WEBHOOK_SECRET") as refused:
        load(environment={"CAPCUT_WEBHOOK_SECRET": secret})
    assert secret not in str(refused.value) and "supersecret" not in repr(Settings(webhook_secret="supersecret" * 2))
