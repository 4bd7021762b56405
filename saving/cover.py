"""The picture that the app shows for a draft."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.imported import ImportedSegment
from engine.lint import PLACEHOLDER
from engine.script_file import Cover
from engine.segments import Segment, VideoSegment
from engine.time import seconds
from errors import MediaError
from media.first_bytes import UnreadableMediaError
from saving.save import Save

COVER = "draft_cover.jpg"


def draw_cover(save: Save) -> list[str]:
    """Draw what the draft's cover is to show, or else what the draft shows first; answers warnings."""
    warnings: list[str] = []
    if save.script.cover == Cover() and (save.folder / COVER).exists():
        return []  # the one that was imported
    try:
        source, at = _chosen(save)
    except MediaError as error:
        warnings.append(f"the cover shows what the draft shows first: {error}")
        save.missing.append(f"the picture of its cover: {error}")
        lost = {"url": error.url, "reason": error.reason, "segments": []}
        save.services.tasks.update(save.task_id, lambda task: {"failed_files": [*task.failed_files, lost]})
        source, at = _shown(save, None)
    script = save.script
    if script.cover.time is not None and source is None:
        warnings.append(f"the cover is plain: no video or picture is shown at {seconds(script.cover.time):g} s")
    try:
        save.services.cover(save.folder / COVER, script.width, script.height, source, at)
    except UnreadableMediaError as error:
        warnings.append(f"the draft has no cover: {error}")
    shutil.rmtree(_cover_folder(save), ignore_errors=True)
    return warnings


def _chosen(save: Save) -> tuple[Path | None, int]:
    """The file that the cover shows, and where in it, in microseconds.

    Raises:
        MediaError: the picture that was chosen cannot be had.
    """
    url = save.script.cover.url
    if url is None:
        return _shown(save, save.script.cover.time)
    if url in save.files:
        return save.folder / save.files[url].path, 0
    _cover_folder(save).mkdir()
    medium = save.services.media.bring(url, _cover_folder(save))
    if medium.facts.kind == "audio":
        raise MediaError(url, "a sound shows nothing")
    return medium.path, 0


def _cover_folder(save: Save) -> Path:
    return save.work / ".cover"  # no draft has such a name


def _shown(save: Save, time: int | None) -> tuple[Path | None, int]:
    """The file that the draft shows at `time`, with None: first, and where in it, in microseconds."""
    pictures = list(_pictures(save))
    if time is not None:
        pictures = [one for one in pictures if one.segment.start <= time < (one.segment.end or one.segment.start)][:1]
    if not pictures:
        return None, 0
    first = min(pictures, key=lambda one: one.segment.start)  # of those that begin together the one at the back
    into = 0 if time is None else round((time - first.segment.start) * first.speed)
    return first.file, first.source_start + into


@dataclass(frozen=True)
class _Picture:
    """What is shown, in a file that is there."""

    segment: Segment
    file: Path
    source_start: int
    speed: float


def _pictures(save: Save) -> Iterator[_Picture]:
    assert save.settled is not None
    for track, segment in save.settled.script.segments():
        if track.hidden:
            continue
        if isinstance(segment, VideoSegment):
            file = save.folder / save.files[segment.media.url].path
            yield _Picture(segment, file, segment.source_start, segment.speed)
        elif isinstance(segment, ImportedSegment) and segment.kind == "video":
            imported, playing = _file_of(save, segment), segment.playing()
            if imported:
                yield _Picture(segment, imported, playing.source_start, playing.speed)


def _file_of(save: Save, segment: ImportedSegment) -> Path | None:
    """The medium of what was imported, if it is in the folder."""
    if segment.media:
        return save.folder / save.files[segment.media.url].path if segment.media.url in save.files else None
    path = segment.shown.document().get("path") if segment.shown else None
    if not isinstance(path, str) or not path.startswith(PLACEHOLDER):
        return None
    file = (save.folder / path.removeprefix(PLACEHOLDER).lstrip("/")).resolve()
    return file if file.is_file() and file.is_relative_to(save.folder.resolve()) else None
