"""import_draft: make a draft of one that an app wrote.

What is logged, as the first row, is the timeline itself and its meta file, so that the draft can be rebuilt from its
log alone; the other files of its folder are kept apart (`store/imports.py`).
"""

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from draft_cache import now
from engine.imported import Base
from engine.importing import NotADraftError, imported_script, parsed, plain_json, target_of
from engine.lint import PLACEHOLDER
from engine.time import seconds
from errors import EncryptedDraftError, InvalidRequestError
from fields.answers import DraftAnswer
from fields.requests import Changing, new_draft_id
from fields.words import Identifier, MediaUrl, Name
from media.draft_files import EncryptedError, PackedFolder, UnreadableFolderError, packed_folder, plain
from services import Services
from settings import TargetName
from store.drafts import Row
from util import as_json, folder_name

_MOST_BYTES = 64_000_000
"""Size of the largest timeline; an hour of captions is one or two."""
_MOST_NAMED = 10

_TIMELINES = ("draft_content.json", "draft_info.json", "template-2.tmp")
"""What an app calls its timeline; the first that is there counts (draft-format 0.4)."""
_META = "draft_meta_info.json"
_PROJECT = "Timelines/project.json"
_NESTED = rf"Timelines/[^/]+/({'|'.join(map(re.escape, _TIMELINES))})"


def _as_text(value: Any) -> Any:
    if not isinstance(value, str):
        return as_json(value).decode() if isinstance(value, dict) else value
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError("has half a character; write it as \\ud83d") from None
    return value


