"""Media by URL: fetched, looked at, and given a file name that says what they are."""

import logging
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed, wait
from contextvars import copy_context
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Protocol

from engine.facts import MediaFacts
from errors import MediaError
from util import url_to_hash

from .address import loggable
from .fonts import font_ending
from .read import UnreadableMediaError

log = logging.getLogger(__name__)

_PREFIXES = {"video": "video", "photo": "image", "gif": "image", "audio": "audio"}


class Fetch(Protocol):
    """Bring what a URL names to a local file."""

    def __call__(self, url: str, target: Path, on_bytes: Callable[[int], None] | None = None) -> str:
        """Write `target`, whole or not at all; answer the server's mark of this version of the file, maybe empty.

        `on_bytes` hears the size so far, and ends the fetch by what it raises.

        Raises:
            MediaError: it cannot be had; the reason is written for the caller.
        """


class Probe(Protocol):
    """Read what a local file holds."""

    def __call__(self, path: Path) -> MediaFacts:
        """Look at the content of `path`.

        Raises:
            UnreadableMediaError: it is no medium, or a broken one.
        """


class Known(Protocol):
    """What was learned of media before."""

    def of(self, urls: Iterable[str]) -> dict[str, MediaFacts]:
        """What is known of `urls`."""

    def learn(self, url: str, facts: MediaFacts, size: int, etag: str) -> None:
        """Keep what was found at `url`: a file of `size` bytes, which its server marks with `etag`."""


class Cover(Protocol):
    """Draw the picture that an app shows in its list of drafts."""

    def __call__(self, target: Path, width: int, height: int, source: Path | None = None, at: int = 0) -> None:
        """Write `target`: what `source` shows at `at` microseconds, in the proportions of the canvas; plain without."""


@dataclass(frozen=True, slots=True)
class LocalMedium:
    """A medium in a local file."""

    path: Path
    facts: MediaFacts

    @property
    def folder(self) -> str:
        """What kind of folder it belongs in: "video", "image" or "audio"."""
        return _PREFIXES[self.facts.kind]


@dataclass
class Brought:
    """What came of fetching several: files by URL, reasons by URL. A URL in neither was not there in time."""

    found: dict[str, LocalMedium] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


