"""What a save takes beside a plain download of its media, what the next draft fetches of them, and in how much memory.

The media server is a process of its own and answers each request after 50 ms. Media are videos, each with noise of its
own behind the pictures.
"""

import os
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from statistics import median

import requests

from .http import free_port, serve

LATENCY = 0.05
COUNT, SIZE, ROUNDS = 100, 1_000_000, 5
LARGE_COUNT, LARGE_SIZE = 20, 100_000_000
WAYS = 16
VIDEO = (Path(__file__).parent.parent / "media" / "samples" / "clip.mp4").read_bytes()


class Media(BaseHTTPRequestHandler):
    """Serves /<seed>/<size>.mp4, and at /count how many bytes of media went out."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    sent = 0
    lock = threading.Lock()

    def do_GET(self) -> None:
        """Answer after the latency; with 304 when asked about the version that there is."""
        if self.path == "/count":
            self._answer(200, str(Media.sent).encode())
            return
        time.sleep(LATENCY)
        if self.headers.get("If-None-Match") == self._etag:
            self._answer(304, b"")
            return
        seed, size = self.path.strip("/").removesuffix(".mp4").split("/")
        noise, left = Random(seed).randbytes(1 << 20), int(size) - len(VIDEO)
        with Media.lock:
            Media.sent += int(size)
        self._begin(200, int(size))
        self.wfile.write(VIDEO + struct.pack(">I4s", left, b"free"))
        left -= 8
        while left > 0:
            left -= self.wfile.write(noise[:left])

    @property
    def _etag(self) -> str:
        return f'"{self.path}"'

    def _begin(self, status: int, size: int) -> None:
        self.send_response(status)
        self.send_header("ETag", self._etag)
        if status == 200:
            self.send_header("Content-Length", str(size))
        self.end_headers()

    def _answer(self, status: int, body: bytes) -> None:
        self._begin(status, len(body))
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def download(urls: list[str], folder: Path) -> float:
    """Seconds of a plain 16-way download."""
    session = requests.Session()
    session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=WAYS))

    def one(url: str) -> None:
        with session.get(url, stream=True, timeout=60) as answer, (folder / url.split("/")[-2]).open("wb") as file:
            for chunk in answer.iter_content(1 << 18):
                file.write(chunk)

    began = time.perf_counter()
    with ThreadPoolExecutor(WAYS) as pool:
        list(pool.map(one, urls))
    return time.perf_counter() - began


class Service:
    """The service under gunicorn, with one process."""

    def __init__(self, folder: Path) -> None:
        for name, value in {"WORKERS": 1, "ALLOW_PRIVATE_ADDRESSES": "true", "PREFETCH": "false"}.items():
            os.environ[f"CAPCUT_{name}"] = str(value)
        self.port = free_port()
        self.process = serve(self.port, str(folder))

    def post(self, path: str, **fields: object) -> dict[str, object]:
        """The output of a call that succeeds."""
        answer = requests.post(f"http://127.0.0.1:{self.port}{path}", json=fields, timeout=600).json()
        assert answer["success"], answer
        return dict(answer["output"])

    def draft(self, draft_id: str, urls: list[str]) -> None:
        """Make a draft of these videos, one after the other."""
        clips = [
            {"operation": "add_video", "request": {"video_url": url, "end": 1, "target_start": number}}
            for number, url in enumerate(urls)
        ]
        self.post("/v1/create_draft", draft_id=draft_id)
        self.post("/v1/batch", draft_id=draft_id, operations=clips)

    def save(self, draft_id: str) -> tuple[float, dict[str, object]]:
        """Seconds of a save, and its last state."""
        began = time.perf_counter()
        state = self.post("/v1/save_draft", draft_id=draft_id, wait=600)
        assert state["status"] == "completed", state
        return time.perf_counter() - began, state

    def peak_megabytes(self) -> float:
        """The most memory that each of its processes ever had, added up."""
        return sum(_peak(pid) for pid in _family(self.process.pid)) / 1e3

    def close(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait()


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in children for one in _family(int(child)))]


def _peak(pid: int) -> int:
    (line,) = [one for one in Path(f"/proc/{pid}/status").read_text().splitlines() if one.startswith("VmHWM")]
    return int(line.split()[1])


def sent(port: int) -> int:
    """Bytes of media that the server has sent so far."""
    return int(requests.get(f"http://127.0.0.1:{port}/count", timeout=60).text)


def pair(service: Service, draft_id: str, urls: list[str], folder: Path) -> tuple[float, float]:
    """Seconds of a plain download of the media, then of the first save with them."""
    plain = download(urls, folder)
    service.draft(draft_id, urls)
    return plain, service.save(draft_id)[0]


def _listed(seconds: Iterable[float]) -> str:
    return ", ".join(f"{one:.2f}" for one in seconds) + " s"


def main() -> None:
    """Print seconds of both, bytes of the second draft, and megabytes."""
    port = free_port()
    command = [sys.executable, "-c", f"from benchmarks.media import run; run({port})"]
    media = subprocess.Popen(command)
    time.sleep(1)
    with tempfile.TemporaryDirectory() as folder:
        sets = [
            [f"http://127.0.0.1:{port}/{ROUNDS * number + one}/{SIZE}.mp4" for number in range(COUNT)]
            for one in range(ROUNDS)
        ]
        large = [f"http://127.0.0.1:{port}/{number}/{LARGE_SIZE}.mp4" for number in range(LARGE_COUNT)]
        service = Service(Path(folder) / "data")
        try:
            service.draft("warm", [large[0].replace(str(LARGE_SIZE), str(SIZE))])
            service.save("warm")  # starts the processes that look at media
            plain, first = zip(
                *(pair(service, f"first{n}", urls, Path(folder)) for n, urls in enumerate(sets)), strict=True
            )
            before = sent(port)
            service.draft("second", sets[0])
            second, state = service.save("second")
            again = sent(port) - before
            print(f"plain 16-way downloads of {COUNT} x {SIZE / 1e6:g} MB: {_listed(plain)}")
            times = [taken / (LATENCY + alone) for alone, taken in zip(plain, first, strict=True)]
            print(f"saves of the same: {_listed(first)}; {median(times):.2f} times latency and download")
            print(
                f"second draft: {second:.2f} s; {again} bytes fetched, as its state says: {state['downloaded_bytes']}"
            )
            print(f"memory so far: {service.peak_megabytes():.0f} MB")
            service.draft("large", large)
            seconds, _ = service.save("large")
            gigabytes = LARGE_COUNT * LARGE_SIZE / 1e9
            print(f"save of {gigabytes:g} GB: {seconds:.1f} s; peak {service.peak_megabytes():.0f} MB")
        finally:
            service.close()
            media.terminate()


def run(port: int) -> None:
    """Serve media until the end."""
    server = ThreadingHTTPServer(("127.0.0.1", port), Media)
    server.daemon_threads = True
    server.serve_forever()


if __name__ == "__main__":
    main()
