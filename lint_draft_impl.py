"""lint_draft: hold a draft against the rules of the format, and mend what can be mended."""

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from pydantic import BaseModel, Field

from engine.export import write_timeline
from engine.imported import ImportedSegment
from engine.lint import Finding, lint
from engine.mending import MEDIA_RULE, MENDS
from engine.meta import unregistered, with_media
from engine.script_file import Script_file
from engine.settle import settle
from engine.time import seconds
from errors import DraftChangedError, ServiceError
from fields.answers import DraftAnswer
from fields.requests import Changing, Expecting
from fields.words import Identifier
from services import Services

_OF_MEDIA = {
    *("paths-lead-to-files", "paths-have-slashes", "files-are-in-the-folder", "media-lie-in-the-folder"),
    "media-are-registered",
}
"""Rules on media: those that were added here keep them in a save, which gives them their places."""
_OF_SAVES = {"meta-is-whole", "ids-are-its-own"}
"""Rules on what each save writes anew in the meta document."""
_OVERLAP, _PAST_THE_END = "segments-do-not-overlap", "source-is-within-the-media"


class LintDraft(Expecting, Changing):
    """Hold a draft against the rules of the format, as every save does; with `fix`, mend what can be mended.

    What is made here keeps them all. Drafts that were imported may come with faults.
    """

    example = {"draft_id": "first"}

    draft_id: Identifier = Field(description="The draft.")
    fix: bool = Field(
        False,
        description="Mend what there is one way to mend, as one step of the history: trim what runs into the next or "
        "past its medium, and mend_draft for the rest.",
    )


class LintFinding(BaseModel):
    """A rule that the draft does not keep."""

    rule: str = Field(description="The rule.")
    severity: str = Field(description="error: it may not open right; warning: the app changes it; info: good to know.")
    place: str = Field(description="Which segment, material or field it is about.")
    message: str = Field(description="What is wrong.")
    fix: str = Field(description="What mends it.")


class LintReport(DraftAnswer):
    """What the rules find."""

    sound: bool = Field(description="Whether there is no error.")
    errors: int = Field(description="Errors among the findings.")
    findings: list[LintFinding] = Field(description="Each rule that is broken, by its place; after fix what is left.")
    fixed: list[LintFinding] = Field(description="What fix has mended.")


def lint_draft(req: LintDraft, services: Services) -> LintReport:
    """Lint a copy with what is known of its media.

    Raises:
        DraftNotFoundError: there is no such draft.
        DraftChangedError: it is not at the version that the caller expects.
    """
    script = services.drafts.snapshot(req.draft_id)
    req.check(script.version)
    before = left = _findings(script, services)
    warnings = _mend(script, before, services) if req.fix else []
    if req.fix:
        script = services.drafts.snapshot(req.draft_id)
        left = _findings(script, services)
    errors = sum(finding.severity == "error" for finding in left)
    return LintReport(
        draft_id=req.draft_id,
        version=script.version,
        sound=not errors,
        errors=errors,
        findings=[LintFinding(**finding.as_json()) for finding in left],
        fixed=[LintFinding(**finding.as_json()) for finding in before if finding not in left],
        warnings=warnings,
    )


def _findings(script: Script_file, services: Services) -> list[Finding]:
    """What is wrong with the draft. What only a save gives it is not looked at."""
    known = services.media.facts({medium.url for medium in script.media()})
    document, base = write_timeline(settle(script, known, keep_all=True).script, {}).document, script.base
    if base is None:
        return [one for one in lint(document, is_placed=True) if one.rule not in _OF_MEDIA]
    meta = base.folder.meta_document() or None
    if meta and MEDIA_RULE in script.mends:
        meta = with_media(meta, unregistered(document, meta))
    files = services.imports.paths(base.folder.files) if base.folder.files else None
    found = lint(document, meta, is_placed=True, files=files)
    is_imported = base.by_id.__contains__
    return [
        one
        for one in found
        if (one.rule not in _OF_MEDIA or is_imported(one.place)) and (one.rule not in _OF_SAVES or one.place == "id")
    ]


def _mend(script: Script_file, findings: list[Finding], services: Services) -> list[str]:
    """Do all that mends something in one batch; answers why that could not be done."""
    steps = list(_steps(script, findings))
    broken = {one.rule for one in findings} - script.mends if script.base else set()
    if rules := [rule for rule in MENDS if rule in broken]:
        steps.append({"operation": "mend_draft", "request": {"rules": rules}})
    if not steps:
        return []
    try:
        asked = {"draft_id": script.draft_id, "operations": steps, "expected_version": script.version}
        return list(services.board["batch"](asked, services.unnamed).warnings)
    except DraftChangedError:
        raise
    except ServiceError as error:
        return [f"fix: nothing was changed: {error}"]


def _steps(script: Script_file, findings: list[Finding]) -> Iterator[dict[str, Any]]:
    overlapping, past = ({one.place for one in findings if one.rule == rule} for rule in (_OVERLAP, _PAST_THE_END))
    for track in script.tracks.values():
        for segment, following in zip_longest(track.segments, track.segments[1:]):
            ends = [following.start] if following and following.id in overlapping else []
            ends += [_last(segment)] if segment.id in past and isinstance(segment, ImportedSegment) else []
            if ends and segment.end is not None and segment.start < min(ends) < segment.end:
                request = {"segment_id": segment.id, "end": seconds(min(ends))}
                yield {"operation": "trim_segment", "request": request}


def _last(segment: ImportedSegment) -> int:
    """Where on the timeline its medium ends."""
    playing, shown = segment.playing(), segment.shown
    left = (shown.document().get("duration", 0) if shown else 0) - playing.source_start
    return segment.start + int(left / playing.speed)
