"""query_script: read a draft as the app's JSON."""

from typing import Any, Literal

from pydantic import Field

from engine.export import PlacedMedia, write_timeline
from engine.script_file import Script_file
from engine.settle import settle
from fields.answers import Answer
from fields.requests import Request
from fields.words import Identifier
from services import Services
from util import as_json


class QueryScript(Request):
    """Read a draft as the JSON that the app would find; nothing is changed."""

    example = {"draft_id": "first", "format": "object"}

    draft_id: Identifier = Field(description="The draft to read.")
    force_update: bool = Field(
        True, description="Look at media whose length is not known yet, as far as a few seconds allow."
    )
    format: Literal["string", "object"] = Field(
        "string", description="string: the JSON as one string, as the contract has it; object: as JSON."
    )


class DraftScript(Answer):
    """The draft's JSON; its `warnings` name clips whose length is not known yet."""

    script: str | dict[str, Any] = Field(description="The timeline document of the draft.")

    def output(self) -> Any:
        """The JSON itself, as the contract has it."""
        return self.script


def query_script(req: QueryScript, services: Services) -> DraftScript:
    """Settle a copy with what is known of its media, and write it."""
    script = services.drafts.snapshot(req.draft_id)
    reasons = _learn(script, services) if req.force_update else {}
    known = services.media.facts({medium.url for medium in script.media()})
    settled = settle(script, known, keep_all=True)
    placed = {url: PlacedMedia(facts, url, url.rsplit("/", 1)[-1]) for url, facts in known.items()}
    timeline = write_timeline(settled.script, placed, fonts={url: url for url in script.font_urls()})
    document = timeline.document if req.format == "object" else as_json(timeline.document).decode()
    changes = [f"segment {change.segment_id}: {change.action}, {change.reason}" for change in settled.changes]
    failed = [f"{url}: {reason}" for url, reason in reasons.items()]
    return DraftScript(script=document, warnings=settled.warnings + changes + failed + timeline.warnings)


def _learn(script: Script_file, services: Services) -> dict[str, str]:
    """Look at the media of open clips that are not known; answer why some cannot be."""
    return services.learn({clip.media.url for _, clip in script.media_segments() if clip.duration is None})
