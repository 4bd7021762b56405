"""The real service in its own process under gunicorn: many clients at once, large drafts, readers that die."""

import os
import signal
import subprocess
import sys
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
import requests

from .real_draft import check
from .test_readme import ROOT, answers, free_port

pytestmark = pytest.mark.slow


class Service:
    """A running service; `post` answers the body."""

    def __init__(self, folder: Path, **settings: object):
        self.port, self.folder = free_port(), folder
        given = {f"CAPCUT_{name.upper()}": str(value) for name, value in settings.items()}
        environment = {**os.environ, "CAPCUT_PORT": str(self.port), "CAPCUT_DATA_DIR": str(folder), **given}
        command = [sys.executable, "-m", "gunicorn"]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL, start_new_session=True
        )
        self.session = requests.Session()
        self.session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=64))
        while not answers(self.port):
            assert self.process.poll() is None
            time.sleep(0.05)

    def post(self, path, **fields):
        return self.session.post(f"http://127.0.0.1:{self.port}{path}", json=fields, timeout=120).json()

    def kill(self):
        """End all its processes at once, as a crash of the machine would."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(60)

    def stop(self):
        """End it in good order."""
        self.process.terminate()
        assert self.process.wait(60) == 0

    def children(self):
        """Process ids of everything that runs below it."""
        listed = subprocess.run(["ps", "-eo", "pid,ppid"], capture_output=True, text=True, check=True).stdout
        parents = dict(tuple(map(int, line.split())) for line in listed.splitlines()[1:])
        found = {self.process.pid}
        while more := {pid for pid, parent in parents.items() if parent in found} - found:
            found |= more
        return found - {self.process.pid}


@pytest.fixture
def service(tmp_path):
    started = Service(tmp_path / "data", log_level="WARNING", allow_private_addresses="true")
    yield started
    started.stop()


def test_thirty_two_clients_lose_no_edit_and_tear_no_read(service):
    service.post("/create_draft", draft_id="d1")

    def client(number):
        placed = []
        for step in range(10):
            start = number * 10 + step
            answer = service.post("/add_text", draft_id="d1", text=f"{number} {step}", start=start, end=start + 1)
            assert answer["success"], answer
            placed.append(answer["output"]["segment_id"])
            read = service.post("/v1/query_script", draft_id="d1", format="object")
            shown = [segment for track in read["output"]["tracks"] for segment in track["segments"]]
            assert placed[-1] in {segment["id"] for segment in shown}
            texts = {material["id"] for material in read["output"]["materials"]["texts"]}
            assert {segment["material_id"] for segment in shown} <= texts
        return placed

    with ThreadPoolExecutor(32) as pool:
        acknowledged = [segment for placed in pool.map(client, range(32)) for segment in placed]
    document = service.post("/v1/query_script", draft_id="d1", format="object")["output"]
    there = [segment["id"] for track in document["tracks"] for segment in track["segments"]]
    assert sorted(there) == sorted(acknowledged) and len(there) == 320


def test_a_draft_of_ten_thousand_texts_passes_the_checker(service, tmp_path):
    service.post("/create_draft", draft_id="d1")
    for first in range(0, 10_000, 5_000):
        steps = [
            {"operation": "add_text", "request": {"text": f"caption {start}", "start": start, "end": start + 1}}
            for start in range(first, first + 5_000)
        ]
        assert service.post("/v1/batch", draft_id="d1", operations=steps)["success"]
    state = service.post("/v1/save_draft", draft_id="d1", wait=120)
    assert state["output"]["status"] == "completed", state
    (archive,) = (tmp_path / "data").rglob("*.zip")
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(tmp_path / "unpacked")
    code, said = check(tmp_path / "unpacked" / "d1")
    assert code == 0, said[-2_000:]


def test_saves_of_many_drafts_at_once_all_complete(service):
    def client(number):
        draft = f"d{number}"
        service.post("/add_video", draft_id=draft, video_url="asset://samples/clip.mp4")
        service.post("/add_image", draft_id=draft, image_url="asset://samples/photo.png")
        task = service.post("/v1/save_draft", draft_id=draft, wait=120)["output"]["task_id"]
        for _ in range(1_200):  # only so many may wait; the others ask
            status = service.post("/v1/query_draft_status", task_id=task)["output"]["status"]
            if status in ("completed", "failed"):
                break
            time.sleep(0.05)
        return status

    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(client, range(16))) == {"completed"}


def test_a_reader_that_is_killed_is_replaced(service):
    service.post("/add_video", draft_id="d1", video_url="asset://samples/clip.mp4")
    service.post("/v1/save_draft", draft_id="d1", wait=60)
    for pid in service.children():
        with open(f"/proc/{pid}/cmdline", encoding="utf-8") as line:
            if "probe_worker" in line.read():
                os.kill(pid, signal.SIGKILL)
    assert service.post("/v1/save_draft", draft_id="d1", wait=60)["output"]["status"] == "completed"
