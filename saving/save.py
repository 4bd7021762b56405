"""A save: what it works on, and what it has so far."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from engine.export import Timeline
from engine.meta import RegisteredFile
from engine.script_file import Script_file
from engine.settle import OnConflict, Settled
from engine.skeletons import Skeleton
from media.library import Brought
from services import Services
from skeletons import find_skeleton
from store.tasks import Task
from targets import Plan
from util import folder_name


class StoppingError(Exception):
    """This process is about to end; the save is done again by the next."""


@dataclass
class Save:
    """What the steps of a save share; each adds what it has made."""

    services: Services
    task: Task
    script: Script_file

    work: Path = Path()
    brought: Brought = field(default_factory=Brought)
    files: dict[str, RegisteredFile] = field(default_factory=dict)
    """Media in the folder by URL."""
    fonts: dict[str, str] = field(default_factory=dict)
    """Paths of font files by URL, as the draft names them."""
    lost_fonts: dict[str, str] = field(default_factory=dict)
    """Why others cannot be had."""
    missing: list[str] = field(default_factory=list)
    """What else the draft was to have and has not."""
    """What is missing of what was imported; empty: nothing."""
    settled: Settled | None = None
    timeline: Timeline | None = None
    meta: dict[str, Any] = field(default_factory=dict)
    deploy_error: str = ""
    upload_error: str = ""

    @property
    def task_id(self) -> str:
        """The task whose state tells of it."""
        return self.task.task_id

    @property
    def on_conflict(self) -> OnConflict:
        """What gives way when segments overlap."""
        return self.task.asked["on_conflict"]  # type: ignore[no-any-return]

    @property
    def plan(self) -> Plan:
        """What the draft is made for."""
        return Plan.of(self.task.asked, self.task.target)

    @cached_property
    def skeleton(self) -> Skeleton | None:
        """What the draft is put into.

        Raises:
            NotFoundError: it has been deleted since the save was asked for.
        """
        name = self.plan.skeleton
        return find_skeleton(name, self.services, "skeleton").skeleton if name else None

    @property
    def name(self) -> str:
        """Name of its folder."""
        return folder_name(self.script.name, self.script.draft_id)

    @property
    def folder(self) -> Path:
        """The folder that the app opens."""
        return self.work / self.name

    def paths(self) -> set[str] | None:
        """The paths of what is in it; None when it is not there, in a dry run."""
        if not self.folder.exists():
            return None
        return {path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*")}

    @property
    def archive(self) -> Path:
        """The zip of it."""
        return self.work / f"{self.name}.zip"

    def lost(self) -> str:
        """What is missing in the draft, as a medium is; empty: nothing."""
        assert self.settled is not None
        lost = [change for change in self.settled.removed if change.cause == "media"]
        if not lost:
            return "; ".join(self.missing)
        more = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
        segments = f"{len(lost)} of its segments: {lost[0].url or lost[0].segment_id}: {lost[0].reason}{more}"
        return "; ".join([segments, *self.missing])

    def go_on(self) -> None:
        """Make sure that there is time for more.

        Raises:
            StoppingError: this process is about to end.
        """
        if self.services.stopping.is_set():
            raise StoppingError

    def tell(self, **changes: Any) -> None:
        """Change the state that callers see."""
        self.services.tasks.update(self.task_id, **changes)

    def warn(self, warnings: list[str]) -> None:
        """Add to the warnings of the state."""
        self.services.tasks.update(self.task_id, lambda task: {"warnings": [*task.warnings, *warnings]})

    def abandon(self) -> None:
        """Remove what there is of the draft, if it has come to that."""
        if self.work.suffix == ".part":
            self.services.saved.abandon(self.work)
