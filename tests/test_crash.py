"""The service killed at random moments while many write, and many processes that write to one draft."""

import json
import os
import random
import socket
import subprocess
import sys
import threading
import time

import pytest
import requests

from engine.lint import lint

from .redis_server import programs
from .test_readme import ROOT
from .test_store import servers  # noqa: F401 - a fixture
from .test_under_load import Service

pytestmark = pytest.mark.slow

ROUNDS, WRITERS, DRAFTS = 12, 32, 4


class Writer(threading.Thread):
    """Adds one text after the other; what got no answer is sent again, under its key, when the service is back."""

    def __init__(self, number):
        super().__init__()
        self.draft = f"d{number % DRAFTS}"
        self.number, self.said, self.pending = number, {}, None
        self.service, self.stopping, self.failure = None, threading.Event(), None
        self.through = threading.Event()

    def next_call(self):
        """Every writer has hours of its own, so that no two calls are for the same time."""
        start = self.number * 2_000 + len(self.said)
        return {"draft_id": self.draft, "text": f"{self.number} {len(self.said)}", "start": start, "end": start + 1}

    def run(self):
        while not self.stopping.is_set():
            self.pending = self.pending or self.next_call()
            headers = {"Idempotency-Key": self.pending["text"]}
            try:
                answer = self.service.session.post(
                    f"http://127.0.0.1:{self.service.port}/add_text", json=self.pending, headers=headers, timeout=30
                ).json()
            except requests.RequestException:
                return  # killed before it answered
            if answer["success"]:
                self.said[self.pending["text"]] = answer["output"]["segment_id"]
                self.pending = None
                self.through.set()
            elif answer["code"] == "key_reused":
                time.sleep(0.1)  # the call before the kill counts as under way for some seconds
            else:
                self.failure = answer
                return


def test_a_killed_service_loses_no_acknowledged_edit_and_does_none_twice(tmp_path, monkeypatch):
    chance = random.Random(20)
    writers = [Writer(number) for number in range(WRITERS)]
    for _ in range(ROUNDS):
        service = Service(tmp_path / "data", log_level="ERROR", workers=2)
        writers = [again(writer, service) for writer in writers]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.through.wait(30)  # what the kill before left hanging has been answered
        time.sleep(chance.uniform(0.1, 0.9))
        service.kill()
        for writer in writers:
            writer.join(60)
            assert not writer.is_alive() and not writer.failure, writer.failure
    service = Service(tmp_path / "data", log_level="ERROR", workers=2)
    for draft in range(DRAFTS):
        check(service, f"d{draft}", [writer for writer in writers if writer.draft == f"d{draft}"])
    service.stop()
    assert sum(len(writer.said) for writer in writers) > 50 * ROUNDS


def again(writer, service):
    """A writer that goes on where `writer` was cut off."""
    fresh = Writer(writer.number)
    fresh.said, fresh.pending, fresh.service = writer.said, writer.pending, service
    return fresh


def check(service, draft, writers):
    document = service.post("/v1/query_script", draft_id=draft, format="object")["output"]
    there = {segment["id"]: segment["material_id"] for track in document["tracks"] for segment in track["segments"]}
    texts = {one["id"]: json.loads(one["content"])["text"] for one in document["materials"]["texts"]}
    shown = [texts[material] for material in there.values()]
    assert len(shown) == len(set(shown)), "an edit was done twice"
    for writer in writers:
        lost = {text: segment for text, segment in writer.said.items() if there.get(segment) is None}
        assert not lost, f"acknowledged and not there: {lost}"
    pending = {writer.pending["text"] for writer in writers if writer.pending}
    assert set(shown) - {text for writer in writers for text in writer.said} <= pending
    assert not [finding for finding in lint(document) if finding.severity == "error"]


# ---- many processes


ADDER = """
import json, sys
from concurrent.futures import ThreadPoolExecutor
from operations import OPERATIONS, replay
from saving.job import resume
from opening import open_services
from settings import Settings

services = open_services(Settings(**json.loads(sys.argv[1])), replay, resume, OPERATIONS)
first = int(sys.argv[2])

def add(start):
    fields = {"draft_id": "d1", "text": f"{start}", "start": start, "end": start + 1}
    return OPERATIONS["add_text"](fields, services, strict=False).segment_id

sys.stdin.readline()
with ThreadPoolExecutor(8) as pool:
    print(json.dumps(list(pool.map(add, range(first, first + 100)))))
services.close()
"""


@pytest.mark.parametrize("kind", ["sqlite", *programs()])
def test_four_processes_of_eight_threads_add_to_one_draft_and_lose_nothing(kind, tmp_path, request):
    settings = {"data_dir": str(tmp_path)}
    if kind != "sqlite":
        server = request.getfixturevalue("servers")(kind)
        server.client.flushall()
        settings["redis_url"] = server.url
    command = [sys.executable, "-c", ADDER, json.dumps(settings)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    adders = [
        subprocess.Popen(
            [*command, str(first)],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for first in range(0, 400, 100)
    ]
    for adder in adders:
        adder.stdin.write("go\n")
        adder.stdin.flush()
    placed = [segment for adder in adders for segment in json.loads(adder.communicate(timeout=100)[0])]
    seen = subprocess.run(
        [sys.executable, "-c", SEER, json.dumps(settings)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert sorted(json.loads(seen.stdout)) == sorted(placed) and len(set(placed)) == 400


SEER = """
import json, sys
from operations import OPERATIONS, replay
from saving.job import resume
from opening import open_services
from settings import Settings

services = open_services(Settings(**json.loads(sys.argv[1])), replay, resume, OPERATIONS)
print(json.dumps([segment.id for _, segment in services.drafts.snapshot("d1").segments()]))
services.close()
"""


def test_a_save_that_a_kill_cut_off_is_finished_by_the_next_service(tmp_path, request):
    first = Service(tmp_path / "data", log_level="WARNING", allow_private_addresses="true", download_timeout=60)
    with Silent() as silent:
        first.post("/add_video", draft_id="d1", video_url=f"http://127.0.0.1:{silent.port}/clip.mp4")
        first.post("/add_text", draft_id="d1", text="a")
        task = first.post("/v1/save_draft", draft_id="d1")["output"]["task_id"]
        silent.asked.wait(30)
        first.kill()
    second = Service(tmp_path / "data", log_level="WARNING", allow_private_addresses="true", download_retries=0)
    request.addfinalizer(second.kill)
    until = time.monotonic() + 60
    while (state := second.post("/query_draft_status", task_id=task)["output"])["status"] not in (
        "failed",
        "completed",
    ):
        assert time.monotonic() < until, state
        time.sleep(0.2)
    assert (state["status"], state["partial"], state["draft_version"]) == ("failed", True, 3)
    assert "could not connect" in state["failed_files"][0]["reason"]
    assert requests.get(state["draft_url"], timeout=10).content[:2] == b"PK"
    assert not list((tmp_path / "data").rglob("*.part"))


class Silent:
    """A media server that takes a connection and says nothing."""

    def __enter__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port, self.asked, self.taken = self.socket.getsockname()[1], threading.Event(), []
        threading.Thread(target=self._take, daemon=True).start()
        return self

    def _take(self):
        while True:
            try:
                self.taken.append(self.socket.accept()[0])
            except OSError:
                return
            self.asked.set()

    def __exit__(self, *_):
        self.socket.shutdown(socket.SHUT_RDWR)  # closing alone does not end an accept that waits
        self.socket.close()
        for connection in self.taken:
            connection.close()
