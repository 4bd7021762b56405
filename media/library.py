"""Media by URL: fetched, looked at, and given a file name that says what they are."""

import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import BoundedSemaphore, Lock
from typing import Protocol

from engine.facts import MediaFacts
from errors import MediaError
from util import url_to_hash

from .address import is_web, loggable
from .fetching import Fetch, OnBytes
from .first_bytes import is_text
from .fonts import font_ending
from .private import scope
from .read import UnreadableMediaError

log = logging.getLogger(__name__)

_PREFETCHERS = 4  # the other lanes are for saves
_MOST_WAITING, _REMEMBERED = 1_000, 10_000

_PREFIXES = {"video": "video", "photo": "image", "gif": "image", "audio": "audio"}


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

    def at(self, url: str, mark: str) -> MediaFacts | None:
        """What is known of `url`, if it was learned of the content of that mark."""

    def learn(self, url: str, facts: MediaFacts, size: int, mark: str) -> None:
        """Keep what was found at `url`: a file of `size` bytes, whose content is named by `mark`."""


class Cover(Protocol):
    """Draw the picture that an app shows in its list of drafts."""

    def __call__(self, target: Path, width: int, height: int, source: Path | None = None, at: int = 0) -> None:
        """Write `target`: what `source` shows at `at` microseconds, in the proportions of the canvas; plain without."""


@dataclass(frozen=True, slots=True)
class LocalMedium:
    """A medium in a local file."""

    path: Path
    facts: MediaFacts
    warning: str = ""
    """What was not done quite as asked to get it."""

    @property
    def folder(self) -> str:
        """What kind of folder it belongs in: "video", "image" or "audio"."""
        return _PREFIXES[self.facts.kind]


@dataclass
class Brought:
    """What came of fetching several: files by URL, reasons by URL. A URL in neither was not there in time."""

    found: dict[str, LocalMedium] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Progress:
    """How far the fetching of several media is."""

    done: int
    """Media that are there or have failed."""
    fetched_bytes: int
    """Bytes that came over the network; media that were there already count nothing."""
    total_bytes: int
    """Bytes that are to come over the network in all, as far as the servers have told."""
    share: float
    """What part of the media is there, 0 to 1, with the parts of those that are under way."""


class _Meter:
    """Adds up what the threads of several fetches tell."""

    def __init__(self) -> None:
        self._so_far: dict[str, int] = {}
        self._whole: dict[str, int] = {}
        self.is_over = False
        """Nobody wants the media any more: fetches that are under way end with the next bytes."""

    def hearers(self, url: str) -> tuple[OnBytes, OnBytes]:
        """What hears the size so far, and that of the whole."""
        return partial(self._hear, self._so_far, url), partial(self._hear, self._whole, url)

    def _hear(self, sizes: dict[str, int], url: str, size: int) -> None:
        if self.is_over:
            raise CancelledError
        sizes[url] = size

    def read(self, done: int, count: int) -> Progress:
        """The sums, when `done` of `count` media are there or have failed."""
        so_far, whole = self._so_far.copy(), self._whole.copy()
        total = sum(max(size, whole.get(url, 0)) for url, size in (dict.fromkeys(whole, 0) | so_far).items())
        under_way = sum(min(size / whole[url], 1) for url, size in so_far.items() if size < whole.get(url, 0))
        return Progress(done, sum(so_far.values()), total, min((done + under_way) / count, 1))


def _as_they_end(futures: Iterable["Future[LocalMedium]"]) -> Iterator[set["Future[LocalMedium]"]]:
    """Those that have ended since the last time, four times a second also if there are none."""
    left = set(futures)
    while left:
        done, left = wait(left, timeout=0.25, return_when=FIRST_COMPLETED)
        yield done


