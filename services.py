"""What work may lean on besides its request. Made once at start; tests pass fakes."""

import logging
import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from threading import BoundedSemaphore, Event, Thread
from typing import Any, Protocol
from uuid import uuid4

from draft_cache import DraftCache, Replay, now
from engine.profiles import get_profile
from errors import BusyError, NoStorageError, SaveFailedError, StorageError, StoreError
from fields.answers import Answer
from fields.requests import Request
from fields.tasks import SaveStatus, state_of
from jobs import Runner, ThreadRunner
from jobs.keeper import Chore, Keeper
from media.address import web_addresses
from media.cache import MediaCache
from media.draft_files import Loader
from media.library import Cover, LocalMedium, MediaLibrary
from settings import STORAGE_SETTINGS, Settings, SettingsError
from storage import Storage, open_storage
from storage.rehearsal import Rehearsal as StorageRehearsal
from store import Store
from store.answers import Answers
from store.assets import Assets
from store.deliveries import Deliveries
from store.drafts import DraftEntry, Listing, Row
from store.facts import KnownFacts
from store.imports import PASSING, ImportedFiles
from store.memory_store import MemoryStore
from store.private import PrivateHeaders
from store.rehearsal import Rehearsal
from store.room import Room
from store.saved import SavedDrafts
from store.tasks import LEASE_SECONDS, Task, TaskStore
from store.templates import Templates
from store.uploads import Uploads
from util import url_to_hash
from webhooks import Post, Signer, Webhooks

DAY = 24 * 3600.0
_FACTS_DAYS = 30
_ASSETS = "assets"  # folder in data_dir for uploads
_LOOKING = "looking"  # folder in data_dir for files of media that are looked at

log = logging.getLogger(__name__)


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
        folder = self.settings.data_dir / _LOOKING
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


def open_runner(settings: Settings, tasks: TaskStore) -> Runner:
    """What does the saves: threads of this process, or workers of Celery.

    Raises:
        SettingsError: Celery is not installed, or drafts are in the memory of one process.
    """
    if not settings.celery_broker_url:
        return ThreadRunner(settings.save_workers)
    if settings.durability == "none" and not settings.redis_url:
        raise SettingsError("celery_broker_url: workers cannot see drafts that are in memory; change durability")
    from jobs.celery_runner import CeleryRunner, celery_app

    try:
        app = celery_app(settings.celery_broker_url, settings.save_workers)
    except ImportError:
        raise SettingsError("celery_broker_url: Celery is not installed: pip install 'celery[redis]'") from None
    return CeleryRunner(app, tasks.hand_on, tasks.take_back)


def open_webhooks(settings: Settings, storage: Storage | None, store: Store, tasks: TaskStore, post: Post) -> Webhooks:
    """The part that tells webhooks how saves ended."""

    def describe(task: Task) -> dict[str, Any]:
        state = state_of(task, partial(place_of, settings=settings, storage=storage))
        host = task.base_url if state.draft_url.startswith("/") else ""
        return state.model_copy(update={"draft_url": host + state.draft_url}).model_dump(mode="json")

    deliveries = Deliveries(store, settings.keep_seconds)
    return Webhooks(deliveries, tasks, describe, post, Signer(settings.webhook_secret), settings.webhook_patience)


Resume = Callable[[Task, Services], None]
"""Go on with a save that was cut off."""


class Doable(Protocol):
    """An operation as others see it."""

    @property
    def request(self) -> type[Request]:
        """Its request model."""

    def __call__(self, payload: Any, services: Services, *, strict: bool = True) -> Answer:
        """Check `payload`, do the work, answer."""


Board = Mapping[str, Doable]


