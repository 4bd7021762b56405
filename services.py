"""What work may lean on besides its request. Made once at start (`opening.py`); tests pass fakes."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import BoundedSemaphore, Event, Thread
from typing import Any, Protocol
from uuid import uuid4

from draft_cache import DraftCache
from engine.profiles import get_profile
from errors import BusyError, NoStorageError, SaveFailedError
from fields.answers import Answer
from fields.requests import Request
from fields.tasks import SaveStatus, state_of
from jobs import Runner
from media.draft_files import Loader
from media.library import Cover, LocalMedium, MediaLibrary
from settings import STORAGE_SETTINGS, Settings
from storage import Storage
from storage.rehearsal import Rehearsal as StorageRehearsal
from store import Store
from store.answers import Answers
from store.assets import Assets
from store.drafts import Row
from store.imports import ImportedFiles
from store.private import PrivateHeaders
from store.rehearsal import Rehearsal
from store.room import Room
from store.saved import SavedDrafts
from store.tasks import Task, TaskStore
from store.templates import Templates
from store.uploads import Uploads
from webhooks import Webhooks

DAY = 24 * 3600.0


LOOKING = "looking"  # folder in data_dir for files of media that are looked at


@dataclass(frozen=True)
class Services:
    """The working parts."""

    settings: Settings
    store: Store
    drafts: DraftCache
    tasks: TaskStore
    webhooks: Webhooks
    answers: Answers
    templates: Templates
    skeletons: Templates
    saved: SavedDrafts
    assets: Assets
    imports: ImportedFiles
    runner: Runner
    media: MediaLibrary
    cover: Cover
    uploads: Uploads
    private: PrivateHeaders
    storage: Storage | None
    """Where finished files go that others fetch; None: they stay here."""
    room: Room
    """The disk that all of this writes to."""
    board: "Board"
    """All operations by name, for those that are made of others."""
    streams: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(4))
    """A place for each client that may be told of something as it goes on."""
    looking: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(8))
    """See `turn`."""
    stopping: Event = field(default_factory=Event)
    """Set when the process is about to end: what takes long is left to the next."""
    stop: Callable[[], None] = lambda: None
    """Say that it is: end waits, streams and fetches. May be called more than once, and before `close`."""
    close: Callable[[], None] = lambda: None
    """Let go of threads and child processes."""
    base_url: str = ""
    """Under which name the caller reached the service, for links that are not in the answer."""
    load: Loader | None = None
    """Makes plain JSON of imported timelines that are none."""
    strict: bool = True
    """Whether the call came to the strict face."""
    prefetch: Callable[[bytes], None] = lambda row: None
    """Begin to fetch the media that a logged edit names, if that is wished for; never waits, never fails."""
    call_key: str = ""
    """What the caller has named this call by, so that it is done once; empty: not named."""

    @property
    def rehearsal(self) -> "Services":
        """The same, but that nothing comes of what is done: drafts and records are changed in memory only."""
        store = Rehearsal(self.store)
        return replace(
            self,
            store=store,
            drafts=self.drafts.over(store),
            tasks=TaskStore(store, DAY),
            answers=Answers(store),
            templates=Templates(store),
            skeletons=Templates(store, "skeleton"),
            uploads=Uploads(store),
            private=PrivateHeaders(store),
            storage=self.storage and StorageRehearsal(self.storage),
            imports=self.imports.rehearsal,
            saved=SavedDrafts(self.settings.data_dir / "rehearsal"),  # there never is such a folder
            assets=self.assets.rehearsal,
            prefetch=lambda row: None,
            call_key="",
        )

    def stop_soon(self) -> None:
        """Do `stop` in a thread of its own: a handler of signals must not wait for locks."""
        Thread(target=self.stop, name="stopping").start()

    def storage_for(self, what: str) -> Storage:
        """The storage that `what` needs.

        Raises:
            NoStorageError: there is none.
        """
        if self.storage is None:
            raise NoStorageError(what, STORAGE_SETTINGS)
        return self.storage

    def store_medium(self, medium: LocalMedium, prefix: str) -> tuple[str, str]:
        """Put a medium into the storage under a new name that ends as its content says; answer name and link.

        Raises:
            NoStorageError: there is no storage.
            StorageError: it could not be put there.
        """
        storage, name = self.storage_for(prefix), f"{prefix}/{uuid4().hex}{medium.facts.extension}"
        storage.put(medium.path, name)
        return name, storage.link(name)

    @property
    def unnamed(self) -> "Services":
        """The same for a part of the work that is not what the caller named."""
        return replace(self, call_key="")

    @contextmanager
    def turn(self) -> Iterator[None]:
        """A turn at waiting for another server: half of the threads may, so that some are left for everything else.

        Raises:
            BusyError: there was none for as long as `query_wait`.
        """
        if not self.looking.acquire(timeout=self.settings.query_wait):
            raise BusyError("too many wait for other servers just now; try again")
        try:
            yield
        finally:
            self.looking.release()

    def learn(self, urls: set[str]) -> dict[str, str]:
        """Look at those media that are not known, as far as `query_wait` allows; answer why some cannot be had."""
        try:
            with self.turn():
                return self._learn(urls)
        except BusyError as error:
            return dict.fromkeys(urls - self.media.facts(urls).keys(), str(error))

    def _learn(self, urls: set[str]) -> dict[str, str]:
        unknown = urls - self.media.facts(urls).keys()
        return self.media.learn(unknown, self._looking_folder(), self.settings.query_wait) if unknown else {}

    @contextmanager
    def moment(self) -> Iterator[Path]:
        """A folder for files that are needed for a moment only."""
        with TemporaryDirectory(dir=self._looking_folder(), prefix="look-", ignore_cleanup_errors=True) as folder:
            yield Path(folder)

    def _looking_folder(self) -> Path:
        folder = self.settings.data_dir / LOOKING
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def stored_link(self, task: Task) -> str:
        """A fresh link to the zip of a save in the storage; empty when it is not there."""
        return stored_link(task, self.storage)

    def fetch(self, url: str, most: int) -> bytes:
        """The content of a file that is no medium.

        Raises:
            MediaError: it cannot be had, or has more than `most` bytes.
            BusyError: too many wait for media.
        """
        with self.turn():
            return self.media.read(url, self._looking_folder(), most)

    def claim(self, draft_id: str, first: Row) -> None:
        """Let the files of an imported draft stay as long as there is that draft, whose log begins with `first`."""
        imported = first.asked().get("imported")
        files = imported.get("files") if isinstance(imported, dict) else None
        if files and isinstance(files, str):
            self.imports.claim(files, draft_id)

    def draft_path(self, draft_id: str, app: str, task_id: str = "") -> str:
        """Path and query of a draft's download on this server, or of one save; doors put the host in front."""
        return draft_path(self.settings, draft_id, app, task_id)

    def state_of(self, task: Task) -> SaveStatus:
        """What callers are told of a save."""
        return state_of(task, partial(place_of, settings=self.settings, storage=self.storage))

    def outcome(self, task_id: str, seconds: float) -> SaveStatus:
        """The state of a save once it has ended, or after `seconds`.

        Raises:
            SaveFailedError: it failed or was cancelled; the state is in its details.
        """
        task = self.tasks.wait(task_id, seconds)
        state = self.state_of(task)
        if task.has_failed:
            status, code = task.failure
            raise SaveFailedError(state.message, state.model_dump(mode="json"), status, code)
        return state


def draft_path(settings: Settings, draft_id: str, app: str, task_id: str = "") -> str:
    """See `Services.draft_path`."""
    query = f"draft_id={draft_id}&is_capcut={int(app == 'capcut')}"
    return f"{settings.preview_router}?{query}" + (f"&task_id={task_id}" if task_id else "")


def stored_link(task: Task, storage: Storage | None) -> str:
    """See `Services.stored_link`."""
    if storage is None or not task.stored_as or task.storage != storage.kind:
        return ""
    return storage.link(task.stored_as)


def place_of(task: Task, settings: Settings, storage: Storage | None) -> tuple[str, str]:
    """Where the zip of a save is: its link, without a host when it is here, and the kind of storage."""
    if link := stored_link(task, storage):
        return link, task.storage
    return draft_path(settings, task.draft_id, get_profile(task.target).app, task.task_id), "local"


class Doable(Protocol):
    """An operation as others see it."""

    @property
    def request(self) -> type[Request]:
        """Its request model."""

    def __call__(self, payload: Any, services: Services, *, strict: bool = True) -> Answer:
        """Check `payload`, do the work, answer."""


Board = Mapping[str, Doable]
