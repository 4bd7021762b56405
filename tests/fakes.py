"""Small honest stand-ins: media that are facts instead of files."""

from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

import orjson

from downloader import Downloader, Limits
from draft_cache import DraftCache
from engine.facts import MediaFacts
from engine.time import microseconds
from errors import MediaError, SaveFailedError
from jobs import ThreadRunner
from media.fetching import Fetched
from media.first_bytes import UnreadableMediaError
from media.library import MediaLibrary
from opening import open_assets, open_webhooks
from operations import OPERATIONS, replay
from services import Services
from settings import Settings
from storage import open_storage
from store import Store
from store.answers import Answers
from store.facts import KnownFacts
from store.imports import ImportedFiles
from store.memory_store import MemoryStore
from store.private import PrivateHeaders
from store.room import Room
from store.saved import SavedDrafts
from store.tasks import TaskStore
from store.templates import Templates
from store.uploads import Uploads

HOUR = 3_600.0


class FakeMedia:
    """A web of media: `video(url, seconds=5)` puts one there, `missing(url, reason)` says why it cannot be had."""

    def __init__(self):
        self.fetched: list[str] = []
        self._facts: dict[str, MediaFacts] = {}
        self._missing: dict[str, str] = {}
        self._files: dict[str, bytes] = {}

    def video(self, url: str, seconds: float = 5, size: tuple[int, int] = (640, 360), has_audio: bool = True) -> str:
        return self._put(url, MediaFacts("video", ".mp4", microseconds(seconds), *size, has_audio))

    def photo(self, url: str, size: tuple[int, int] = (800, 600)) -> str:
        return self._put(url, MediaFacts("photo", ".png", 0, *size))

    def audio(self, url: str, seconds: float = 8) -> str:
        return self._put(url, MediaFacts("audio", ".mp3", microseconds(seconds), has_audio=True))

    def missing(self, url: str, reason: str = "HTTP 404 Not Found") -> str:
        self._missing[url] = reason
        return url

    def _put(self, url: str, facts: MediaFacts) -> str:
        self._facts[url] = facts
        return url

    def file(self, url: str, content: bytes) -> str:
        self._files[url] = content
        return url

    def fetch(self, url: str, target: Path, on_bytes=None, on_size=None) -> Fetched:
        self.fetched.append(url)
        if url in self._missing:
            raise MediaError(url, self._missing[url])
        content = orjson.dumps(asdict(self._facts[url])) if url in self._facts else self._files.get(url, b"<html>")
        for hear in (on_size, on_bytes):
            if hear:
                hear(len(content))
        target.write_bytes(content)
        return Fetched(mark=sha256(content).hexdigest())

    def cover(self, target: Path, width: int, height: int, source: Path | None = None, at: int = 0) -> None:
        target.write_bytes(b"cover of " + (source.name.encode() if source else b"nothing"))

    def probe(self, path: Path) -> MediaFacts:
        try:
            return MediaFacts(**orjson.loads(path.read_bytes()))
        except orjson.JSONDecodeError:
            raise UnreadableMediaError("not a picture, video or sound") from None


def make_services(folder: Path, media: FakeMedia, store: Store | None = None, **settings) -> Services:
    """Real parts over fake media and a store in memory."""
    chosen = Settings(data_dir=folder, **settings)
    limits = Limits(retries=0, timeout=5, max_bytes=1_000, pool_size=1, allow_private_addresses=True)
    runner, store = ThreadRunner(chosen.save_workers), store or MemoryStore()
    tasks = TaskStore(store, keep=HOUR)
    return Services(
        settings=chosen,
        store=store,
        drafts=DraftCache(store, replay, chosen.cache_drafts, chosen.cache_bytes),
        tasks=tasks,
        webhooks=open_webhooks(chosen, open_storage(chosen), store, tasks, Downloader(limits).post),
        answers=Answers(store),
        templates=Templates(store),
        skeletons=Templates(store, "skeleton"),
        saved=SavedDrafts(folder / "drafts"),
        assets=open_assets(chosen),
        imports=ImportedFiles(folder / "imports"),
        runner=runner,
        media=MediaLibrary(media.fetch, media.probe, KnownFacts(store, HOUR)),
        cover=media.cover,
        uploads=Uploads(store),
        private=PrivateHeaders(store),
        storage=open_storage(chosen),
        room=Room(folder, 0),
        board=OPERATIONS,
        close=runner.close,
    )


def live(services: Services, draft_id: str):
    """The draft that the cache holds; an error when it was thrown away."""
    held = services.drafts._drafts[draft_id]
    assert held.script is not None
    return held.script


def logged(services: Services, draft_id: str):
    """The rows of its log."""
    found = services.store.read(draft_id)
    return found[1] if found else []


def forget(services: Services, draft_id: str):
    """Let it be rebuilt from its log when it is next used."""
    services.drafts.forget(draft_id)


def ended(call, **fields):
    """The state of a save that has ended, whichever way."""
    try:
        return call("save_draft", wait=30, **fields)
    except SaveFailedError as error:
        return error.details
