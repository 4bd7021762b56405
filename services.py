"""What work may lean on besides its request. Made once at start; tests pass fakes."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from tempfile import TemporaryFile

from draft_cache import DraftCache, Replay
from jobs import Runner
from media.library import Cover, MediaLibrary
from settings import Settings, SettingsError
from store.drafts import DraftLog, MemoryLog
from store.saved import SavedDrafts
from store.sqlite_log import SqliteLog
from store.tasks import TaskStore


@dataclass(frozen=True)
class Services:
    """The working parts."""

    settings: Settings
    drafts: DraftCache
    tasks: TaskStore
    saved: SavedDrafts
    runner: Runner
    media: MediaLibrary
    cover: Cover
    close: Callable[[], None] = lambda: None
    """Let go of threads and child processes."""

    def draft_path(self, draft_id: str, app: str, task_id: str = "") -> str:
        """Path and query of a draft's download on this server, or of one save; doors put the host in front."""
        query = f"draft_id={draft_id}&is_capcut={int(app == 'capcut')}"
        return f"{self.settings.preview_router}?{query}" + (f"&task_id={task_id}" if task_id else "")


def open_services(settings: Settings, replay: Replay) -> Services:
    """Make the parts that `settings` ask for. `replay` does a logged operation again (the board has it)."""
    from downloader import Downloader, Limits  # 100 ms of imports that no request needs to wait for
    from media.probe import Probe

    limits = Limits(
        retries=settings.download_retries,
        timeout=settings.download_timeout,
        max_bytes=settings.max_media_bytes,
        pool_size=settings.download_workers,
        allow_private_addresses=settings.allow_private_addresses,
        media_roots=settings.media_roots,
    )
    check_places(settings)
    saved = SavedDrafts(settings.data_dir / "drafts")
    saved.sweep()
    shutil.rmtree(settings.data_dir / "looking", ignore_errors=True)
    downloader, probe = Downloader(limits), Probe(settings.probe_timeout, settings.ffprobe)
    runner = Runner(settings.save_workers)
    media = MediaLibrary(downloader.fetch, probe.facts, settings.download_workers)

    def close() -> None:
        downloader.close()  # first, so that the saves that wait for media end
        media.close()
        runner.close()
        probe.close()

    return Services(
        settings=settings,
        drafts=DraftCache(_log(settings), replay, settings.cache_drafts, settings.cache_bytes),
        tasks=TaskStore(waiters=max(settings.threads // 2, 1)),
        saved=saved,
        runner=runner,
        media=media,
        cover=probe.cover,
        close=close,
    )


def check_places(settings: Settings) -> None:
    """Find out now, and not at the first edit or save, that nothing can be kept.

    Raises:
        SettingsError: data_dir cannot be written to.
        StoreError: the drafts in it cannot be used.
    """
    folder = settings.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise SettingsError(f"data_dir: {folder} cannot be written to: {error.strerror}") from None
    _log(settings)


def _log(settings: Settings) -> DraftLog:
    if settings.durability == "none":
        return MemoryLog()
    return SqliteLog(settings.data_dir / "drafts.db", settings.durability)
