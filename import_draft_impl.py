"""import_draft: make a draft of one that an app wrote.

What is logged, as the first row, is the timeline itself and its meta file, so that the draft can be rebuilt from its
log alone; the other files of its folder are kept apart (`store/imports.py`).
"""

from collections.abc import Callable
from typing import Any

from pydantic import AliasChoices, Field

from draft_cache import now
from engine.imported import Base
from engine.importing import imported_script, target_of
from engine.lint import PLACEHOLDER
from engine.time import seconds
from fields.answers import DraftAnswer
from fields.packed import Packed
from fields.requests import Changing, new_draft_id
from fields.words import DraftName, Identifier, Target
from incoming import META, IncomingDraft, incoming_draft, telling
from services import Services
from store.drafts import Row
from util import as_json, folder_name


class ImportDraft(Packed, Changing):
    """Make a draft of one that CapCut or JianYing wrote; nothing that is in it is lost.

    Give one of `document`, `zip` and `url`. A zip can be the body itself, with Content-Type application/zip; the other
    fields are parameters of the query then.
    """

    example = {
        "draft_id": "imported",
        "document": {
            "canvas_config": {"width": 1080, "height": 1920},
            "fps": 30.0,
            "materials": {},
            "new_version": "151.0.0",
            "platform": {"app_source": "cc", "app_version": "7.7.0", "os": "windows"},
            "tracks": [],
        },
    }

    draft_id: Identifier | None = Field(None, description="Id of the new draft; left out, one is made.")
    name: DraftName | None = Field(
        None, description="Name of the new draft; left out: the one it had, if its meta file is there, else its id."
    )
    target: Target | None = Field(
        None,
        validation_alias=AliasChoices("target", "draft_profile"),
        description="App it is for; left out: the one that wrote it.",
    )


class ImportAnswer(DraftAnswer):
    """The draft that was made."""

    name: str = Field(description="Its name.")
    target: str = Field(description="The app it is for.")
    duration: float = Field(description="Where its last segment ends, in seconds.")
    tracks: list[str] = Field(description="The names of its tracks from back to front, for other operations.")


def import_draft(req: ImportDraft, services: Services) -> ImportAnswer:
    """Read it to see that it can be read, then log it as the first row of a draft.

    Raises:
        InvalidRequestError: it is no draft, or encrypted, or no zip that can be taken.
        MediaError: it cannot be fetched.
        DraftExistsError: there is a draft of that id.
    """
    done = services.drafts.find(services.call_key)
    draft_id = done.draft_id if done else req.draft_id or new_draft_id()
    warnings = [] if done else _create(draft_id, req, services)
    script = services.drafts.snapshot(draft_id)
    return ImportAnswer(
        draft_id=draft_id,
        version=script.version,
        name=script.name,
        target=script.target,
        duration=seconds(script.duration),
        tracks=[track.name for track in script.layers()],
        warnings=warnings,
    )


def _create(draft_id: str, req: ImportDraft, services: Services) -> list[str]:
    services.drafts.must_be_free(draft_id)
    found = incoming_draft(req, services)
    document = found.timeline()
    meta = found.meta_document()
    target = req.target or target_of(document)
    if target is None:
        target = services.settings.default_target
        found.warnings.append(f"target: the draft does not say which app wrote it; taken to be for {target}")
    name = req.name or _name(meta, found) or draft_id
    script = imported_script(draft_id, document, name=name, target=target)
    assert script.base
    found.warnings += _whereabouts(script.base, found)
    imported = {"document": found.document, "meta": found.meta, "copies": found.copies}
    imported["files"] = _kept(found, draft_id, services)
    start = {"draft_id": draft_id, "name": name, "target": target, "imported": imported}
    services.drafts.create(draft_id, name, [Row(1, "create_draft", as_json(start), now())], services.call_key)
    return found.warnings


def _whereabouts(base: Base, found: IncomingDraft) -> list[str]:
    """Warnings on media that the draft shows and that did not come with it."""
    folder: dict[str, Any] = dict(found.folder.entries) if found.folder else {}
    media: list[Any] = [part.document() for part in base.entries() if part.list_name in ("videos", "audios")]
    said = [one.get("path") for one in media if isinstance(one, dict)]
    paths = list(dict.fromkeys(path for path in said if isinstance(path, str) and path))
    inside = [path.removeprefix(PLACEHOLDER).lstrip("/") for path in paths if path.startswith(PLACEHOLDER)]
    missing = [path for path in inside if path not in folder]
    outside = [path for path in paths if not path.startswith(PLACEHOLDER)]
    where = "the app finds them on the computer that the draft is from, and elsewhere not"
    return [
        *([f"{len(missing)} media of the draft folder did not come with it, like {missing[0]}"] if missing else ()),
        *([f"{len(outside)} media are not in the draft folder, like {outside[0]}; {where}"] if outside else ()),
    ]


def _name(meta: dict[str, Any], found: IncomingDraft) -> str:
    """What the draft was called."""
    known = meta.get("draft_name") or (found.folder.name if found.folder else "")
    whole = known.encode(errors="ignore").decode() if isinstance(known, str) else ""  # halves of characters
    return folder_name(whole, "") if whole.strip() else ""


def _kept(found: IncomingDraft, draft_id: str, services: Services) -> str:
    """Keep the files that are neither timeline nor meta; answers what names them."""
    folder = found.folder
    if folder is None:
        return ""
    left = [path for path in folder.entries if path not in (*found.copies, META)]

    def opener(path: str) -> Callable[[], Any]:
        return lambda: folder.open(path)

    with telling(found.source):
        return services.imports.keep([(path, opener(path)) for path in left], draft_id)
