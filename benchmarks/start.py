"""How long a fresh process takes to import the app and answer its first request, beside an import of Flask."""

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent

FIRST_ANSWER = """
from capcut_server import create_app
from settings import Settings
client = create_app(Settings(data_dir="build/bench", log_level="ERROR")).test_client()
assert client.post("/add_text", json={"draft_id": "d", "text": "Hi"}).json["success"]
"""


def seconds(code: str) -> float:
    """The best of five fresh processes."""
    taken = []
    for _ in range(5):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
        taken.append(time.perf_counter() - began)
    return min(taken)


def main() -> None:
    """Print the figures; fail above 1.5 s."""
    floor, flask, ours = seconds("pass"), seconds("import flask"), seconds(FIRST_ANSWER)
    print(f"bare Python {floor:.2f} s, import flask {flask:.2f} s, import the app and answer {ours:.2f} s")
    if ours > 1.5:
        sys.exit("the first answer comes late")


if __name__ == "__main__":
    main()
