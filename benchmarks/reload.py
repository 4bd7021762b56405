"""What it costs to rebuild a draft from its log, and to undo, as drafts grow. The growth must be linear."""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.adds import text, video
from draft_cache import DraftCache
from opening import open_services
from operations import OPERATIONS, replay
from saving.job import resume
from services import Services
from settings import Settings

SIZES = (500, 1_000, 2_500, 5_000)


def fill(services: Services, name: str, size: int) -> str:
    """A draft of `size` texts and clips, taking turns."""
    draft_id = f"{name}{size}"
    OPERATIONS["create_draft"]({"draft_id": draft_id}, services)
    for number in range(size):
        kind, payload = ("add_text", text) if number % 2 else ("add_video", video)
        OPERATIONS[kind]({**payload(number), "draft_id": draft_id}, services)
    return draft_id


def milliseconds(work: Callable[[], object], tries: int = 5) -> float:
    """The shortest of some tries."""
    taken = []
    for _ in range(tries):
        began = time.perf_counter()
        work()
        taken.append((time.perf_counter() - began) * 1e3)
    return min(taken)


def main() -> None:
    """Print both for each size; fail when the largest costs more than linear growth and a quarter."""
    with tempfile.TemporaryDirectory() as folder:
        services = open_services(Settings(data_dir=Path(folder)), replay, resume, OPERATIONS)
        found = []
        for size in SIZES:
            draft_id = fill(services, "d", size)
            reload = milliseconds(lambda draft_id=draft_id: DraftCache(services.store, replay).snapshot(draft_id))
            began = time.perf_counter()
            OPERATIONS["undo"]({"draft_id": draft_id}, services)
            first = (time.perf_counter() - began) * 1e3
            next_ones = milliseconds(lambda draft_id=draft_id: OPERATIONS["undo"]({"draft_id": draft_id}, services))
            found.append(reload)
            print(f"{size} segments: reload {reload:.0f} ms; undo {first:.0f} ms, the next ones {next_ones:.1f} ms")
        services.close()
    growth = found[-1] / found[0] / (SIZES[-1] / SIZES[0])
    print(f"from {SIZES[0]} to {SIZES[-1]} segments: {found[-1] / found[0]:.1f} times, {growth:.2f} of linear")
    if growth > 1.25:
        sys.exit("reloading does not grow linearly")


if __name__ == "__main__":
    main()
