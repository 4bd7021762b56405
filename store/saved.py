"""Saved drafts on disk: a folder and its zip for each save, found again after a restart.

<root>/<draft>/<task>/<draft name>/...      the draft folder
<root>/<draft>/<task>/<draft name>.zip      the same, packed
<root>/<draft>/<task>.<try>.<any>.part/...  a save that is running, or that was cut off
"""

import secrets
import shutil
from collections.abc import Callable
from pathlib import Path

from util import folder_name, is_identifier, url_to_hash

_UNFINISHED = ".part"
_LONGEST_PLAIN = 60  # with the draft's name and its assets below, Windows allows 260 characters


class SavedDrafts:
    """What has been saved under `root`."""

    def __init__(self, root: Path):
        self._root = root

    def begin(self, draft_id: str, task_id: str, tries: int = 1) -> Path:
        """Make an empty folder for a save to work in. Each try has its own: an earlier one may not be quite dead."""
        work = self._of(draft_id) / f"{task_id}.{tries}.{secrets.token_hex(4)}{_UNFINISHED}"
        work.mkdir(parents=True)
        return work

    def finish(self, work: Path) -> Path:
        """Let what a save has made in `work` be found, all at once; answer its new place."""
        place = work.with_name(_task_of(work))
        if place.exists():  # of an earlier try that was cut off before it could say so
            shutil.rmtree(place)
        work.rename(place)
        for older in range(1, _tries_of(work)):
            for left in place.parent.glob(f"{place.name}.{older}.*{_UNFINISHED}"):
                self.abandon(left)
        return place

    def abandon(self, work: Path) -> None:
        """Remove what a save left that did not come to its end; another try of it may be at work beside."""
        shutil.rmtree(work, ignore_errors=True)

    def archive(self, draft_id: str, task_id: str = "") -> Path | None:
        """The zip of that save, or of the latest of that draft; None when there is none."""
        if task_id and not is_identifier(task_id):
            raise ValueError(f"no id of a task: {task_id!r}")
        saves = [self._of(draft_id) / task_id] if task_id else self._finished(draft_id)
        zips = [archive for save in saves for archive in save.glob("*.zip") if archive.is_file()]
        return max(zips, key=_made_at, default=None)

    def prune(self, draft_id: str, keep: int) -> None:
        """Remove all but the `keep` latest saves of a draft."""
        by_age = sorted(self._finished(draft_id), key=_made_at, reverse=True)
        for old in by_age[keep:]:
            shutil.rmtree(old, ignore_errors=True)

    def forget(self, draft_id: str) -> None:
        """Remove all saves of a draft."""
        shutil.rmtree(self._of(draft_id), ignore_errors=True)

    def sweep(self, is_alive: Callable[[str], bool]) -> None:
        """Remove what saves left that were cut off; `is_alive` knows by its id whether a task is still to finish."""
        for work in self._root.glob(f"*/*{_UNFINISHED}"):
            if not is_alive(_task_of(work)):
                shutil.rmtree(work, ignore_errors=True)

    def _finished(self, draft_id: str) -> list[Path]:
        return [save for save in self._of(draft_id).glob("*") if save.suffix != _UNFINISHED]

    def _of(self, draft_id: str) -> Path:
        if not is_identifier(draft_id):
            raise ValueError(f"no id of a draft: {draft_id!r}")
        # A name that is one on every system: not reserved, and not another's but for case. "~" is in no id.
        plain = draft_id == draft_id.lower() == folder_name(draft_id, "") and len(draft_id) <= _LONGEST_PLAIN
        unlike = f"{draft_id[:_LONGEST_PLAIN].strip('.')}~{url_to_hash(draft_id, 8)}"
        return self._root / (draft_id if plain else unlike)


def _task_of(work: Path) -> str:
    return work.name.rsplit(".", 3)[0]


def _tries_of(work: Path) -> int:
    return int(work.name.rsplit(".", 3)[1])


def _made_at(path: Path) -> int:
    """When it was made; 0 for what another save of the draft has just pruned."""
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0
