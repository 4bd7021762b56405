"""Saved drafts on disk: a folder and its zip for each save, found again after a restart.

<root>/<draft>/<task>/<draft name>/...      the draft folder
<root>/<draft>/<task>/<draft name>.zip      the same, packed
<root>/<draft>/<task>.part/...              a save that is running, or that was cut off
"""

import shutil
from pathlib import Path

from util import url_to_hash


class SavedDrafts:
    """What has been saved under `root`."""

    def __init__(self, root: Path):
        self._root = root

    def begin(self, draft_id: str, task_id: str) -> Path:
        """Make an empty folder for a save to work in."""
        work = self._of(draft_id) / f"{task_id}.part"
        work.mkdir(parents=True)
        return work

    def finish(self, work: Path) -> Path:
        """Let what a save has made in `work` be found, all at once; answer its new place."""
        return work.rename(work.with_suffix(""))

    def abandon(self, work: Path) -> None:
        """Remove what a save left that did not come to its end."""
        shutil.rmtree(work, ignore_errors=True)

    def archive(self, draft_id: str, task_id: str = "") -> Path | None:
        """The zip of that save, or of the latest of that draft; None when there is none."""
        saves = [save for save in self._of(draft_id).glob(task_id or "*") if save.suffix != ".part"]
        zips = [archive for save in saves for archive in save.glob("*.zip")]
        return max(zips, key=lambda archive: archive.stat().st_mtime_ns, default=None)

    def _of(self, draft_id: str) -> Path:
        # Two ids that differ in case are one folder name on Windows and macOS.
        return self._root / (draft_id if draft_id == draft_id.lower() else f"{draft_id}-{url_to_hash(draft_id, 8)}")
