"""What runs in a child process of `media/probe.py`: one JSON line in, one JSON line out.

    {"path": "/a/file", "ffprobe": ""}                     ->  {"facts": {"kind": "video", ...}}
    {"cover": "/a/target", "width": 1080, "height": 1920}  ->  {"drawn": true}
    either                                                 ->  {"unreadable": "why"}

The first line out is `{"ready": true}`. The process ends with the pipe it reads from, in the middle of a file too.
"""

import json
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from engine.facts import MediaFacts
from media.cover import draw_cover
from media.first_bytes import UnreadableMediaError
from media.read import read_facts

MEMORY_BYTES = 4 << 30
"""Most address space of the process, where the system can limit it: some damaged MP4s make FFmpeg ask for 12 GB."""


def serve(read: Callable[[Path, str], MediaFacts] = read_facts) -> None:
    """Answer each question on standard input with what `read` says of that file, for as long as the pipe is open.

    An exception that `read` does not declare ends the process: its parent knows what to make of that.
    """
    _limit_itself()
    answers = _take_stdout()
    questions: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_listen, args=(questions,), daemon=True).start()
    answer: dict[str, Any] = {"ready": True}
    while True:
        answers.write(json.dumps(answer).encode() + b"\n")
        question = json.loads(questions.get())
        try:
            answer = _draw(**question) if "cover" in question else _facts(read, **question)
        except UnreadableMediaError as error:
            answer = {"unreadable": str(error)}


def _facts(read: Callable[[Path, str], MediaFacts], path: str, ffprobe: str) -> dict[str, Any]:
    return {"facts": asdict(read(Path(path), ffprobe))}


def _draw(cover: str, width: int, height: int, source: str, at: int) -> dict[str, Any]:
    try:
        draw_cover(Path(cover), width, height, Path(source) if source else None, at)
    except OSError as error:
        return {"unreadable": f"it could not be drawn: {error.strerror or error}"}
    return {"drawn": True}


def _limit_itself() -> None:
    """Let a file that makes a parser ask for all memory fail here, and leave no core dump of it."""
    if sys.platform != "win32":
        import resource

        with suppress(OSError, ValueError):  # macOS may refuse
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


def _take_stdout() -> Any:
    """Keep the pipe to the parent for answers alone: a native library that prints would spoil them."""
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.close(silence)
    return answers


def _listen(questions: "SimpleQueue[bytes]") -> None:
    with open(0, "rb", buffering=0, closefd=False) as pipe:
        for line in pipe:
            questions.put(line)
    os._exit(0)  # the parent is gone; a parser that hangs must not keep this process


def _load_parsers() -> None:
    """Import what is slow to import before the first file's time begins."""
    for name in ("PIL.Image", "av"):
        with suppress(ImportError):
            import_module(name)


if __name__ == "__main__":
    _load_parsers()
    serve()
