"""What changing a draft of 5,000 clips costs, through validation, engine and log, without HTTP.

A change that moves all 5,000 may take at most 100 ms.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from opening import open_services
from operations import OPERATIONS, replay
from saving.job import resume
from services import Services
from settings import Settings

CLIPS = 5_000


def filled(services: Services) -> list[str]:
    """A draft of clips that touch; answers their ids."""
    OPERATIONS["create_draft"]({"draft_id": "d"}, services)
    body = {"draft_id": "d", "end": 1}
    return [
        OPERATIONS["add_video"](
            {**body, "video_url": f"https://example.com/{n}.mp4", "target_start": n}, services
        ).model_dump()["segment_id"]
        for n in range(CLIPS)
    ]


def taken(services: Services, name: str, count: int, fields: Callable[[int], dict[str, Any]]) -> float:
    """Median seconds of one of `count` calls."""
    times = []
    for number in range(count):
        body = {"draft_id": "d", **fields(number)}
        began = time.perf_counter()
        OPERATIONS[name](body, services)
        times.append(time.perf_counter() - began)
    return median(times)


def main() -> None:
    """Print what each edit takes; fail when a ripple is slow."""
    with tempfile.TemporaryDirectory() as folder:
        services = open_services(Settings(data_dir=Path(folder)), replay, resume, OPERATIONS)
        ids = filled(services)
        cut = {"segment_id": ids[0], "ripple": "track"}
        ripple = taken(services, "trim_segment", 9, lambda n: {**cut, "end": 0.5 + n % 2 / 10})
        rows = {
            "move_segment": lambda n: {"segment_id": ids[2_000 + n], "start": 6_000 + n},
            "trim_segment": lambda n: {"segment_id": ids[2_000 + n], "end": 6_000.5 + n},
            "split_segment": lambda n: {"segment_id": ids[2_500 + n], "at": 2_500.1 + n},
            "update_segment": lambda n: {"segment_id": ids[1_000 + n], "set": {"volume": 0.5}},
            "remove_segment": lambda n: {"segment_id": ids[1_000 + n]},
        }
        for name, fields in rows.items():
            print(f"{name}: {taken(services, name, 200, fields) * 1e6:.0f} us")
        print(f"a ripple of {CLIPS - 1} clips: {ripple * 1e3:.0f} ms")
        print(f"get_draft: {taken(services, 'get_draft', 3, lambda n: {}) * 1e3:.0f} ms")
        services.close()
    if ripple > 0.1:
        sys.exit(f"a ripple takes {ripple:.2f} s")


if __name__ == "__main__":
    main()
