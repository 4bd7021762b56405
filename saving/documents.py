"""The documents of a draft: made, written, held against the rules of the format."""

import time
from collections.abc import Collection
from copy import deepcopy
from typing import Any

from engine.export import PlacedMedia, write_timeline
from engine.lint import PLACEHOLDER, Finding, lint, since
from engine.mending import MEDIA_RULE
from engine.meta import RegisteredFile, unregistered, write_meta
from engine.time import SECOND
from errors import SaveFailedError
from saving.cover import draw_cover
from saving.save import Save
from util import as_json


def compose(save: Save) -> None:
    """Make the documents."""
    assert save.settled is not None
    script, plan = save.settled.script, save.plan
    placed = {
        url: PlacedMedia(file.facts, f"{PLACEHOLDER}/{file.path.removeprefix('./')}", file.name, file.local_id)
        for url, file in save.files.items()
    }
    skeleton = save.skeleton
    blank = skeleton.blank() if skeleton else None
    save.timeline = write_timeline(
        script, placed, fonts=save.fonts, target=plan.target, identity=save.task_id, blank=blank
    )
    meta = write_meta(
        plan.profile,
        name=save.name,
        identity=save.task_id,
        duration=script.duration,
        files=[*_of_the_app(save), *save.files.values()],
        now=int(time.time() * SECOND),
        destination=plan.destination,
        imported=_own_meta(save),
    )
    save.timeline.document, save.meta = plan.timeline(save.timeline.document), plan.meta(meta)


def _own_meta(save: Save) -> dict[str, Any] | None:
    """The meta document that the draft begins with, if not the target's."""
    base = save.script.base
    if base and base.folder.meta:
        return base.folder.meta_document()
    return deepcopy(save.skeleton.meta) if save.skeleton and save.skeleton.meta else None


def _of_the_app(save: Save) -> list[RegisteredFile]:
    """The media of an imported timeline that came without its meta document, or that are to be registered in it."""
    assert save.timeline is not None
    base = save.script.base
    if base is None or (base.folder.meta and MEDIA_RULE not in save.script.mends):
        return []
    own = {file.local_id for file in save.files.values()}
    lacking = unregistered(save.timeline.document, base.folder.meta_document())
    return [file for file in lacking if file.local_id not in own]


def write(save: Save) -> None:
    """Write the documents and the cover beside the media."""
    assert save.timeline is not None
    profile, base = save.plan.profile, save.script.base
    save.folder.mkdir(exist_ok=True)
    content, others = as_json(save.timeline.document), list(base.folder.copies if base else ())
    files = _layout(save)
    if save.skeleton:
        document = save.timeline.document
        others = save.skeleton.places(document["id"], document["platform"]["os"])
    for name, said in (files | dict.fromkeys((*profile.timeline_files, *others), content)).items():
        place = save.folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(said)
    (save.folder / "draft_meta_info.json").write_bytes(as_json(save.meta))
    save.warn(save.timeline.warnings + draw_cover(save))


def _layout(save: Save) -> dict[str, bytes]:
    """What else is in the folder of the skeleton."""
    if save.skeleton is None or save.timeline is None:
        return {}
    document = save.timeline.document
    return save.skeleton.layout(document["id"], int(time.time() * SECOND), document["platform"]["os"])


def lint_documents(save: Save) -> None:
    """Refuse to hand out a draft that breaks a rule of the format: that is a fault of ours."""
    assert save.timeline is not None
    files = save.paths()
    old, findings = since(_before(save, files), lint(save.timeline.document, save.meta, files=files))
    save.tell(findings=[finding.as_json() for finding in findings])
    if old := [finding for finding in old if finding.severity != "info"]:
        save.warn(
            [f"{len(old)} findings on what was imported as it is, like {old[0].rule}, {old[0].place}: {old[0].message}"]
        )
    broken = [finding for finding in findings if finding.severity == "error"]
    if broken:
        first = f"{broken[0].rule}, {broken[0].place}: {broken[0].message}"
        raise SaveFailedError(f"the draft would not open right ({first}); please report this", status=500)


def _before(save: Save, files: Collection[str] | None) -> list[Finding]:
    """The findings on the draft as it was imported: what an app wrote is left as it is."""
    if save.script.base is None:
        return []
    first = save.services.drafts.snapshot(save.script.draft_id, 1)
    return lint(save.plan.timeline(write_timeline(first, {}).document), save.meta, files=files)
