"""export_otio: the timeline of a draft as OpenTimelineIO, for other editing programs."""

from typing import Any

import orjson
from pydantic import Field

from asked import given, operation_of
from engine.otio import write_otio
from engine.segments import Segment
from engine.settle import settle
from engine.time import seconds
from engine.tracks import Track
from fields.answers import Answer, Attachment
from fields.requests import Request
from fields.words import Identifier
from services import Services


class ExportOtio(Request):
    """Get the timeline of a draft as OpenTimelineIO, which other editing programs read."""

    example = {"draft_id": "first"}

    draft_id: Identifier = Field(description="The draft.")
    media_only: bool = Field(
        False, description="Leave out texts, stickers, effects and filters, which most programs cannot show."
    )


class ExportedOtio(Answer):
    """A timeline; its `warnings` name what OpenTimelineIO cannot say."""

    draft_id: str = Field(description="The draft.")
    timeline: dict[str, Any] = Field(description="The OpenTimelineIO document.")

    def attachment(self) -> Attachment:
        """The file."""
        return Attachment(f"{self.draft_id}.otio", orjson.dumps(self.timeline, option=orjson.OPT_INDENT_2))


def export_otio(req: ExportOtio, services: Services) -> ExportedOtio:
    """Look at the media, as far as a few seconds allow; settle a copy and write it.

    Raises:
        DraftNotFoundError: there is no such draft.
    """
    script = services.drafts.snapshot(req.draft_id)
    urls = {medium.url for medium in script.media()}
    failed = [f"{url}: {reason}" for url, reason in services.learn(urls).items()]
    known = services.media.facts(urls)
    settled = settle(script, known, keep_all=True)
    written = write_otio(settled.script, known, _described, media_only=req.media_only)
    changes = [f"segment {change.segment_id}: {change.action}, {change.reason}" for change in settled.changes]
    empty = [] if script.duration or urls else ["the draft has nothing on its timeline"]
    return ExportedOtio(
        draft_id=script.draft_id,
        timeline=orjson.loads(written.document),
        warnings=settled.warnings + changes + failed + written.warnings + empty,
    )


def _described(track: Track, segment: Segment) -> dict[str, Any]:
    """What the metadata of a segment say: what would add it again."""
    return {
        "segment_id": segment.id,
        "operation": operation_of(segment),
        "parameters": given(track, segment),
        "keyframes": [
            {"property": one.name, "time": seconds(segment.start + one.time), "value": one.value, "easing": one.easing}
            for one in segment.keyframes
        ],
    }
