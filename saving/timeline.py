"""The timeline with what only its media can tell."""

from typing import Any, Literal

from engine.settle import Change, Settled, settle
from engine.time import seconds
from saving.media import font_warnings
from saving.save import Save


def settle_timeline(save: Save) -> None:
    """Give every clip its length; name what that changed."""
    known = {url: file.facts for url, file in save.files.items()}
    save.settled = settled = settle(save.script, known, save.brought.failed, save.on_conflict)
    failed = [
        {"url": url, "reason": reason, "segments": [one.segment_id for one in settled.removed if one.url == url]}
        for url, reason in save.brought.failed.items()
    ]
    failed += [
        {"url": url, "reason": reason, "segments": save.script.font_urls()[url]}
        for url, reason in save.lost_fonts.items()
    ]
    used = [f"{url}: {medium.warning}" for url, medium in save.brought.found.items() if medium.warning]
    earlier = save.services.tasks.get(save.task_id).warnings
    warnings = [*earlier, *settled.warnings, *used, *font_warnings(save)]
    if save.name != save.script.name:
        warnings.append(f"the draft is named {save.name!r}: {save.script.name!r} cannot name a folder on every system")
    if not settled.script.duration:
        warnings.append("the draft has nothing on its timeline")
    save.tell(
        warnings=warnings,
        failed_files=failed,
        removed_segments=_reported(settled, "removed"),
        trimmed_segments=_reported(settled, "trimmed"),
    )


def _reported(settled: Settled, action: Literal["removed", "trimmed"]) -> list[dict[str, Any]]:
    return [_as_json(change) for change in settled.changes if change.action == action]


def _as_json(change: Change) -> dict[str, Any]:
    return {
        "segment_id": change.segment_id,
        "track_name": change.track_name,
        "url": change.url,
        "start": seconds(change.start),
        "end": None if change.end is None else seconds(change.end),
        "reason": change.reason,
    }
