"""What adding subtitles costs as they get longer, through parser, validation, engine and log, without HTTP.

5,000 cues may take at most 0.35 s, and each of them at most 1.5 times what each of 500 does.
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

COUNTS = (500, 5_000, 20_000)
TRIES = 3


def srt(count: int) -> str:
    """A cue a second."""
    return "".join(
        f"{n}\n{moment(n)},000 --> {moment(n)},900\nThis is <i>cue</i> {n}\nwith a second line\n\n"
        for n in range(count)
    )


def moment(second: int) -> str:
    """Hours, minutes and seconds."""
    return f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"


def measure(services: Services, count: int) -> float:
    """Seconds for one call, the best of some."""
    text, taken = srt(count), []
    for number in range(TRIES):
        draft_id = f"d{count}_{number}"
        OPERATIONS["create_draft"]({"draft_id": draft_id}, services)
        began = time.perf_counter()
        OPERATIONS["add_subtitle"]({"draft_id": draft_id, "srt": text}, services)
        taken.append(time.perf_counter() - began)
    return min(taken)


def main() -> None:
    """Print what they take; fail when it is too much."""
    with tempfile.TemporaryDirectory() as folder:
        services = open_services(Settings(data_dir=Path(folder)), replay, resume, OPERATIONS)
        measure(services, 10)  # catalogs and caches first
        taken = {count: measure(services, count) for count in COUNTS}
        services.close()
    for count, seconds in taken.items():
        print(f"add_subtitle, {count:,} cues: {seconds:.3f} s, {seconds / count * 1e6:.0f} us a cue")
    growth = taken[5_000] / taken[500] / 10
    if taken[5_000] > 0.35 or growth > 1.5:
        sys.exit(f"5,000 cues take {taken[5_000]:.2f} s, a cue of them {growth:.2f} times one of 500")


if __name__ == "__main__":
    main()
