"""Media that were fetched once, kept for every draft and every process that shares `data_dir`.

<root>/<2 digits>/<key>.json         the entry: which copy, the server's marks, when they were last compared
<root>/<2 digits>/<key>.<mark>       the copy, never changed; drafts get hard links to it
<root>/<2 digits>/<key>.uses         as long as it was used often, as old as its last use
<root>/<2 digits>/<key>.lock         held by whoever fetches; the others wait for the copy

A copy has its name once it is whole, and an entry appears all at once, so that nothing is ever half there: not under
load, not after a crash. Locks only spare a second fetch. What a save was given is its own: a link keeps the content
when the copy is removed, so making room takes nothing from a running save. A copy is handed out before its entry
appears, or before its server is asked about it: whatever other processes remove meanwhile, the save has it by then.
"""

import errno
import logging
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from secrets import token_hex
from typing import Protocol

import orjson
from filelock import FileLock, Timeout

from errors import MediaError
from util import url_to_hash

from .address import is_web, loggable
from .fetching import Fetched, OnBytes, Version
from .private import scope

log = logging.getLogger(__name__)

_NO_LINKS = {errno.EXDEV, errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.EACCES}
_ABANDONED_SECONDS = 2 * 3600.0  # longer than any fetch lasts


class Download(Protocol):
    """Fetch from where a URL leads."""

    def __call__(
        self,
        url: str,
        target: Path,
        on_bytes: OnBytes | None = None,
        on_size: OnBytes | None = None,
        known: Version | None = None,
    ) -> Fetched:
        """As `Fetch`; with `known` only if the server has another version by now.

        Raises:
            MediaError: it cannot be had; `copy_will_do` says whether one had before may be used.
        """


@dataclass(frozen=True)
class _Entry:
    """A copy in the cache."""

    url: str
    mark: str
    version: Version
    size: int
    mtime_ns: int
    """Of the copy; who writes to a draft's link changes it, and then the copy is not used any more."""
    compared: float
    """When the server was last asked, in seconds since 1970."""