class MediaLibrary:
    """Brings media, and tells what is known of them."""

    def __init__(self, fetch: Fetch, probe: Probe, known: Known, workers: int = 16):
        self._fetch, self._probe, self._known, self._workers = fetch, probe, known, workers
        self._lock = Lock()
        self._lookers = ThreadPoolExecutor(workers, thread_name_prefix="look")
        self._under_way: dict[str, Future[LocalMedium]] = {}

    def facts(self, urls: Iterable[str]) -> dict[str, MediaFacts]:
        """What is known of `urls` without fetching anything."""
        return self._known.of(urls)

    def identify(self, path: Path) -> MediaFacts:
        """What a local file holds.

        Raises:
            UnreadableMediaError: it is no medium, or a broken one.
        """
        return self._probe(path)

    def bring(self, url: str, folder: Path) -> LocalMedium:
        """Fetch `url` into `folder` and look at it. Its name follows from the URL, its ending from its content.

        Raises:
            MediaError: it cannot be had or cannot be read.
        """
        try:
            return self._bring(url, folder)
        except OSError as error:
            log.error("%s: %s", loggable(url), error)
            raise _not_stored(url, error) from None

    def _bring(self, url: str, folder: Path) -> LocalMedium:
        raw = folder / url_to_hash(url)
        etag = self._fetch(url, raw)
        try:
            facts = self._probe(raw)
        except UnreadableMediaError as error:
            raw.unlink()
            raise MediaError(url, str(error)) from None
        self._known.learn(url, facts, raw.stat().st_size, etag)
        return LocalMedium(raw.rename(folder / f"{_PREFIXES[facts.kind]}_{raw.name}{facts.extension}"), facts)

    def bring_all(
        self, urls: Iterable[str], folder: Path, on_done: Callable[[int], None] = lambda done: None
    ) -> Brought:
        """Bring several at once, each once; `on_done` hears how many are there or have failed."""
        brought = Brought()
        with ThreadPoolExecutor(self._workers, thread_name_prefix="fetch") as pool:
            futures = {pool.submit(copy_context().run, self.bring, url, folder): url for url in dict.fromkeys(urls)}
            for done, future in enumerate(as_completed(futures), start=1):
                self._sort(futures[future], future, brought)
                on_done(done)
        return brought

    def bring_fonts(self, urls: Iterable[str], folder: Path) -> tuple[dict[str, Path], dict[str, str]]:
        """Fetch fonts into `folder`, each once; answer their files by URL, and by URL why others cannot be had."""
        found: dict[str, Path] = {}
        failed: dict[str, str] = {}
        with ThreadPoolExecutor(self._workers, thread_name_prefix="font") as pool:
            futures = {url: pool.submit(copy_context().run, self._font, url, folder) for url in dict.fromkeys(urls)}
        for url, future in futures.items():
            try:
                found[url] = future.result()
            except MediaError as error:
                log.warning("%s: %s", loggable(url), error.reason)
                failed[url] = error.reason
        return found, failed

    def _font(self, url: str, folder: Path) -> Path:
        raw = folder / url_to_hash(url)
        try:
            self._fetch(url, raw)
            return raw.rename(folder / f"font_{raw.name}{font_ending(raw)}")
        except UnreadableMediaError as error:
            raw.unlink()
            raise MediaError(url, str(error)) from None
        except OSError as error:
            log.error("%s: %s", loggable(url), error)
            raise _not_stored(url, error) from None

    def read(self, url: str, folder: Path, most: int) -> bytes:
        """The content of a small file that is no medium. It stands in `folder` for a moment only.

        Raises:
            MediaError: it cannot be had, or has more than `most` bytes.
        """

        def check(size: int) -> None:
            if size > most:
                raise MediaError(url, f"larger than the limit of {most:,} bytes")

        with TemporaryDirectory(dir=folder, prefix="look-", ignore_cleanup_errors=True) as moment:
            target = Path(moment) / "file"
            self._fetch(url, target, check)
            return target.read_bytes()

    def learn(self, urls: Iterable[str], folder: Path, timeout: float) -> dict[str, str]:
        """Come to know the facts of `urls`, as many as can be within `timeout` seconds; answer why others cannot be.

        What has begun by then goes on, once however often it is asked for, and is known the next time. Files stand in
        `folder` for a moment only.
        """
        brought = Brought()
        with self._lock:
            futures = {self._looking(url, folder): url for url in dict.fromkeys(urls)}
        for future in wait(futures, timeout).done:
            self._sort(futures[future], future, brought)
        return brought.failed

    def close(self) -> None:
        """Begin no more looks."""
        self._lookers.shutdown(wait=False, cancel_futures=True)

    def _looking(self, url: str, folder: Path) -> "Future[LocalMedium]":
        """The look at `url` that is under way, or a new one."""
        future = self._under_way.get(url)
        if future is None:
            future = self._under_way[url] = self._lookers.submit(copy_context().run, self._look, url, folder)
        return future

    def _look(self, url: str, folder: Path) -> LocalMedium:
        try:
            with TemporaryDirectory(dir=folder, prefix="look-", ignore_cleanup_errors=True) as moment:
                return self.bring(url, Path(moment))
        finally:
            with self._lock:
                self._under_way.pop(url, None)

    @staticmethod
    def _sort(url: str, future: Future[LocalMedium], brought: Brought) -> None:
        try:
            brought.found[url] = future.result()
        except MediaError as error:
            log.warning("%s: %s", loggable(url), error.reason)
            brought.failed[url] = error.reason


def _not_stored(url: str, error: OSError) -> MediaError:
    return MediaError(url, f"could not be stored: {error.strerror or type(error).__name__}")
