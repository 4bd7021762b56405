import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

import media.probe
from engine.facts import MediaFacts
from media.first_bytes import UnreadableMediaError
from media.probe import Probe
from media.read import read_facts
from tests.media_files import make_audio, make_photo, make_video

ROOT = Path(media.probe.__file__).parent.parent
on_posix = pytest.mark.skipif(sys.platform == "win32", reason="uses signals and named pipes")

# A child that does what the name of the file says. The width it answers is the number of its process.
CHILD = """
import ctypes, os, signal, sys, time
from engine.facts import MediaFacts
from media.probe_worker import serve

if "LIVES" in os.environ:
    lives = open(os.environ["LIVES"], "wb", buffering=0)

def read(path, ffprobe):
    match path.name:
        case "crash":
            ctypes.string_at(0)
        case "hang":
            if "LIVES" in os.environ:
                lives.write(b"h")
            time.sleep(600)
        case "mistake":
            raise AssertionError
        case "greedy":
            bytearray(5 << 30)  # more than a child may have, less than a machine has
        case "noisy":
            os.write(1, b"noise from a native library\\n")
            print("noise from Python")
    return MediaFacts("photo", ".png", 0, os.getpid(), len(path.name))

serve(read)
"""

# A server that asks for one file after another, until it is killed.
PARENT = """
import sys
from pathlib import Path
from media.probe import Probe

probe = Probe(600, command=[sys.executable, sys.argv[1]])
for name in sys.argv[2:]:
    probe.facts(Path(name))
print("done", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def child(tmp_path: Path) -> list[str]:
    script = tmp_path / "child.py"
    script.write_text(CHILD)
    return [sys.executable, str(script)]


@pytest.fixture
def start(child: list[str]) -> Iterator[Callable[..., Probe]]:
    """Make a probe whose child does what the name of the file says."""
    probes: list[Probe] = []

    def make(timeout: float = 60, workers: int = 1) -> Probe:
        probes.append(Probe(timeout, workers=workers, command=child))
        return probes[-1]

    yield make
    for probe in probes:
        probe.close()


@pytest.fixture(scope="module")
def probe() -> Iterator[Probe]:
    with closing(Probe(60, workers=1)) as real:
        yield real


def pid(probe: Probe) -> int:
    return probe.facts(Path("file")).width


def reason(probe: Probe, name: str) -> str:
    with pytest.raises(UnreadableMediaError) as caught:
        probe.facts(Path(name))
    return str(caught.value)


# The real child


def test_it_tells_what_the_reader_tells(probe: Probe, tmp_path: Path) -> None:
    files = [
        make_video(tmp_path / "clip.mp4", seconds=0.2, rotation=90),
        make_audio(tmp_path / "sound.mp3", seconds=0.2),
        make_photo(tmp_path / "照片 1.jpg"),
    ]
    assert [probe.facts(path) for path in files] == [read_facts(path) for path in files]


def test_what_is_no_medium_is_refused_for_the_readers_reason(probe: Probe, tmp_path: Path) -> None:
    page = tmp_path / "clip.mp4"
    page.write_bytes(b"<!DOCTYPE html>")
    assert "(a web page)" in reason(probe, str(page))


def test_a_path_is_seen_from_the_folder_of_the_caller(
    probe: Probe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_photo(tmp_path / "photo.png")
    monkeypatch.chdir(tmp_path)
    assert probe.facts(Path("photo.png")).kind == "photo"


def test_a_module_of_the_same_name_where_it_is_started_does_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_photo(tmp_path / "photo.png")
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "__init__.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path)
    with closing(Probe(60)) as own:
        assert own.facts(tmp_path / "photo.png").kind == "photo"


# Children that fail


@pytest.mark.parametrize("name", ["crash", "mistake"])
def test_a_crash_is_said_to_be_one_and_the_next_file_is_read(start: Callable[..., Probe], name: str) -> None:
    probe = start()
    assert reason(probe, name) == "the parser crashed on this file"
    assert probe.facts(Path("file")).kind == "photo"


def test_a_hang_ends_in_time_and_the_next_file_is_read(start: Callable[..., Probe]) -> None:
    probe = start(timeout=1)
    before = pid(probe)
    assert reason(probe, "hang") == "reading it took longer than 1 s"
    assert pid(probe) != before


@on_posix
def test_a_child_that_hung_is_gone(start: Callable[..., Probe]) -> None:
    probe = start(timeout=1)
    hung = pid(probe)
    reason(probe, "hang")
    with pytest.raises(ProcessLookupError):
        os.kill(hung, 0)


@pytest.mark.skipif(sys.platform != "linux", reason="others do not limit a process's memory")
def test_a_file_that_asks_for_all_memory_harms_only_its_child(start: Callable[..., Probe]) -> None:
    assert reason(start(), "greedy") == "the parser crashed on this file"


def test_noise_of_a_library_is_not_taken_for_an_answer(start: Callable[..., Probe]) -> None:
    probe = start()
    assert [probe.facts(Path("noisy")).height for _ in range(3)] == [5, 5, 5]


@on_posix
def test_a_child_that_died_between_files_is_replaced(start: Callable[..., Probe]) -> None:
    probe = start()
    before = pid(probe)
    os.kill(before, signal.SIGKILL)
    os.waitid(os.P_PID, before, os.WEXITED | os.WNOWAIT)
    assert pid(probe) != before


@pytest.mark.parametrize("command", [["/no/such/program"], [sys.executable, "-c", ""]])
def test_a_child_that_does_not_start_is_said_not_to(command: list[str]) -> None:
    with closing(Probe(60, command=command)) as probe:
        assert reason(probe, "file") == "the media reader cannot be started"


# Children that live


def test_a_child_is_used_again(start: Callable[..., Probe]) -> None:
    probe = start(workers=2)
    assert len({pid(probe) for _ in range(5)}) == 1


def test_a_child_is_replaced_after_many_files(start: Callable[..., Probe], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media.probe, "FILES_PER_CHILD", 2)
    probe = start()
    pids = [pid(probe) for _ in range(3)]
    assert pids[0] == pids[1] != pids[2]


def test_many_threads_share_a_few_children_and_each_has_its_own_answer(start: Callable[..., Probe]) -> None:
    probe = start(workers=2)
    names = ["x" * length for length in range(1, 101)]
    with ThreadPoolExecutor(8) as threads:
        answers: list[MediaFacts] = list(threads.map(lambda name: probe.facts(Path(name)), names))
    assert [facts.height for facts in answers] == list(range(1, 101))
    assert len({facts.width for facts in answers}) <= 2


@on_posix
def test_closing_ends_the_children(start: Callable[..., Probe]) -> None:
    probe = start()
    before = pid(probe)
    probe.close()
    with pytest.raises(ProcessLookupError):
        os.kill(before, 0)


def test_a_closed_probe_reads_no_more(start: Callable[..., Probe]) -> None:
    probe = start()
    probe.close()
    probe.close()
    assert reason(probe, "file") == "the service is stopping"


@on_posix
@pytest.mark.parametrize("files", [["file"], ["hang"]], ids=["between files", "in the middle of one"])
def test_a_child_ends_with_a_parent_that_is_killed(child: list[str], tmp_path: Path, files: list[str]) -> None:
    lives = tmp_path / "lives"  # a pipe that ends when the last process that writes to it does
    os.mkfifo(lives)
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, child[1], *files],
        cwd=ROOT,
        env={**os.environ, "LIVES": str(lives)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with parent, lives.open("rb", buffering=0) as pipe:
        if "hang" in files:
            assert pipe.read(1) == b"h"
        else:
            assert parent.stdout and parent.stdout.readline() == b"done\n"
        parent.kill()
        assert pipe.read(1) == b""
