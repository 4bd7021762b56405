"""What an add costs over HTTP beside a route that does nothing, both under gunicorn as `make run` starts it."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import requests

ROOT = Path(__file__).parent.parent
COUNT = 3_000

NULL_APP = """
from flask import Flask, request
app = Flask(__name__)
app.add_url_rule("/null", "null", lambda: {"success": bool(request.get_json())}, methods=["POST"])
"""


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def serve(port: int, folder: str, *arguments: str) -> subprocess.Popen[bytes]:
    """Start gunicorn and wait until it answers."""
    environment = {**os.environ, "CAPCUT_PORT": str(port), "CAPCUT_DATA_DIR": folder, "CAPCUT_LOG_LEVEL": "WARNING"}
    server = subprocess.Popen([sys.executable, "-m", "gunicorn", *arguments], cwd=ROOT, env=environment)
    while True:
        try:
            requests.get(f"http://127.0.0.1:{port}/", timeout=5, allow_redirects=False)
        except requests.ConnectionError:
            time.sleep(0.05)
        else:
            return server


def milliseconds(url: str, payload) -> list[float]:
    """Time of each of COUNT requests over one connection."""
    session, taken = requests.Session(), []
    session.trust_env = False
    for number in range(COUNT):
        body = payload(number)
        began = time.perf_counter()
        answer = session.post(url, json=body, timeout=30)
        taken.append((time.perf_counter() - began) * 1e3)
        assert answer.json()["success"], answer.text
    return taken


def main() -> None:
    """Print medians of both, and of the first and last hundred adds."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "null_app.py").write_text(NULL_APP)
        port, null_port = free_port(), free_port()
        null = ("--chdir", folder, "-b", f"127.0.0.1:{null_port}", "null_app:app")
        servers = [serve(port, folder), serve(null_port, folder, *null)]
        try:
            floor = sorted(milliseconds(f"http://127.0.0.1:{null_port}/null", lambda n: {"text": f"{n}"}))[COUNT // 2]
            adds = milliseconds(
                f"http://127.0.0.1:{port}/add_text",
                lambda n: {"draft_id": "d", "text": f"caption {n}", "start": n, "end": n + 1},
            )
        finally:
            for server in servers:
                server.terminate()
                server.wait()
    median = sorted(adds)[COUNT // 2]
    first, last = sum(adds[:100]) / 100, sum(adds[-100:]) / 100
    print(f"null route {floor:.2f} ms, add_text {median:.2f} ms = {median / floor:.2f} x null (client included)")
    print(f"add_text: first hundred {first:.2f} ms, last hundred of {COUNT} {last:.2f} ms, ratio {last / first:.2f}")


if __name__ == "__main__":
    main()
