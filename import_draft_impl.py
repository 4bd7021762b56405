"""import_draft: make a draft of one that an app wrote.

What is logged, as the first row, is the timeline itself, so that the draft can be rebuilt from its log alone; the other
files of its folder are kept apart (`store/imports.py`).
"""

from typing import Annotated, Any

import orjson
from pydantic import BeforeValidator, Field

from draft_cache import now
from engine.importing import NotADraftError, parsed, target_of
from errors import InvalidRequestError
from fields.answers import DraftAnswer
from fields.requests import Request, new_draft_id
from fields.words import Identifier, Name
from services import Services
from settings import TargetName
from store.drafts import Row
from util import as_json

_MOST_BYTES = 64_000_000
"""Size of the largest timeline; an hour of captions is one or two."""


def _as_text(value: Any) -> Any:
    return as_json(value).decode() if isinstance(value, dict) else value


JsonText = Annotated[str, BeforeValidator(_as_text), Field(min_length=2, max_length=_MOST_BYTES)]


class ImportDraft(Request):
    """Make a draft of one that CapCut or JianYing wrote; nothing that is in it is lost."""

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

    document: JsonText | None = Field(None, description="The timeline of the draft, as JSON or as a text that is JSON.")
    meta: JsonText | None = Field(None, description="Its draft_meta_info.json, beside document.")
    draft_id: Identifier | None = Field(None, description="Id of the new draft; left out, one is made.")
    name: Name | None = Field(None, description="Name of the new draft; left out: the one it has, else its id.")
    target: TargetName | None = Field(None, description="App it is for; left out: the one that wrote it.")


class ImportAnswer(DraftAnswer):
    """The draft that was made."""

    name: str = Field(description="Its name.")
    target: str = Field(description="The app it is for.")
    tracks: list[str] = Field(description="The names of its tracks, by which other operations call them.")


def import_draft(req: ImportDraft, services: Services) -> ImportAnswer:
    """Read it once to see that it can be read, then log it as the first row of a draft.

    Raises:
        InvalidRequestError: it is no draft, or encrypted.
        DraftExistsError: there is a draft of that id.
    """
    done = services.drafts.find(services.call_key)
    draft_id = done.draft_id if done else req.draft_id or new_draft_id()
    warnings: list[str] = []
    if not done:
        assert req.document
        try:
            document = parsed(req.document)
        except NotADraftError as error:
            raise InvalidRequestError.about("document", str(error)) from None
        target = req.target or target_of(document)
        if target is None:
            target = services.settings.default_target
            warnings.append(f"target: the draft does not say which app wrote it; taken to be for {target}")
        name = req.name or draft_id
        imported = {"document": req.document, "meta": req.meta or ""}
        start = {"draft_id": draft_id, "name": name, "target": target, "imported": imported}
        services.drafts.create(draft_id, name, [Row(1, "create_draft", orjson.dumps(start), now())], services.call_key)
    script = services.drafts.snapshot(draft_id)
    return ImportAnswer(
        draft_id=draft_id,
        version=script.version,
        name=script.name,
        target=script.target,
        tracks=list(script.tracks),
        warnings=warnings,
    )
