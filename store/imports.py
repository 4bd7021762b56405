"""Files of draft folders that were imported: kept apart from the log, for media may be among them.

<root>/<digest>/files/...     what stood beside the timeline of one or several drafts
<root>/<digest>/drafts/<name> a draft that needs them; its id is in the file
<root>/<name>.part/...        files that are still coming, or that were cut off

They stay as long as there is a draft, deleted ones included, that needs them. A claim is laid before the draft is
made, so nothing can be swept away in between.
"""

import hashlib
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
_UNFINISHED = ".part"
_GRACE = 3_600.0
"""Seconds for which new files stay without a draft that needs them: it is being made."""


class ImportedFiles:
    """What has been imported under `root`."""

    def __init__(self, root: Path, is_rehearsal: bool = False):
        self._root, self._is_rehearsal = root, is_rehearsal

    @property
    def rehearsal(self) -> "ImportedFiles":
        """The same, but that nothing is kept."""
        return ImportedFiles(self._root, is_rehearsal=True)

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
        digest, count = hashlib.sha256(), 0
        try:
            for path, open_file in sorted(files, key=lambda file: file[0]):
                count += 1
                digest.update(f"{path}\n{_copy(open_file, work / 'files' / path)}\n".encode())
            if not count:
                return ""
            name = digest.hexdigest()[:32]
            with suppress(OSError):  # they are there already
                work.rename(self._of(name))
            self.claim(name, draft_id)
        finally:
            shutil.rmtree(work, ignore_errors=True)
        return name

    def claim(self, name: str, draft_id: str) -> None:
        """Note that a draft needs those files, if they are here."""
        if self._is_rehearsal:
            return
        place = self._of(name) / "drafts"
        with suppress(FileNotFoundError):
            place.mkdir(exist_ok=True)
            (place / url_to_hash(draft_id)).write_text(draft_id)

    def put(self, name: str, folder: Path) -> bool:
        """Put those files into `folder`; False when they are not here."""
        place = self._of(name) / "files"
        if not place.is_dir():
            return False
        shutil.copytree(place, folder, dirs_exist_ok=True)
        return True

    def _of(self, name: str) -> Path:
        if not name or not re.match(KEPT_FILES, name):
            raise ValueError(f"no name of kept files: {name!r}")
        return self._root / name

    def sweep(self, is_there: Callable[[str], bool]) -> None:
        """Remove what no draft needs any more; `is_there` knows by its id whether there still is a draft."""
        for place in self._root.glob("*"):
            if place.suffix == _UNFINISHED:
                needed = _is_new(place)
            else:
                claims = list(place.glob("drafts/*"))
                needed = _is_new(place) or any([_stands(claim, is_there) for claim in claims])
            if not needed:
                shutil.rmtree(place, ignore_errors=True)


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


def _stands(claim: Path, is_there: Callable[[str], bool]) -> bool:
    with suppress(FileNotFoundError):
        if is_there(claim.read_text()) or _is_new(claim):
            return True
        claim.unlink()
    return False


def _is_new(place: Path) -> bool:
    with suppress(FileNotFoundError):
        return time.time() - place.stat().st_mtime < _GRACE
    return False
