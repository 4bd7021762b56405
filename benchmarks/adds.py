"""What adding to one draft costs as it grows, through validation, engine and log, without HTTP.

The last hundred of 10,000 adds may take at most 1.5 times the first hundred.
"""

import sys
import tempfile
import time
from pathlib import Path

from opening import open_services
from operations import OPERATIONS, replay
from saving.job import resume
from services import Services
from settings import Settings

COUNT = 10_000


def text(number: int) -> dict[str, object]:
    """A caption a second."""
    return {"draft_id": "d", "text": f"caption {number}", "start": number, "end": number + 1}


def video(number: int) -> dict[str, object]:
    """A clip a second, each of its own URL."""
    return {"draft_id": "d", "video_url": f"https://example.com/{number}.mp4", "end": 1, "target_start": number}


def measure(services: Services, name: str, payload, strict: bool = True) -> list[float]:
    """Seconds of each of COUNT adds to a fresh draft."""
    taken = []
    OPERATIONS[name]({**payload(0), "draft_id": "first"}, services, strict=False)  # catalogs and caches
    OPERATIONS["create_draft"]({"draft_id": "d"}, services)
    for number in range(COUNT):
        fields = payload(number)
        began = time.perf_counter()
        OPERATIONS[name](fields, services, strict=strict)
        taken.append(time.perf_counter() - began)
    return taken


def main() -> None:
    """Print both growths; fail when one is above 1.5."""
    worst = 0.0
    for name, payload in (("add_text", text), ("add_video", video)):
        with tempfile.TemporaryDirectory() as folder:
            services = open_services(Settings(data_dir=Path(folder)), replay, resume, OPERATIONS)
            taken = measure(services, name, payload)
            services.close()
        first, last = sum(taken[:100]), sum(taken[-100:])
        median = sorted(taken)[COUNT // 2]
        print(
            f"{name}: first hundred {first * 1e4:.0f} us each, last hundred {last * 1e4:.0f} us each, "
            f"ratio {last / first:.2f}; median {median * 1e6:.0f} us, all {sum(taken):.2f} s"
        )
        worst = max(worst, last / first)
    if worst > 1.5:
        sys.exit(f"an add has become {worst:.2f} times as slow")


if __name__ == "__main__":
    main()