class MediaCache:
    """Copies of at most about `max_bytes`; 0 keeps nothing. One compared within `max_age` seconds is used unasked."""

    def __init__(
        self, root: Path, download: Download, max_bytes: int, max_age: float, clock: Callable[[], float] = time.time
    ):
        self._root, self._download, self._max_bytes, self._max_age = root, download, max_bytes, max_age
        self._clock = clock
        self._closing = False
        self._added = max_bytes  # so that the first fetch looks how much there is

    def fetch(self, url: str, target: Path, on_bytes: OnBytes | None = None, on_size: OnBytes | None = None) -> Fetched:
        """Bring `url` to `target` (see `Fetch`), from the copy if its server has no other version.

        A copy whose server fails or refuses by now is used, with a warning.

        Raises:
            MediaError: it cannot be had.
        """
        if not is_web(url) or not self._max_bytes:
            return self._downloaded(url, target, on_bytes, on_size)
        target.parent.mkdir(parents=True, exist_ok=True)
        stem = self._stem(url)
        if fresh := self._fresh(stem, target):
            return fresh
        stem.parent.mkdir(parents=True, exist_ok=True)
        with self._alone(url, stem, on_bytes):
            fetched = self._fresh(stem, target) or self._compared(url, stem, target, on_bytes, on_size)
        self._make_room_at_times()
        return fetched

    def forget(self, url: str) -> None:
        """Let go of the copy of `url`: its content turned out to be of no use."""
        _remove(self._stem(url))

    def most_used(self, count: int) -> list[str]:
        """The URLs of the `count` copies that were used most often, the most used first."""
        by_uses = sorted(self._stems(), key=_uses, reverse=True)[:count]
        found = [(stem, entry.url) for stem in by_uses if (entry := _read(stem))]
        return [
            url for stem, url in found if stem == self._stem(url)
        ]  # private ones are for those who have the headers

    def make_room(self) -> None:
        """Remove the copies that were used longest ago, as far as there are too many, and what crashes left."""
        sizes = {stem: entry.size for stem in self._stems() if (entry := _read(stem))}
        too_many = sum(sizes.values()) - self._max_bytes
        if too_many > 0:
            too_many += self._max_bytes // 10  # not again at the next fetch
        for stem in sorted(sizes, key=_used_at):
            if too_many <= 0:
                break
            _remove(stem)
            too_many -= sizes[stem]
        self._sweep()

    def give_up(self, size: int) -> bool:
        """Remove copies until the disk has `size` more bytes free, if there are so many; answers whether there were.

        Those that a draft has a link to stay: the disk would have nothing of it.
        """
        with_size = [(stem, entry.size) for stem in self._stems() if (entry := _read(stem)) and _is_alone(stem, entry)]
        if sum(found for _, found in with_size) < size:
            return False
        for stem, found in sorted(with_size, key=lambda one: _used_at(one[0])):
            if size <= 0:
                break
            log.info("%s makes room on the disk", stem.name)
            _remove(stem)
            size -= found
        return True

    def close(self) -> None:
        """Wait for nobody any more."""
        self._closing = True

    def _stem(self, url: str) -> Path:
        key = url_to_hash(scope(url) + url, 40)
        return self._root / key[:2] / key

    def _stems(self) -> list[Path]:
        return [path.with_suffix("") for path in self._root.glob("??/*.json")]

    def _is_fresh(self, entry: _Entry) -> bool:
        return 0 <= self._clock() - entry.compared < self._max_age

    @contextmanager
    def _alone(self, url: str, stem: Path, on_bytes: OnBytes | None) -> Iterator[None]:
        """Hold the lock of an entry, among the threads of all processes."""
        lock = FileLock(stem.with_suffix(".lock"), timeout=1)
        while True:
            try:
                lock.acquire()
                break
            except Timeout:
                if self._closing:
                    raise MediaError(url, "the service is stopping") from None
                if on_bytes:
                    on_bytes(0)  # who does not want it any more ends the waiting
        try:
            yield
        finally:
            lock.release()

    def _fresh(self, stem: Path, target: Path) -> Fetched | None:
        """Hand out the copy if there is one that was compared a moment ago."""
        entry = _read(stem)
        if entry and self._is_fresh(entry) and _hand_out(_copy(stem, entry.mark), target):
            _count(stem)
            return Fetched(entry.version, mark=entry.mark)
        return None

    def _compared(
        self, url: str, stem: Path, target: Path, on_bytes: OnBytes | None, on_size: OnBytes | None
    ) -> Fetched:
        """Hand out the copy that there is if its server has no other, or cannot be asked; else a new one."""
        entry = _read(stem)
        if entry and not _hand_out(_copy(stem, entry.mark), target):
            entry = None
        for left in os.listdir(stem.parent):  # by a process that was killed: this one has the lock
            if left.startswith(f"{stem.name}.") and left.endswith(".part"):
                (stem.parent / left).unlink(missing_ok=True)
        mark, warning = token_hex(8), ""
        try:
            known = entry.version if entry else None
            fetched = self._downloaded(url, _copy(stem, mark), on_bytes, on_size, known)
        except MediaError as error:
            if entry is None or not error.copy_will_do:
                target.unlink(missing_ok=True)
                raise
            log.warning("%s: %s; the copy is used", loggable(url), error.reason)
            warning = f"its server could not be asked whether it has changed ({error.reason}); a copy is used"
        else:
            if entry is None or not fetched.is_unchanged:
                return self._kept(_Entry(url, mark, fetched.version, 0, 0, self._clock()), stem, target, entry)
            _write(stem, replace(entry, compared=self._clock()))
        _count(stem)
        return Fetched(entry.version, mark=entry.mark, warning=warning)

    def _kept(self, new: _Entry, stem: Path, target: Path, old: _Entry | None) -> Fetched:
        """Hand out the copy that has just come, and let others find it instead of the old one."""
        found = _copy(stem, new.mark).stat()
        if not _hand_out(_copy(stem, new.mark), target):
            raise MediaError(new.url, "could not be stored: its copy is gone")
        _count(stem)  # before it can be found: a copy without uses would be the first to go
        _write(stem, replace(new, size=found.st_size, mtime_ns=found.st_mtime_ns))
        if old:
            _copy(stem, old.mark).unlink(missing_ok=True)
        self._added += found.st_size
        return Fetched(new.version, mark=new.mark)

    def _downloaded(
        self,
        url: str,
        target: Path,
        on_bytes: OnBytes | None,
        on_size: OnBytes | None,
        known: Version | None = None,
    ) -> Fetched:
        """Fetch it; for want of space on the disk again, as long as copies can be given up for it."""
        while True:
            try:
                return self._download(url, target, on_bytes, on_size, known)
            except MediaError as error:
                if not error.lacking_bytes or not self.give_up(error.lacking_bytes):
                    raise

    def _make_room_at_times(self) -> None:
        if self._added > self._max_bytes // 20:
            self._added = 0
            self.make_room()

    def _sweep(self) -> None:
        """Remove what no entry names and nobody has written to for long."""
        known = {path for stem in self._stems() if (entry := _read(stem)) for path in _files(stem, entry)}
        long_ago = time.time() - _ABANDONED_SECONDS
        for path in self._root.glob("??/*"):
            with suppress(FileNotFoundError):
                if path not in known and path.stat().st_mtime < long_ago:
                    path.unlink()


