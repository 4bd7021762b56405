"""Files of draft folders that were imported: kept apart from the log, for media may be among them.

<root>/<digest>/files/...     what stood beside the timeline of one or several drafts
<root>/<digest>/manifest      the sizes of these files; written last
<root>/<digest>/drafts/<name> a draft that needs them; in the file are its store and its id
<root>/<name>.part/...        files that are still coming, or that were cut off
<root>/<digest>.<name>.gone/  files that are being removed

They stay as long as there is a draft, deleted ones included, that needs them. A claim is laid before the draft is
made, so nothing can be swept away in between. A store knows its own drafts only: what another store claims stays, for
the service may be started with that one again.

What is removed is first renamed, and then looked at once more: another process may have claimed it meanwhile.
"""

import hashlib
import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import IO

from util import url_to_hash

KEPT_FILES = r"^([0-9a-f]{32})?$"
"""What the name of kept files is made of: the hash of their names and contents; empty for none."""
_UNFINISHED, _GONE = ".part", ".gone"
_GRACE = 3_600.0
"""Seconds for which new files stay without a draft that needs them: it is being made."""
_TRIES = 5
PASSING = "memory-"
"""How the names of stores begin that end with their process; a claim of one counts while the process renews it."""
_RENEWED = 24 * _GRACE


class ImportedFiles:
    """What has been imported under `root` by the drafts of the store named `store`."""

    def __init__(self, root: Path, store: str = "", is_rehearsal: bool = False):
        self._root, self._store, self._is_rehearsal = root, store, is_rehearsal

    @property
    def rehearsal(self) -> "ImportedFiles":
        """The same, but that nothing is kept."""
        return ImportedFiles(self._root, self._store, is_rehearsal=True)

    def keep(self, files: Iterable[tuple[str, Callable[[], IO[bytes]]]], draft_id: str) -> str:
        """Keep files for a draft; answers what names them, empty for none.

        Args:
            files: path in the folder, safe and with "/" between names, and how to open each.
            draft_id: the draft that will need them.
        """
        if self._is_rehearsal:
            for _, open_file in files:
                _read_through(open_file)
            return ""
        work = self._root / f"{secrets.token_hex(8)}{_UNFINISHED}"
        digest, sizes = hashlib.sha256(), {}
        try:
            for path, open_file in sorted(files, key=lambda file: file[0]):
                digest.update(f"{path}\n{_copy(open_file, work / 'files' / path)}\n".encode())
                sizes[path] = (work / "files" / path).stat().st_size
            if not sizes:
                return ""
            (work / "manifest").write_text(json.dumps(sizes))
            name = digest.hexdigest()[:32]
            self._put_in_place(work, name, draft_id)
        finally:
            shutil.rmtree(work, ignore_errors=True)
        return name

    def _put_in_place(self, work: Path, name: str, draft_id: str) -> None:
        """Let files be found under their name, unless they are there already, and claim them."""
        for _ in range(_TRIES):  # another process may do the same, or remove them
            place = self._of(name)
            if place.exists() and not _is_whole(place):
                self._remove(place, lambda _: True)
            with suppress(OSError):  # they are there already
                work.rename(place)
            if self.claim(name, draft_id) and _is_whole(place):
                return
        raise OSError(f"{self._of(name)} cannot be kept")

    def claim(self, name: str, draft_id: str) -> bool:
        """Note that a draft needs those files; False when they are not here."""
        if self._is_rehearsal:
            return True
        place = self._of(name) / "drafts"
        try:
            place.mkdir(exist_ok=True)
            (place / url_to_hash(f"{self._store}\n{draft_id}")).write_text(f"{self._store}\n{draft_id}")
        except FileNotFoundError:
            return False
        return True

    def put(self, name: str, folder: Path) -> bool:
        """Put those files into `folder`; False when they are not here, or not all."""
        place = self._of(name)
        if (place / "files").is_dir():
            shutil.copytree(place / "files", folder, dirs_exist_ok=True)
        return _is_whole(place)

    def paths(self, name: str) -> set[str]:
        """The paths of those files, as far as they are here."""
        files = self._of(name) / "files"
        return {path.relative_to(files).as_posix() for path in files.rglob("*")}

    def _of(self, name: str) -> Path:
        if not name or not re.match(KEPT_FILES, name):
            raise ValueError(f"no name of kept files: {name!r}")
        return self._root / name

    def sweep(self, is_there: Callable[[str], bool]) -> None:
        """Remove what no draft needs any more; `is_there` knows by its id whether there still is a draft."""

        def stands(claim: Path) -> bool:
            return _stands(claim, self._store, is_there)

        for place in list(self._root.glob("*")):
            if place.suffix == _GONE:
                self._finish(place, place.with_name(place.name.partition(".")[0]), stands)
            elif _is_new(place) or any([stands(claim) for claim in place.glob("drafts/*")]):
                continue
            elif place.suffix == _UNFINISHED:
                shutil.rmtree(place, ignore_errors=True)
            else:
                self._remove(place, stands)

    def _remove(self, place: Path, stands: Callable[[Path], bool]) -> None:
        gone = place.with_name(f"{place.name}.{secrets.token_hex(4)}{_GONE}")
        with suppress(FileNotFoundError):  # another process removes it too
            place.rename(gone)
            self._finish(gone, place, stands)

    def _finish(self, gone: Path, place: Path, stands: Callable[[Path], bool]) -> None:
        """Remove what is out of the way, or put it back if it was claimed meanwhile."""
        claims = [claim for claim in gone.glob("drafts/*") if stands(claim)]
        with suppress(OSError):  # others are in its place by now
            if claims and _is_whole(gone):
                gone.rename(place)
                return
        for claim in claims if place.exists() else ():
            (place / "drafts").mkdir(exist_ok=True)
            shutil.copy(claim, place / "drafts")
        if not claims or place.exists():
            shutil.rmtree(gone, ignore_errors=True)


def _is_whole(place: Path) -> bool:
    """Whether all files are there that were kept."""
    try:
        sizes = json.loads((place / "manifest").read_text())
        return all((place / "files" / path).stat().st_size == size for path, size in sizes.items())
    except (OSError, ValueError):
        return False


def _read_through(open_file: Callable[[], IO[bytes]]) -> None:
    """Find out whether a file can be read."""
    with open_file() as source:
        while source.read(1 << 20):
            pass


def _copy(open_file: Callable[[], IO[bytes]], place: Path) -> str:
    """Write a file; answers what its content hashes to."""
    place.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with open_file() as source, place.open("wb") as target:
        while block := source.read(1 << 20):
            digest.update(block)
            target.write(block)
    return digest.hexdigest()


def _stands(claim: Path, own_store: str, is_there: Callable[[str], bool]) -> bool:
    """Whether a claim counts; one that does not is taken away."""
    with suppress(FileNotFoundError):
        store, is_complete, draft_id = claim.read_text().rpartition("\n")
        if is_complete and store != own_store:
            if not store.startswith(PASSING) or _is_new(claim, _RENEWED):
                return True
        elif is_there(draft_id):
            os.utime(claim)
            return True
        elif _is_new(claim):
            return True
        claim.unlink()
    return False


def _is_new(place: Path, seconds: float = _GRACE) -> bool:
    with suppress(FileNotFoundError):
        return time.time() - place.stat().st_mtime < seconds
    return False
