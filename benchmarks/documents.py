"""What reading and saving a draft costs as it grows: text only, so that no media are in the way."""

import tempfile
import time
from pathlib import Path

from opening import open_services
from operations import OPERATIONS, replay
from saving.job import resume
from settings import Settings


def main() -> None:
    """Print query_script, save_draft and a rebuild from the log for three sizes."""
    for size in (1_000, 5_000, 10_000):
        with tempfile.TemporaryDirectory() as folder:
            services = open_services(Settings(data_dir=Path(folder)), replay, resume, OPERATIONS)
            OPERATIONS["create_draft"]({"draft_id": "d"}, services)
            for number in range(size):
                OPERATIONS["add_text"](
                    {"draft_id": "d", "text": f"caption {number}", "start": number, "end": number + 1}, services
                )
            figures = []
            for name, fields in (("query_script", {}), ("save_draft", {"wait": 60})):
                began = time.perf_counter()
                OPERATIONS[name]({"draft_id": "d", **fields}, services)
                figures.append(f"{name} {time.perf_counter() - began:.2f} s")
            services.drafts.forget("d")
            began = time.perf_counter()
            services.drafts.snapshot("d")
            figures.append(f"rebuild {time.perf_counter() - began:.2f} s")
            services.close()
        print(f"{size} texts: {', '.join(figures)}")


if __name__ == "__main__":
    main()