def open_services(settings: Settings, replay: Replay, resume: Resume, board: Board) -> Services:
    """Make the parts that `settings` ask for, and set the chores going.

    `replay` does a logged operation again, `resume` a save, and `board` knows all operations.
    """
    from downloader import Downloader, Limits  # 100 ms of imports that no request needs to wait for
    from media.probe import Probe

    limits = Limits(
        retries=settings.download_retries,
        timeout=settings.download_timeout,
        max_bytes=settings.max_media_bytes,
        pool_size=settings.download_workers,
        each_host=settings.download_per_host,
        min_free_bytes=settings.min_free_bytes,
        allow_private_addresses=settings.allow_private_addresses,
        networks=settings.media_networks,
        media_roots=settings.media_roots,
        assets=settings.data_dir / _ASSETS,
    )
    check_places(settings)
    store = open_store(settings)
    downloader, probe = Downloader(limits), Probe(settings.probe_timeout, settings.ffprobe)
    known = KnownFacts(store, _FACTS_DAYS * DAY)
    cache = MediaCache(
        settings.data_dir / "media", downloader.fetch, settings.media_cache_bytes, settings.media_max_age
    )
    media = MediaLibrary(cache.fetch, probe.facts, known, settings.download_workers, cache.forget)
    tasks = TaskStore(store, settings.keep_seconds, waiters=settings.waiters)
    storage = open_storage(settings)
    webhooks = open_webhooks(settings, storage, store, tasks, downloader.post)
    runner = open_runner(settings, tasks)
    closing, stopping = ExitStack(), Event()

    def stop() -> None:
        stopping.set()
        tasks.end_waits()
        downloader.close()
        cache.close()

    services = Services(
        settings=settings,
        store=store,
        drafts=DraftCache(store, replay, settings.cache_drafts, settings.cache_bytes, settings.cache_idle),
        tasks=tasks,
        webhooks=webhooks,
        answers=Answers(store),
        templates=Templates(store),
        skeletons=Templates(store, "skeleton"),
        saved=SavedDrafts(settings.data_dir / "drafts"),
        assets=open_assets(settings),
        imports=ImportedFiles(settings.data_dir / "imports", store_name(settings)),
        runner=runner,
        media=media,
        cover=probe.cover,
        uploads=Uploads(store),
        private=PrivateHeaders(store),
        storage=storage,
        room=Room(settings.data_dir, settings.min_free_bytes, cache.give_up),
        looking=BoundedSemaphore(settings.waiters),
        board=board,
        streams=BoundedSemaphore(settings.streams),
        load=loader(settings.draft_loader),
        stopping=stopping,
        stop=stop,
        prefetch=_prefetch(settings, media, cache),
        close=closing.close,
    )
    # Two threads: a lease must not run out because a folder of many files is being removed.
    keepers = [
        Keeper(chores) for chores in (_leases(services, resume), [*_chores(services), (3600.0, cache.make_room)])
    ]
    parts = [store.close, probe.close, tasks.release, runner.close, media.close, webhooks.close, stop]
    for part in (*parts, *(keeper.close for keeper in keepers)):
        closing.callback(part)  # the last is closed first: what waits for media ends when the downloader does
    return services


def _prefetch(settings: Settings, media: MediaLibrary, cache: MediaCache) -> Callable[[bytes], None]:
    """What is called with each logged edit. What was used most is brought up to date now."""
    if not (settings.prefetch and settings.media_cache_bytes):
        return lambda row: None
    folder = settings.data_dir / _LOOKING
    folder.mkdir(parents=True, exist_ok=True)
    media.prefetch(partial(cache.most_used, settings.warm_media), folder)

    def begin(row: bytes) -> None:
        if named := web_addresses(row):
            media.prefetch(lambda: named, folder)

    return begin


def open_assets(settings: Settings) -> Assets:
    """The uploads that `settings` ask for."""
    return Assets(settings.data_dir / _ASSETS, settings.max_asset_bytes, settings.max_assets_bytes)


def loader(name: str) -> Loader | None:
    """The function that the setting `draft_loader` names.

    Raises:
        SettingsError: there is none.
    """
    if not name:
        return None
    module, _, function = name.partition(":")
    try:
        found = getattr(import_module(module), function)
    except (ImportError, AttributeError) as error:
        raise SettingsError(f"draft_loader: {name!r} is not there: {error}") from None
    if not callable(found):
        raise SettingsError(f"draft_loader: {name!r} is no function")
    return found  # type: ignore[no-any-return]


