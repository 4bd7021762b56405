"""The README's two ways to start, from nothing: a copy of what is in the repository, no environment, no data."""

import os
import re
import signal
import subprocess
import sys
import time

import pytest

from .test_readme import README, ROOT, answers, free_port

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture
def copy(tmp_path):
    """The files that git knows, as they are in the working tree."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        target = tmp_path / "copy" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((ROOT / name).read_bytes())
    return tmp_path / "copy"


def starts_and_stops(command, folder):
    """Run `command` until the service answers, then end it as Ctrl-C does; answers what it said."""
    port = free_port()
    clean = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
    environment = {**clean, "CAPCUT_PORT": str(port), "CAPCUT_DATA_DIR": str(folder / "data")}
    with (folder / "log.txt").open("w") as log:
        started = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=log, stderr=log, shell=True, start_new_session=True
        )
    while not answers(port):
        assert started.poll() is None, (folder / "log.txt").read_text()
        time.sleep(0.2)
    os.killpg(started.pid, signal.SIGINT)
    started.wait(60)
    return (folder / "log.txt").read_text()


def test_make_run_needs_only_python_and_make(copy):
    said = starts_and_stops(f"make PYTHON={sys.executable} run", copy)
    assert "try: curl" in said and "Traceback" not in said


def test_the_lines_without_make_work(copy):
    (block,) = [block for block in re.findall(r"```bash\n(.*?)```", README, re.DOTALL) if "-m venv" in block]
    *prepare, run = block.strip().splitlines()
    subprocess.run(" && ".join(prepare), shell=True, cwd=copy, check=True, capture_output=True)
    said = starts_and_stops(f"exec {run}", copy)
    assert "try: curl" in said and "Traceback" not in said