def _as_bytes(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    encoded = "".join(re.sub(r"^\s*data:[^,]{0,200};base64,", "", value).split())
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("must be a zip in base64, or the body itself, sent as application/zip") from None


JsonText = Annotated[
    str,
    BeforeValidator(_as_text),
    Field(min_length=2, max_length=_MOST_BYTES),
    WithJsonSchema({"type": ["object", "string"], "minLength": 2, "maxLength": _MOST_BYTES}),
]
Zip = Annotated[
    bytes,
    BeforeValidator(_as_bytes),
    WithJsonSchema({"type": "string", "minLength": 8, "pattern": r"^(data:[^,]*;base64,)?[A-Za-z0-9+/\s]+={0,2}\s*$"}),
]


class ImportDraft(Changing):
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

    document: JsonText | None = Field(
        None, description="The timeline of the draft (draft_content.json), as JSON or as a text that is JSON."
    )
    meta: JsonText | None = Field(None, description="Its draft_meta_info.json, beside document.")
    zip: Zip | None = Field(None, description="The whole draft folder as a zip, in base64.")
    url: MediaUrl | None = Field(
        None, description="Where the zip or the timeline is: an http(s) URL, or a file under a media root."
    )
    draft_id: Identifier | None = Field(None, description="Id of the new draft; left out, one is made.")
    name: Name | None = Field(
        None, description="Name of the new draft; left out: the one it had, if its meta file is there, else its id."
    )
    target: TargetName | None = Field(None, description="App it is for; left out: the one that wrote it.")


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


@dataclass
class _Found:
    """What a request brings."""

    document: str
    source: str
    """The field of the request that it came from."""
    place: str = ""
    """The file that it was, if it was one of several."""
    meta: str = ""
    copies: tuple[str, ...] = ()
    folder: PackedFolder | None = None
    warnings: list[str] = field(default_factory=list)


def _create(draft_id: str, req: ImportDraft, services: Services) -> list[str]:
    services.drafts.must_be_free(draft_id)
    found = _found(req, services)
    document = _read(found)
    meta = _meta(found)
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


def _whereabouts(base: Base, found: _Found) -> list[str]:
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


def _read(found: _Found) -> dict[str, Any]:
    try:
        return parsed(found.document)
    except NotADraftError as error:
        raise InvalidRequestError.about(found.source, f"{found.place} {error}".strip()) from None


def _name(meta: dict[str, Any], found: _Found) -> str:
    """What the draft was called."""
    known = meta.get("draft_name") or (found.folder.name if found.folder else "")
    whole = known.encode(errors="ignore").decode() if isinstance(known, str) else ""  # halves of characters
    return folder_name(whole, "") if whole.strip() else ""


def _json(content: str | bytes) -> Any:
    """What a file beside the timeline says; None if it cannot be read."""
    try:
        return plain_json(content)
    except NotADraftError:
        return None


def _meta(found: _Found) -> dict[str, Any]:
    """Its meta document; one that cannot be read is left aside with a warning."""
    if not found.meta:
        return {}
    meta = _json(found.meta)
    if isinstance(meta, dict):
        return meta
    found.meta = ""
    found.warnings.append(f"{_META} cannot be read and is left aside; a new one is written")
    return {}


def _kept(found: _Found, draft_id: str, services: Services) -> str:
    """Keep the files that are neither timeline nor meta; answers what names them."""
    folder = found.folder
    if folder is None:
        return ""
    left = [path for path in folder.entries if path not in (*found.copies, _META)]

    def opener(path: str) -> Callable[[], Any]:
        return lambda: folder.open(path)

    with _telling(found.source):
        return services.imports.keep([(path, opener(path)) for path in left], draft_id)


# ---- where it comes from


@contextmanager
def _telling(field: str) -> Iterator[None]:
    """Say what is wrong with files as what is wrong with a field of the request."""
    try:
        yield
    except EncryptedError as error:
        raise EncryptedDraftError.about(field, str(error)) from None
    except UnreadableFolderError as error:
        raise InvalidRequestError.about(field, str(error)) from None


def _found(req: ImportDraft, services: Services) -> _Found:
    given = [name for name in ("document", "zip", "url") if getattr(req, name)]
    if len(given) > 1:
        raise InvalidRequestError.about(given[-1], f"give one of document, zip and url, not {' and '.join(given)}")
    if req.meta and not req.document:
        raise InvalidRequestError.about("meta", "goes with document; a zip has its own")
    if req.document is not None:
        with _telling("document"):
            return _Found(plain(req.document.encode(), services.load), "document", meta=req.meta or "")
    if req.zip is not None:
        return _unpacked(req.zip, "zip", services)
    if req.url is None:
        raise InvalidRequestError.about("document", "give document, zip or url")
    content = services.fetch(req.url, services.settings.max_import_bytes)
    if content.startswith(b"PK\x03\x04"):
        return _unpacked(content, "url", services)
    with _telling("url"):
        return _Found(_limited(plain(content, services.load), "it"), "url")


def _limited(text: str, what: str) -> str:
    if len(text) > _MOST_BYTES:
        raise UnreadableFolderError(f"{what} is larger than {_MOST_BYTES:,} characters")
    return text


def _unpacked(content: bytes, field: str, services: Services) -> _Found:
    with _telling(field):
        folder = packed_folder(content, services.settings.max_unpacked_bytes, _TIMELINES.__contains__)
        return _chosen(folder, field, services)


def _chosen(folder: PackedFolder, field: str, services: Services) -> _Found:
    """The timeline that counts among the files of a folder (draft-format 0.4, 0.7)."""
    nested = _nested(folder)
    places = [f"{nested}{name}" for name in _TIMELINES if nested] + list(_TIMELINES)
    there = [place for place in places if place in folder.entries and folder.entries[place].file_size]
    if not there:
        raise UnreadableFolderError(f"has a timeline that is empty: {', '.join(_TIMELINES)}")
    raw = {place: folder.read(place, _MOST_BYTES) for place in there}
    text = _limited(_named(there[0], raw[there[0]], services), there[0])
    meta = folder.read(_META, _MOST_BYTES).decode("utf-8-sig", "replace") if _META in folder.entries else ""
    others = [place for place in there if raw[place] != raw[there[0]] and not _same(raw[place], text)]
    warnings = [f"{place} differs from {there[0]}, which was taken; it is written anew with it" for place in others]
    copies, left = ([], []) if nested else _copies(folder, text)
    warnings += [f"{place} is left as it is: {_PROJECT} does not say whether it is the main timeline" for place in left]
    return _Found(text, field, there[0], meta, (*there, *copies), folder, warnings)


def _copies(folder: PackedFolder, text: str) -> tuple[list[str], list[str]]:
    """Nested timelines that are the one at the top, by their ids or by all they say, and those that are not."""
    nested = [place for place in folder.entries if re.fullmatch(_NESTED, place)]
    copies = [place for place in nested if _is_copy(folder.read(place, _MOST_BYTES), text)]
    return copies, [place for place in nested if place not in copies]


def _is_copy(content: bytes, text: str) -> bool:
    found, taken = _json(content), _json(text)
    known = isinstance(found, dict) and isinstance(taken, dict) and found.get("id")
    return found == taken or (bool(known) and found["id"] == taken.get("id"))


def _named(place: str, content: bytes, services: Services) -> str:
    try:
        return plain(content, services.load)
    except UnreadableFolderError as error:
        raise type(error)(f"{place} {error}") from None


def _nested(folder: PackedFolder) -> str:
    """Where the main timeline of a project is that may have several; it counts before the one at the top."""
    if _PROJECT not in folder.entries:
        return ""
    project = _json(folder.read(_PROJECT, _MOST_BYTES))
    main = project.get("main_timeline_id") if isinstance(project, dict) else None
    return f"Timelines/{main}/" if isinstance(main, str) and main else ""


def _same(content: bytes, text: str) -> bool:
    """Whether a file has the same values as a timeline."""
    found = _json(content)
    return found is not None and json.dumps(found, sort_keys=True) == json.dumps(_json(text), sort_keys=True)