def open_store(settings: Settings) -> Store:
    """The store that `settings` ask for.

    Raises:
        StoreError: it cannot be used.
    """
    if settings.redis_url:
        from store.redis_store import RedisStore  # 70 ms of imports that most have no use for

        return RedisStore(settings.redis_url)
    if settings.durability == "none":
        return MemoryStore()
    from store.sqlite_store import SqliteStore

    return SqliteStore(settings.data_dir / "drafts.db", settings.durability)


def store_name(settings: Settings) -> str:
    """What tells the store that `settings` ask for from others over the same `data_dir`."""
    if settings.redis_url:
        return f"redis-{url_to_hash(re.sub('//[^/]*@', '//', settings.redis_url))}"  # another password is no other
    return f"{PASSING}{secrets.token_hex(8)}" if settings.durability == "none" else "sqlite"


def check_places(settings: Settings) -> None:
    """Find out now, and not at the first edit or save, that nothing can be kept.

    Raises:
        SettingsError: data_dir cannot be written to, or the library of the storage is not installed.
        StoreError: the drafts in it cannot be used.
    """
    folder = settings.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise SettingsError(f"data_dir: {folder} cannot be written to: {error.strerror}") from None
    open_store(settings).close()
    open_storage(settings)


def _leases(services: Services, resume: Resume) -> list[Chore]:
    every = LEASE_SECONDS / 4
    return [
        (every, services.tasks.renew),
        (every, services.answers.renew),
        (every, services.webhooks.deliver_due),
        (every, partial(_take_over, services, resume)),
    ]


def _chores(services: Services) -> list[Chore]:
    return [
        (60.0, services.drafts.drop_idle),
        (3600.0, services.store.sweep),
        (3600.0, partial(services.saved.sweep, services.tasks.is_alive)),
        (3600.0, partial(_sweep_looks, services)),
        (3600.0, services.assets.sweep),
        (3600.0, partial(_sweep_storage, services)),
        (3600.0, partial(services.imports.sweep, lambda draft_id: services.store.entry(draft_id) is not None)),
        (3600.0, partial(purge_deleted, services)),
    ]


def _take_over(services: Services, resume: Resume) -> None:
    if services.stopping.is_set():
        return  # what it has just left is for others
    for task in services.tasks.take_over():
        log.warning("save %s of draft %s was cut off", task.task_id, task.draft_id)
        try:
            resume(task, services)
        except Exception:
            log.exception("save %s could not be taken over yet", task.task_id)
            with suppress(StoreError):  # then its lease runs out
                services.tasks.give_back(task)


def purge_deleted(services: Services) -> None:
    """Remove for good what was deleted longer than `retention_days` ago."""
    oldest = now() - round(services.settings.retention_days * DAY * 1000)
    while True:
        listing = Listing(state="deleted", sort="deleted_at", descending=False, limit=100)
        due = [entry for entry in services.store.search(listing)[0] if (entry.deleted_at or 0) <= oldest]
        gone = [purge(entry, services) for entry in due]
        if sum(gone) < listing.limit:
            return


def purge(entry: DraftEntry, services: Services) -> bool:
    """Remove a draft and its saves for good, unless it was recovered or made anew since `entry` was read."""
    if not services.store.purge(entry):
        return False
    services.tasks.forget(entry.draft_id)
    services.saved.forget(entry.draft_id)
    _remove_uploads(entry.draft_id, services)
    return True


def _remove_uploads(draft_id: str, services: Services) -> None:
    """Remove what was put into the storage for a draft. A storage that refuses keeps no draft from going."""
    if services.storage is None:
        return
    try:
        for name in services.uploads.of(draft_id):
            services.storage.delete(name)
        services.uploads.forget(draft_id)
    except StorageError as error:
        log.error("uploads of the purged draft %s are still in the storage: %s", draft_id, error)


def _sweep_storage(services: Services) -> None:
    if services.storage:
        services.storage.sweep()


def _sweep_looks(services: Services) -> None:
    """Remove the files of looks at media that were cut off; a look takes minutes at most."""
    long_ago = time.time() - 3600
    for place in (services.settings.data_dir / _LOOKING).glob("*"):
        with suppress(FileNotFoundError):  # another process sweeps too
            if place.stat().st_mtime < long_ago:
                shutil.rmtree(place, ignore_errors=True)
