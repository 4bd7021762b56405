"""What a draft and a segment take in memory; the estimates in `engine/` (`weight`) are set by this."""

import gc
import tracemalloc

from engine.script_file import Script_file
from operations import OPERATIONS

SEGMENTS = 2_000


def grown(build) -> int:
    """Bytes that `build()` leaves allocated."""
    gc.collect()
    before = tracemalloc.get_traced_memory()[0]
    kept = build()
    gc.collect()
    grown = tracemalloc.get_traced_memory()[0] - before
    del kept
    return grown


def filled(name: str, fields) -> Script_file:
    """A draft with SEGMENTS segments of one kind."""
    script = Script_file("d", 1080, 1920, target="capcut")
    op = OPERATIONS[name]
    for number in range(SEGMENTS):
        script.begin(number + 2)
        op.run(op.request.model_validate(fields(number)), script)
    return script


def main() -> None:
    """Print bytes and estimates."""
    cases = {
        "add_text": lambda n: {"text": f"caption {n}", "start": n, "end": n + 1},
        "add_video": lambda n: {"video_url": f"https://example.com/{n}.mp4", "end": 1, "target_start": n},
    }
    for name, fields in cases.items():
        filled(name, fields)  # catalogs and caches first
        tracemalloc.start()
        taken = grown(lambda name=name, fields=fields: filled(name, fields))
        empty = grown(lambda: [Script_file(str(n), 1080, 1920, target="capcut") for n in range(100)]) / 100
        tracemalloc.stop()
        weight = filled(name, fields).weight
        print(f"{name}: {taken / SEGMENTS:.0f} bytes a segment, estimated {weight / SEGMENTS:.0f}; empty {empty:.0f}")


if __name__ == "__main__":
    main()
