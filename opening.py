"""Makes the parts of a service that its settings ask for, once at start."""

import re
import secrets
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from importlib import import_module
from tempfile import TemporaryFile
from threading import BoundedSemaphore, Event
from typing import TYPE_CHECKING, Any

from chores import Resume, chores_of, leases
from draft_cache import DraftCache, Replay
from fields.tasks import state_of
from jobs import Runner, ThreadRunner
from jobs.keeper import Keeper
from media.address import web_addresses
from media.cache import MediaCache
from media.draft_files import Loader
from media.library import MediaLibrary
from services import DAY, LOOKING, Board, Services, place_of
from settings import Settings, SettingsError
from storage import Storage, open_storage
from store import Store
from store.answers import Answers
from store.assets import Assets
from store.deliveries import Deliveries
from store.facts import KnownFacts
from store.imports import PASSING, ImportedFiles
from store.memory_store import MemoryStore
from store.private import PrivateHeaders
from store.room import Room
from store.saved import SavedDrafts
from store.tasks import Task, TaskStore
from store.templates import Templates
from store.uploads import Uploads
from util import url_to_hash
from webhooks import Post, Signer, Webhooks

if TYPE_CHECKING:
    from downloader import Downloader

_FACTS_DAYS = 30
_ASSETS = "assets"  # folder in data_dir for uploads


def open_services(settings: Settings, replay: Replay, resume: Resume, board: Board) -> Services:
    """Make the parts that `settings` ask for, and set the chores going.

    `replay` does a logged operation again, `resume` a save, and `board` knows all operations.
    """
    from media.probe import Probe

    check_places(settings)
    store = open_store(settings)
    downloader, probe = _open_downloader(settings), Probe(settings.probe_timeout, settings.ffprobe)
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
    keepers = _set_going(services, resume, cache)
    parts = [store.close, probe.close, tasks.release, runner.close, media.close, webhooks.close, stop]
    for part in (*parts, *(keeper.close for keeper in keepers)):
        closing.callback(part)  # the last is closed first: what waits for media ends when the downloader does
    return services


def _set_going(services: Services, resume: Resume, cache: MediaCache) -> list[Keeper]:
    """Two threads: a lease must not run out because a folder of many files is being removed."""
    upkeep = [*chores_of(services), (3600.0, cache.make_room)]
    return [Keeper(chores) for chores in (leases(services, resume), upkeep)]


def _open_downloader(settings: Settings) -> "Downloader":
    from downloader import Downloader, Limits  # 100 ms of imports that no request needs to wait for

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
    return Downloader(limits)


def _prefetch(settings: Settings, media: MediaLibrary, cache: MediaCache) -> Callable[[bytes], None]:
    """What is called with each logged edit. What was used most is brought up to date now."""
    if not (settings.prefetch and settings.media_cache_bytes):
        return lambda row: None
    folder = settings.data_dir / LOOKING
    folder.mkdir(parents=True, exist_ok=True)
    media.prefetch(partial(cache.most_used, settings.warm_media), folder)

    def begin(row: bytes) -> None:
        if named := web_addresses(row):
            media.prefetch(lambda: named, folder)

    return begin


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
