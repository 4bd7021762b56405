"""What it takes to search the catalog and to list what it has, without HTTP."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from opening import open_services
from operations import OPERATIONS, replay
from saving.job import resume
from settings import Settings

ASKED: list[tuple[str, dict[str, Any]]] = [
    ("search_catalog", {"q": "flash"}),
    ("search_catalog", {"q": "transitoin flas"}),
    ("search_catalog", {"q": "zzqqzzqqzz"}),
    ("list_types", OPERATIONS["list_types"].request.example),
]


def best(call: Callable[[], object], times: int = 20) -> float:
    """Seconds of the quickest of many calls."""

    def once() -> float:
        began = time.perf_counter()
        call()
        return time.perf_counter() - began

    return min(once() for _ in range(times))


def main() -> None:
    """Print milliseconds for each."""
    with tempfile.TemporaryDirectory() as folder:
        services = open_services(Settings(data_dir=Path(folder)), replay, resume, OPERATIONS)
        for name, fields in ASKED:
            operation = OPERATIONS[name]
            print(f"{name} {fields.get('q', '')}: {best(lambda op=operation, f=fields: op(f, services)) * 1e3:.2f} ms")
        services.close()


if __name__ == "__main__":
    main()