def _copy(stem: Path, mark: str) -> Path:
    return stem.with_suffix(f".{mark}")


def _files(stem: Path, entry: _Entry) -> set[Path]:
    return {stem.with_suffix(".json"), stem.with_suffix(".uses"), _copy(stem, entry.mark)}


def _read(stem: Path) -> _Entry | None:
    """The entry, if its copy is there and still what was fetched."""
    try:
        fields = orjson.loads(stem.with_suffix(".json").read_bytes())
        entry = _Entry(**fields | {"version": Version(**fields["version"])})
        found = _copy(stem, entry.mark).stat()
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return entry if (found.st_size, found.st_mtime_ns) == (entry.size, entry.mtime_ns) else None


def _write(stem: Path, entry: _Entry) -> _Entry:
    beside = stem.with_suffix(f".{token_hex(8)}.new")
    beside.write_bytes(orjson.dumps(asdict(entry)))
    beside.replace(stem.with_suffix(".json"))
    return entry


def _remove(stem: Path) -> None:
    entry = _read(stem)
    for path in (stem.with_suffix(".json"), stem.with_suffix(".uses"), *([_copy(stem, entry.mark)] if entry else [])):
        with suppress(OSError):
            path.unlink()


def _hand_out(copy: Path, target: Path) -> bool:
    """Put the copy at `target`; False when it was removed meanwhile."""
    beside = target.with_name(f"{target.name}.{token_hex(4)}.part")
    try:
        _link(copy, beside)
        beside.replace(target)
    except FileNotFoundError:
        return False
    finally:
        beside.unlink(missing_ok=True)  # rename leaves both when they are links to one file
    return True


def _count(stem: Path) -> None:
    with stem.with_suffix(".uses").open("ab") as uses:
        uses.write(b".")


def _is_alone(stem: Path, entry: _Entry) -> bool:
    """Whether nothing but the cache has the copy."""
    try:
        return _copy(stem, entry.mark).stat().st_nlink == 1
    except FileNotFoundError:
        return False


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        shutil.copyfile(source, target)


def _uses(stem: Path) -> int:
    return _stat_of_uses(stem)[0]


def _used_at(stem: Path) -> int:
    return _stat_of_uses(stem)[1]


def _stat_of_uses(stem: Path) -> tuple[int, int]:
    try:
        found = stem.with_suffix(".uses").stat()
    except FileNotFoundError:
        return 0, 0
    return found.st_size, found.st_mtime_ns