class MediaLibrary:
    """Brings media, and tells what is known of them."""

    def __init__(
        self,
        fetch: Fetch,
        probe: Probe,
        known: Known,
        workers: int = 16,
        forget: Callable[[str], None] = lambda url: None,
    ):
        """`forget` hears of URLs whose content is of no use."""
        self._fetch, self._probe, self._known, self._workers, self._forget = fetch, probe, known, workers, forget
        self._lock = Lock()
        self._lookers = ThreadPoolExecutor(workers, thread_name_prefix="look")
        self._prefetchers = ThreadPoolExecutor(_PREFETCHERS, thread_name_prefix="prefetch")
        self._waiting = BoundedSemaphore(_MOST_WAITING)
        self._prefetched: OrderedDict[str, None] = OrderedDict()
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

    def remember(self, url: str, facts: MediaFacts, size: int, mark: str) -> None:
        """Keep what is known of `url`: a file of `size` bytes, whose content is named by `mark`."""
        self._known.learn(url, facts, size, mark)

    def bring(
        self, url: str, folder: Path, on_bytes: OnBytes | None = None, on_size: OnBytes | None = None
    ) -> LocalMedium:
        """Fetch `url` into `folder` and look at it. Its name follows from the URL, its ending from its content.

        Raises:
            MediaError: it cannot be had or cannot be read.
        """
        try:
            return self._bring(url, folder, on_bytes, on_size)
        except OSError as error:
            log.error("%s: %s", loggable(url), error)
            raise _not_stored(url, error) from None

    def _bring(self, url: str, folder: Path, on_bytes: OnBytes | None, on_size: OnBytes | None) -> LocalMedium:
        raw = folder / url_to_hash(url)
        fetched = self._fetch(url, raw, on_bytes, on_size)
        facts = (fetched.mark and self._known.at(url, fetched.mark)) or self._looked(url, raw, fetched.mark)
        name = f"{_PREFIXES[facts.kind]}_{raw.name}{facts.extension}"
        return LocalMedium(raw.rename(folder / name), facts, fetched.warning)

    def _looked(self, url: str, raw: Path, mark: str) -> MediaFacts:
        """What the file `raw` holds. It is removed when that is of no use."""
        try:
            facts = self._probe(raw)
        except UnreadableMediaError as error:
            raise self._useless(url, raw, error) from None
        self._known.learn(url, facts, raw.stat().st_size, mark)
        return facts

    def _useless(self, url: str, raw: Path, error: UnreadableMediaError) -> MediaError:
        raw.unlink()
        self._forget(url)
        return MediaError(url, str(error))

    def kind(self, path: Path) -> str:
        """What a local file holds: "video", "photo", "gif", "audio", "font" or "text".

        Raises:
            UnreadableMediaError: it is none of them, or a broken one.
        """
        with path.open("rb") as file:
            head = file.read(4096)
        if is_text(head) and not head.lstrip().startswith((b"<", b"{")):
            return "text"
        try:
            return self._probe(path).kind
        except UnreadableMediaError as error:
            with suppress(UnreadableMediaError):
                font_ending(path)
                return "font"
            raise error from None

    def bring_all(
        self, urls: Iterable[str], folder: Path, on_progress: Callable[[Progress], None] = lambda progress: None
    ) -> Brought:
        """Bring several at once, each once.

        `on_progress` hears of it in this thread, as often as it changes; after what it raises no more is begun, and
        what is under way ends.
        """
        brought, meter = Brought(), _Meter()
        with ThreadPoolExecutor(self._workers, thread_name_prefix="fetch") as pool:
            futures = {
                pool.submit(
                    copy_context().run, partial(self.bring, url, folder, *(meter.hearers(url) if is_web(url) else ()))
                ): url
                for url in dict.fromkeys(urls)
            }
            try:
                for done in _as_they_end(futures):
                    for future in done:
                        self._sort(futures[future], future, brought)
                    on_progress(meter.read(len(brought.found) + len(brought.failed), len(futures)))
            finally:
                meter.is_over = True
                pool.shutdown(wait=False, cancel_futures=True)
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
            raise self._useless(url, raw, error) from None
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

    def prefetch(self, named: Callable[[], Iterable[str]], folder: Path) -> None:
        """Bring the URLs that `named` gives to where later fetches find them, some time soon, a few at a time.

        Each once, as far as is remembered. What cannot be had is for a save to say.
        """
        if self._waiting.acquire(blocking=False):
            self._prefetchers.submit(copy_context().run, self._prefetch, named, folder)

    def _prefetch(self, named: Callable[[], Iterable[str]], folder: Path) -> None:
        self._waiting.release()
        for url in islice(named(), _MOST_WAITING):
            with self._lock:
                if url in self._prefetched or _look_at(url) in self._under_way:
                    continue
                self._prefetched[url] = None
                if len(self._prefetched) > _REMEMBERED:
                    self._prefetched.popitem(last=False)
                future = self._under_way[_look_at(url)] = self._prefetchers.submit(
                    copy_context().run, self._look, url, folder
                )
            future.add_done_callback(partial(_said, url))

    def close(self) -> None:
        """Begin no more looks."""
        self._prefetchers.shutdown(wait=False, cancel_futures=True)
        self._lookers.shutdown(wait=False, cancel_futures=True)

    def _looking(self, url: str, folder: Path) -> "Future[LocalMedium]":
        """The look at `url` that is under way, or a new one."""
        future = self._under_way.get(_look_at(url))
        if future is None:
            future = self._under_way[_look_at(url)] = self._lookers.submit(copy_context().run, self._look, url, folder)
        return future

    def _look(self, url: str, folder: Path) -> LocalMedium:
        try:
            with TemporaryDirectory(dir=folder, prefix="look-", ignore_cleanup_errors=True) as moment:
                return self.bring(url, Path(moment))
        finally:
            with self._lock:
                self._under_way.pop(_look_at(url), None)

    @staticmethod
    def _sort(url: str, future: Future[LocalMedium], brought: Brought) -> None:
        try:
            brought.found[url] = future.result()
        except MediaError as error:
            log.warning("%s: %s", loggable(url), error.reason)
            brought.failed[url] = error.reason


def _look_at(url: str) -> str:
    """What tells a look at `url` from others: one with headers is not for those without."""
    return scope(url) + url


def _said(url: str, ended: "Future[LocalMedium]") -> None:
    if not ended.cancelled() and (error := ended.exception()):
        log.info("%s is not fetched ahead: %s", loggable(url), getattr(error, "reason", type(error).__name__))


def _not_stored(url: str, error: OSError) -> MediaError:
    return MediaError(url, f"could not be stored: {error.strerror or type(error).__name__}")
