"""What many edits in one call cost: a batch, a timeline, drafts of a template; and a dry run. Without HTTP.

A dry run of an add to a draft of 5,000 segments may take at most 10 ms.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from opening import open_services
from operations import OPERATIONS, replay
from saving.job import resume
from services import Services
from settings import Settings

COUNT = 5_000
ROWS = 500


def text(number: int) -> dict[str, Any]:
    """A caption a second."""
    return {"text": f"caption {number}", "start": number, "end": number + 1}


def segments() -> list[dict[str, Any]]:
    """The same, each after the one before it."""
    return [
        {"operation": "add_text", "length": 1, "parameters": {"text": f"caption {number}"}} for number in range(COUNT)
    ]


def took(services: Services, name: str, **fields: Any) -> float:
    """Seconds that a call takes."""
    began = time.perf_counter()
    OPERATIONS[name](fields, services)
    return time.perf_counter() - began


def main() -> None:
    """Print what each costs; fail when a dry run is slow."""
    track = {"track_name": "a", "segments": segments()}
    template = {
        "tracks": [{"track_name": "a", "segments": [{"operation": "add_text", "parameters": {"text": "{{a}}"}}]}]
    }
    with tempfile.TemporaryDirectory() as folder:
        services = open_services(Settings(data_dir=Path(folder)), replay, resume, OPERATIONS)
        call: Callable[..., float] = lambda name, **fields: took(services, name, **fields)  # noqa: E731
        call("create_draft", draft_id="d")
        call("add_text", draft_id="d", text="a", track_name="first")  # catalogs
        steps = [{"operation": "add_text", "request": text(number)} for number in range(COUNT)]
        print(f"batch of {COUNT} texts: {call('batch', draft_id='d', operations=steps) / COUNT * 1e6:.0f} us each")
        dry = min(call("add_text", draft_id="d", **text(6_000 + number), dry_run=True) for number in range(5))
        print(f"dry run of an add to that draft: {dry * 1e3:.1f} ms")
        made = call("create_timeline", draft_id="t", tracks=[track])
        print(f"timeline of {COUNT} texts: {made / COUNT * 1e6:.0f} us each")
        print(f"reading it: {call('get_timeline', draft_id='t') * 1e3:.0f} ms")
        call("save_template", template_id="t", timeline=template, variables={"a": {}})
        rows = [{"values": {"a": str(number)}} for number in range(ROWS)]
        each = call("create_from_template", template_id="t", rows=rows) / ROWS
        print(f"{ROWS} drafts of a template: {each * 1e3:.1f} ms each")
        services.close()
    if dry > 0.010:
        sys.exit(f"a dry run takes {dry * 1e3:.0f} ms")


if __name__ == "__main__":
    main()
