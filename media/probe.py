"""Reads media in child processes, so that a file that crashes or hangs a parser harms nobody else.

A few children live on between files and are started when they are first needed. One that dies or overruns its time is
replaced. They end by themselves when this process does, however it ends.
"""

import json
import logging
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from engine.facts import MediaFacts
from media.first_bytes import UnreadableMediaError

log = logging.getLogger(__name__)

FILES_PER_CHILD = 500
"""After so many files a child is replaced: native parsers leak."""

_START_SECONDS = 60.0
_ROOT = Path(__file__).resolve().parent.parent
_COMMAND = (sys.executable, "-m", "media.probe_worker")


class Probe:
    """Tells what media files hold; one for all threads of a process.

    `timeout` is the longest time for one file, in seconds; waiting for a free child is not counted. `ffprobe` is the
    path of an ffprobe to use when PyAV fails (empty: one on PATH). `workers` is how many files are read at once.
    `command` starts a child that speaks as `media/probe_worker.py` does.
    """

    def __init__(self, timeout: float, ffprobe: str = "", workers: int = 2, command: Sequence[str] = _COMMAND):
        self._timeout, self._command = timeout, command
        # The children run in another folder; a bare name is left to be found on PATH.
        self._ffprobe = os.path.abspath(ffprobe) if os.path.dirname(ffprobe) else ffprobe
        self._turns = threading.BoundedSemaphore(workers)
        self._idle: list[_Child] = []
        self._closed = False

    def facts(self, path: Path) -> MediaFacts:
        """Tell what the file at `path` holds.

        Raises:
            UnreadableMediaError: it is no medium, or reading it crashed or took too long, or this probe is closed.
        """
        return MediaFacts(**self._ask({"path": str(path.absolute()), "ffprobe": self._ffprobe})["facts"])

    def cover(self, target: Path, width: int, height: int, source: Path | None = None, at: int = 0) -> None:
        """Draw a cover as `media/cover.py` does; from a `source` that shows nothing, a plain one.

        Raises:
            UnreadableMediaError: not even that can be drawn.
        """
        question = {"cover": str(target.absolute()), "width": width, "height": height, "source": "", "at": at}
        if source:
            try:
                self._ask({**question, "source": str(source.absolute())})
                return
            except UnreadableMediaError as error:
                log.info("the cover is plain: %s", error)
        self._ask(question)

    def close(self) -> None:
        """End the children; one that is in the middle of a file ends after it."""
        self._closed = True
        while child := self._idle_child():
            child.end()

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        with self._turns:
            answer = self._answer(question)
        if "unreadable" in answer:
            raise UnreadableMediaError(answer["unreadable"])
        return answer

    def _answer(self, question: dict[str, Any]) -> dict[str, Any]:
        if self._closed:
            raise UnreadableMediaError("the service is stopping")
        child = self._idle_child()
        if child is not None:
            with suppress(_ChildDiedError):  # maybe before this file came: a fresh one shall say
                return self._asked(child, question)
        return self._asked(_Child(self._command), question)

    def _asked(self, child: "_Child", question: dict[str, Any]) -> dict[str, Any]:
        answer = None
        try:
            answer = child.ask(question, self._timeout)
        finally:
            self._put_back(child, usable=answer is not None)
        return answer

    def _idle_child(self) -> "_Child | None":
        while True:
            try:
                child = self._idle.pop()
            except IndexError:
                return None
            if child.is_alive():
                return child
            child.end()

    def _put_back(self, child: "_Child", usable: bool) -> None:
        if usable and child.asked < FILES_PER_CHILD:
            self._idle.append(child)
        else:
            child.end()
        if self._closed:  # meanwhile
            self.close()


class _ChildDiedError(UnreadableMediaError):
    """The process ended instead of answering."""


class _Child:
    """One process that reads files, and the thread that listens to it (pipes cannot be waited for on Windows)."""

    _starting = threading.Lock()  # on Windows, processes started at once may inherit each other's pipes

    def __init__(self, command: Sequence[str]):
        self.asked = 0
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        try:
            self._process = self._start(command)
        except OSError as error:
            log.error("the media reader cannot be started: %s", error)
            raise UnreadableMediaError("the media reader cannot be started") from None
        assert self._process.stdin and self._process.stdout  # for the type checker: both are pipes
        self._stdin, self._stdout = self._process.stdin, self._process.stdout
        threading.Thread(target=self._listen, name="media-reader", daemon=True).start()
        if not self._next_line(_START_SECONDS):
            self.end()
            log.error("the media reader does not start: %s", command)
            raise UnreadableMediaError("the media reader cannot be started")

    def _start(self, command: Sequence[str]) -> "subprocess.Popen[bytes]":
        python_path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
        with self._starting:
            return subprocess.Popen(
                command,
                bufsize=0,  # a buffer that a daemon thread reads can stop the interpreter from ending
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=None if log.isEnabledFor(logging.DEBUG) else subprocess.DEVNULL,
                cwd=_ROOT,
                env={**os.environ, "PYTHONPATH": python_path},
                start_new_session=True,  # so that end() reaches an ffprobe of its own, and Ctrl-C does not reach it
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )

    def is_alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def ask(self, question: dict[str, Any], timeout: float) -> dict[str, Any]:
        """Hand over one question and wait for its answer, for `timeout` seconds.

        Raises:
            UnreadableMediaError: there is none. The process is of no more use then.
        """
        self.asked += 1
        with suppress(OSError):  # a broken pipe shows in the missing answer
            self._stdin.write(json.dumps(question).encode() + b"\n")
        line = self._next_line(timeout)
        if line is None:
            log.warning("%s took longer than %g s", _said(question), timeout)
            raise UnreadableMediaError(f"reading it took longer than {timeout:g} s")
        if not line:
            log.warning("the media reader died of %s (exit code %s)", _said(question), self._exit_code())
            raise _ChildDiedError("the parser crashed on this file")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def end(self) -> None:
        """Stop the process and whatever it started."""
        if self.is_alive():
            self._kill()
        self._stdin.close()
        self._process.wait()

    def _kill(self) -> None:
        if sys.platform == "win32":
            self._process.kill()
        else:
            with suppress(ProcessLookupError, PermissionError):  # it ended just now; macOS says the latter
                os.killpg(self._process.pid, signal.SIGKILL)

    def _exit_code(self) -> int | None:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
        return self._process.returncode

    def _listen(self) -> None:
        with self._stdout as pipe:
            for line in pipe:
                if line.endswith(b"\n"):
                    self._lines.put(line)
        self._lines.put(b"")

    def _next_line(self, timeout: float) -> bytes | None:
        """The next line that the process wrote; empty when it has ended, None when the time is up."""
        try:
            return self._lines.get(timeout=timeout)
        except queue.Empty:
            return None


def _said(question: dict[str, Any]) -> str:
    return f"drawing {question['source'] or 'a cover'}" if "cover" in question else f"reading {question['path']}"
