"""Media that need headers: sent where they belong, kept for a save alone, told to nobody."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote

import pytest

from capcut_server import create_app
from settings import Settings

from .media_files import make_video
from .real_draft import ask
from .test_doors import assert_failure

SECRET = "Bearer never-to-be-seen"


class Private:
    """A server that gives its video to who knows the secret; `/to/<url>` redirects there. It notes what it is sent."""

    def __init__(self, content):
        self.seen = []
        private = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_GET(self):
                if self.path.startswith("/wait/"):
                    private.go.wait(30)
                private.seen.append((self.path, self.headers.get("Authorization")))
                if self.path.startswith("/to/"):
                    self.answer(302, b"", Location=private.goal)
                elif self.headers.get("Authorization") == SECRET or self.path.startswith("/open"):
                    self.answer(200, content, ETag='"1"')
                else:
                    self.answer(401, b"who are you?")

            def answer(self, status, body, **headers):
                self.send_response(status)
                for name, value in ({"Content-Length": str(len(body))} | headers).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

        self.goal, self.go = "", threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    @property
    def origin(self):
        return f"http://127.0.0.1:{self.server.server_port}"

    def close(self):
        self.go.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def private(tmp_path):
    made = Private(make_video(tmp_path / "a.mp4").read_bytes())
    yield made
    made.close()


@pytest.fixture
def client(tmp_path):
    app = create_app(
        Settings(data_dir=tmp_path / "data", allow_private_addresses=True, prefetch=False, media_max_age=600)
    )
    yield app.test_client()
    app.extensions["services"].close()


def save(client, url, draft="d1", **fields):
    ask(client, "/add_video", draft_id=draft, video_url=url)
    answer = client.post("/v1/save_draft", json={"draft_id": draft, "wait": 60, **fields}).get_json()
    return answer["output"] if answer["success"] else answer["details"]


def with_secret(private):
    return {"media_headers": {private.origin: {"Authorization": SECRET}}}


def test_a_save_fetches_what_needs_them(client, private, tmp_path, caplog):
    caplog.set_level("DEBUG")
    url = f"{private.origin}/a.mp4"
    assert save(client, url)["status"] == "failed" and "401" in save(client, url, "d2")["message"]
    state = save(client, url, "d3", **with_secret(private))
    assert state["status"] == "completed"
    told = [state, client.get("/v1/drafts/d3/log").get_data(as_text=True), ask(client, "/v1/list_tasks"), caplog.text]
    assert "never-to-be-seen" not in str(told)
    services = client.application.extensions["services"]
    services.runner.close()  # they are forgotten after the end is told
    assert services.store.keys("private") == []
    assert not any(SECRET.encode() in path.read_bytes() for path in (tmp_path / "data").rglob("*.json"))


def test_they_go_to_their_origin_and_are_left_behind_by_a_redirect(client, private, media_server):
    other = media_server.url("clip.mp4")
    assert save(client, other, "d1", **with_secret(private))["status"] == "completed"
    private.goal = other
    assert save(client, f"{private.origin}/to/other", "d2", **with_secret(private))["status"] == "completed"
    assert private.seen[-1] == ("/to/other", SECRET)
    assert all("authorization" not in headers for headers in media_server.headers)
    to_private = media_server.url(f"to/{quote(private.origin + '/b.mp4', safe='')}")
    assert save(client, to_private, "d3", **with_secret(private))["status"] == "completed"
    assert private.seen[-1] == ("/b.mp4", SECRET)


def test_what_was_had_with_them_is_not_for_those_without(client, private):
    url = f"{private.origin}/a.mp4"
    assert save(client, url, "d1", **with_secret(private))["status"] == "completed"
    assert save(client, url, "d2")["status"] == "failed"
    wrong = {"media_headers": {private.origin: {"Authorization": "Bearer wrong"}}}
    assert save(client, url, "d3", **wrong)["status"] == "failed"
    seen = len(private.seen)
    assert save(client, url, "d4", **with_secret(private))["status"] == "completed"
    assert len(private.seen) == seen  # whoever has them has the copy too


def test_a_save_that_is_tried_again_is_given_them_again(client, private):
    url = f"{private.origin}/a.mp4"
    task = save(client, url)["task_id"]
    assert client.post("/v1/retry_task", json={"task_id": task, "wait": 60}).status_code == 502
    state = ask(client, "/v1/retry_task", task_id=task, wait=60, **with_secret(private))
    assert state["status"] == "completed"


def test_a_dry_run_and_a_look_take_them_and_keep_nothing(client, private):
    url = f"{private.origin}/a.mp4"
    ask(client, "/add_video", draft_id="d1", video_url=url)
    tried = client.post("/v1/save_draft", json={"draft_id": "d1", "dry_run": True, **with_secret(private)}).get_json()
    assert tried["success"], tried
    other = f"{private.origin}/b.mp4"
    assert client.post("/v1/get_duration", json={"url": other}).status_code == 502
    assert ask(client, "/v1/get_duration", url=other, **with_secret(private))["duration"] == 2
    assert client.application.extensions["services"].store.keys("private") == []


def test_the_next_process_has_them_until_the_save_has_ended(client, private, tmp_path):
    """A save that is left by its process is done by another, which finds them in the store."""
    url = f"{private.origin}/a.mp4"
    services = client.application.extensions["services"]
    ask(client, "/add_video", draft_id="d1", video_url=url)
    services.stopping.set()
    task = ask(client, "/v1/save_draft", draft_id="d1", **with_secret(private))["task_id"]
    services.runner.close()
    assert services.store.keys("private") == [task]
    services.close()
    app = create_app(Settings(data_dir=tmp_path / "data", allow_private_addresses=True))
    later = app.extensions["services"]
    assert later.tasks.wait(task, 30).status == "completed"
    later.runner.close()
    assert later.store.keys("private") == []
    later.close()


def test_those_of_a_cancelled_save_go_too(client, private):
    services = client.application.extensions["services"]
    ask(client, "/add_video", draft_id="d1", video_url=f"{private.origin}/wait/a.mp4")
    task = ask(client, "/v1/save_draft", draft_id="d1", **with_secret(private))["task_id"]
    assert services.store.keys("private") == [task]
    ask(client, "/v1/cancel_task", task_id=task)
    private.go.set()
    services.runner.close()
    assert services.store.keys("private") == []


@pytest.mark.parametrize(
    ("headers", "field", "why"),
    [
        ({"https://e.com/path": {"A": "b"}}, "media_headers.https://e.com/path", "must be an origin like"),
        ({"e.com": {"A": "b"}}, "media_headers.e.com", "must be an origin like"),
        ({"https://e.com:99999": {"A": "b"}}, "media_headers.https://e.com:99999", "must be an origin like"),
        ({"https://a@e.com": {"A": "b"}}, "media_headers.https://a@e.com", "must be an origin like"),
        ({"https://e.com": {"A b": "c"}}, "media_headers.https://e.com.A b", "must be the name of a header"),
        ({"https://e.com": {"A": "b\r\nX: y"}}, "media_headers.https://e.com.A", "must be 1 to 8,192 plain characters"),
        ({"https://e.com": {"A": ""}}, "media_headers.https://e.com.A", "must be 1 to 8,192 plain characters"),
        ({"https://e.com": {"Host": "x"}}, "media_headers.https://e.com", "must not have Host"),
        ({"https://e.com": {"range": "x"}}, "media_headers.https://e.com", "must not have range"),
        ({f"https://{n}.com": {"A": "b"} for n in range(17)}, "media_headers", "must have at most 16 of them"),
    ],
)
def test_what_no_header_can_be_is_refused(client, headers, field, why):
    ask(client, "/create_draft", draft_id="d1")
    answer = client.post("/v1/save_draft", json={"draft_id": "d1", "media_headers": headers})
    assert_failure(answer, 400, "invalid_request")
    problem = answer.get_json()["fields"][0]
    assert problem["field"].startswith(field) and problem["message"].startswith(why)
