"""The README's lines, run as they stand against a service started as it says; only the port differs."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
import requests

from .real_draft import check

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.DOTALL)
SERVERS = {
    "make run": [sys.executable, "-m", "gunicorn"],
    "capcut_server.py": [sys.executable, "capcut_server.py"],
}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port):
    try:
        return requests.get(f"http://127.0.0.1:{port}/openapi.json", timeout=5).ok
    except requests.ConnectionError:
        return False


@pytest.fixture(params=SERVERS)
def port(request, tmp_path):
    """A service that has just started."""
    number = free_port()
    environment = {**os.environ, "CAPCUT_PORT": str(number), "CAPCUT_DATA_DIR": str(tmp_path / "data")}
    log = (tmp_path / "log.txt").open("w")
    server = subprocess.Popen(SERVERS[request.param], cwd=ROOT, env=environment, stderr=log, stdout=log)
    for _ in range(300):
        if answers(number):
            break
        assert server.poll() is None, (tmp_path / "log.txt").read_text()
        time.sleep(0.05)
    yield number
    server.send_signal(signal.SIGINT)
    assert server.wait(30) == 0
    said = (tmp_path / "log.txt").read_text()
    assert f"http://127.0.0.1:{number}" in said and "try: curl" in said and "Traceback" not in said


def same_shape(one, other):
    """Equal but for ids, times and the port."""
    blurred = [
        re.sub(
            r"[0-9a-f]{32}|\d{4}-[\d-]+T[\d:.]+Z|\d{10}_[0-9a-f]{12}|:\d{4,5}/", "#", json.dumps(value, sort_keys=True)
        )
        for value in (one, other)
    ]
    return blurred[0] == blurred[1]


def story(port, folder):
    """Run the lines of the README one after the other, and compare what it says is answered."""
    answer, calls = None, 0
    for kind, block in BLOCKS:
        if kind == "json":
            assert same_shape(answer, json.loads(block)), answer
        for line in block.splitlines() if kind == "bash" else []:
            if line.startswith("curl"):
                said = curl(line.replace("localhost:9000", f"localhost:{port}"), folder)
                answer, calls = json.loads(said) if said else None, calls + 1
                assert answer is None or answer["success"], answer
    assert calls == 6


def test_the_readme_lines_make_a_draft_that_passes_the_checker_and_can_be_run_again(port, tmp_path):
    story(port, tmp_path)
    (tmp_path / "My first draft.zip").unlink()
    story(port, tmp_path)
    with zipfile.ZipFile(tmp_path / "My first draft.zip") as archive:
        archive.extractall(tmp_path / "unpacked")
    code, report = check(tmp_path / "unpacked" / "My first draft")
    assert code == 0, report


def curl(line, folder):
    """Run one line as a shell does; answers what it prints."""
    ran = subprocess.run(line, shell=True, cwd=folder, capture_output=True, text=True, check=True, timeout=60)
    return ran.stdout


def test_every_make_target_that_is_named_exists():
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)\b", README.split("## For developers")[1])) <= targets


def test_every_page_that_is_named_exists():
    for page in re.findall(r"\]\((?!http)([^)#]+)\)", README):
        assert (ROOT / page).is_file(), page
