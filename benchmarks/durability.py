"""What it costs to keep an edit: the same adds over each store, in turns, without HTTP and with it."""

import os
import signal
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from benchmarks.adds import text
from benchmarks.http import NULL_APP, free_port, milliseconds, serve
from opening import open_services
from operations import OPERATIONS, replay
from saving.job import resume
from services import Services
from settings import Settings
from tests.redis_server import RedisServer, programs

COUNT, TURN = 3_000, 100


def settings_of_stores(folder: Path, redis_url: str) -> dict[str, dict[str, str]]:
    """Settings by what the store is called."""
    found = {name: {"durability": name, "data_dir": str(folder / name)} for name in ("none", "normal", "full")}
    if redis_url:
        found["redis"] = {"redis_url": redis_url, "data_dir": str(folder / "redis")}
    return found


def add(services: Services, taken: list[float], count: int) -> None:
    """Add `count` texts after those that are there."""
    for number in range(len(taken), len(taken) + count):
        fields = text(number)
        began = time.perf_counter()
        OPERATIONS["add_text"](fields, services)
        taken.append((time.perf_counter() - began) * 1e6)


def without_http(stores: dict[str, dict[str, str]]) -> None:
    """Print microseconds of an add: median and the 99th of a hundred."""
    opened = {name: open_services(Settings(**given), replay, resume, OPERATIONS) for name, given in stores.items()}
    taken: dict[str, list[float]] = {name: [] for name in stores}
    for services in opened.values():
        OPERATIONS["create_draft"]({"draft_id": "d"}, services)
    for _ in range(0, COUNT, TURN):
        for name, services in opened.items():
            add(services, taken[name], TURN)
    for services in opened.values():
        services.close()
    for name, found in taken.items():
        found.sort()
        print(f"{name}: add_text {found[COUNT // 2]:.0f} us, 99th of a hundred {found[COUNT * 99 // 100]:.0f} us")


def with_http(stores: dict[str, dict[str, str]], folder: Path) -> None:
    """Print medians over one connection, beside a route that does nothing."""
    (folder / "null_app.py").write_text(NULL_APP)
    null_port = free_port()
    with ExitStack() as running:
        null = serve(null_port, str(folder), "--chdir", str(folder), "-b", f"127.0.0.1:{null_port}", "null_app:app")
        running.callback(null.send_signal, signal.SIGTERM)
        floor = sorted(milliseconds(f"http://127.0.0.1:{null_port}/null", lambda n: {"text": f"{n}"}))[COUNT // 2]
        print(f"over HTTP, client included: null route {floor:.2f} ms")
        for name, given in stores.items():
            os.environ |= {f"CAPCUT_{key.upper()}": value for key, value in given.items()}
            port = free_port()
            server = serve(port, given["data_dir"])
            adds = sorted(milliseconds(f"http://127.0.0.1:{port}/add_text", lambda n: {**text(n), "draft_id": "http"}))
            server.terminate()
            server.wait()
            for key in given:
                del os.environ[f"CAPCUT_{key.upper()}"]
            print(f"{name}: {adds[COUNT // 2]:.2f} ms = {adds[COUNT // 2] / floor:.2f} x null")


def main() -> None:
    """Print both."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as running:
        redis_url = ""
        if "redis" in programs():
            server = RedisServer(programs()["redis"], Path(folder))
            running.callback(server.stop)
            redis_url = server.url
        stores = settings_of_stores(Path(folder), redis_url)
        without_http(stores)
        with_http(stores, Path(folder))


if __name__ == "__main__":
    main()
