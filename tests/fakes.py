"""Small honest stand-ins: media that are facts instead of files."""

from dataclasses import asdict
from pathlib import Path

import orjson

from draft_cache import DraftCache
from engine.facts import MediaFacts
from engine.time import microseconds
from errors import MediaError
from jobs import Runner
from media.library import MediaLibrary
from media.read import UnreadableMediaError
from operations import replay
from services import Services
from settings import Settings
from store.drafts import MemoryLog
from store.saved import SavedDrafts
from store.tasks import TaskStore


class FakeMedia:
    """A web of media: `video(url, seconds=5)` puts one there, `missing(url, reason)` says why it cannot be had."""

    def __init__(self):
        self.fetched: list[str] = []
        self._facts: dict[str, MediaFacts] = {}
        self._missing: dict[str, str] = {}

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

    def fetch(self, url: str, target: Path) -> None:
        self.fetched.append(url)
        if url in self._missing:
            raise MediaError(url, self._missing[url])
        target.write_bytes(orjson.dumps(asdict(self._facts[url])) if url in self._facts else b"<html>")

    def cover(self, target: Path, width: int, height: int, source: Path | None = None, at: int = 0) -> None:
        target.write_bytes(b"cover of " + (source.name.encode() if source else b"nothing"))

    def probe(self, path: Path) -> MediaFacts:
        try:
            return MediaFacts(**orjson.loads(path.read_bytes()))
        except orjson.JSONDecodeError:
            raise UnreadableMediaError("not a picture, video or sound") from None


def make_services(folder: Path, media: FakeMedia, **settings) -> Services:
    """Real parts over fake media."""
    chosen = Settings(data_dir=folder, **settings)
    runner = Runner(chosen.save_workers)
    return Services(
        settings=chosen,
        drafts=DraftCache(MemoryLog(), replay, chosen.cache_drafts, chosen.cache_bytes),
        tasks=TaskStore(),
        saved=SavedDrafts(folder / "drafts"),
        runner=runner,
        media=MediaLibrary(media.fetch, media.probe),
        cover=media.cover,
        close=runner.close,
    )


def live(services: Services, draft_id: str):
    """The draft that the cache holds; an error when it was thrown away."""
    return services.drafts._scripts[draft_id]


def logged(services: Services, draft_id: str):
    """The rows of its log."""
    return services.drafts._log.rows(draft_id)


def forget(services: Services, draft_id: str):
    """Let it be rebuilt from its log when it is next used."""
    services.drafts._drop(draft_id)
