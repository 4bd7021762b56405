"""Drafts of the apps that a request brings: which file counts, and what else is there (draft-format 0.4, 0.7)."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from engine.importing import NotADraftError, parsed, plain_json
from errors import EncryptedDraftError, InvalidRequestError
from fields.packed import MOST_BYTES, Packed
from media.draft_files import EncryptedError, PackedFolder, UnreadableFolderError, packed_folder, plain
from services import Services

TIMELINES = ("draft_content.json", "draft_info.json", "template-2.tmp")
"""What an app calls its timeline; the first that is there counts (draft-format 0.4)."""
META = "draft_meta_info.json"
PROJECT = "Timelines/project.json"
_NESTED = rf"Timelines/[^/]+/({'|'.join(map(re.escape, TIMELINES))})"


@dataclass
class IncomingDraft:
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

    def timeline(self) -> dict[str, Any]:
        """The timeline.

        Raises:
            InvalidRequestError: it is none.
        """
        try:
            return parsed(self.document)
        except NotADraftError as error:
            raise InvalidRequestError.about(self.source, f"{self.place} {error}".strip()) from None

    def meta_document(self) -> dict[str, Any]:
        """Its meta document; one that cannot be read is left aside with a warning."""
        if not self.meta:
            return {}
        meta = _json(self.meta)
        if isinstance(meta, dict):
            return meta
        self.meta = ""
        self.warnings.append(f"{META} cannot be read and is left aside; a new one is written")
        return {}


@contextmanager
def telling(field: str) -> Iterator[None]:
    """Say what is wrong with files as what is wrong with a field of the request."""
    try:
        yield
    except EncryptedError as error:
        raise EncryptedDraftError.about(field, str(error)) from None
    except UnreadableFolderError as error:
        raise InvalidRequestError.about(field, str(error)) from None


def incoming_draft(req: Packed, services: Services) -> IncomingDraft:
    """Find the timeline that counts, and what is beside it.

    Raises:
        InvalidRequestError: it is no draft, or encrypted, or no zip that can be taken.
        MediaError: it cannot be fetched.
    """
    given = [name for name in ("document", "zip", "url") if getattr(req, name)]
    if len(given) > 1:
        raise InvalidRequestError.about(given[-1], f"give one of document, zip and url, not {' and '.join(given)}")
    if req.meta and not req.document:
        raise InvalidRequestError.about("meta", "goes with document; a zip has its own")
    if req.document is not None:
        with telling("document"):
            return IncomingDraft(plain(req.document.encode(), services.load), "document", meta=req.meta or "")
    if req.zip is not None:
        return _unpacked(req.zip, "zip", services)
    if req.url is None:
        raise InvalidRequestError.about("document", "give document, zip or url")
    content = services.fetch(req.url, services.settings.max_import_bytes)
    if content.startswith(b"PK\x03\x04"):
        return _unpacked(content, "url", services)
    with telling("url"):
        return IncomingDraft(_limited(plain(content, services.load), "it"), "url")


def _limited(text: str, what: str) -> str:
    if len(text) > MOST_BYTES:
        raise UnreadableFolderError(f"{what} is larger than {MOST_BYTES:,} characters")
    return text


def _unpacked(content: bytes, field: str, services: Services) -> IncomingDraft:
    with telling(field):
        folder = packed_folder(content, services.settings.max_unpacked_bytes, TIMELINES.__contains__)
        return _chosen(folder, field, services)


def _chosen(folder: PackedFolder, field: str, services: Services) -> IncomingDraft:
    """The timeline that counts among the files of a folder (draft-format 0.4, 0.7)."""
    nested = _nested(folder)
    places = [f"{nested}{name}" for name in TIMELINES if nested] + list(TIMELINES)
    there = [place for place in places if place in folder.entries and folder.entries[place].file_size]
    if not there:
        raise UnreadableFolderError(f"has a timeline that is empty: {', '.join(TIMELINES)}")
    raw = {place: folder.read(place, MOST_BYTES) for place in there}
    text = _limited(_named(there[0], raw[there[0]], services), there[0])
    meta = folder.read(META, MOST_BYTES).decode("utf-8-sig", "replace") if META in folder.entries else ""
    others = [place for place in there if raw[place] != raw[there[0]] and not _same(raw[place], text)]
    warnings = [f"{place} differs from {there[0]}, which was taken; it is written anew with it" for place in others]
    copies, left = ([], []) if nested else _copies(folder, text)
    warnings += [f"{place} is left as it is: {PROJECT} does not say whether it is the main timeline" for place in left]
    return IncomingDraft(text, field, there[0], meta, (*there, *copies), folder, warnings)


def _copies(folder: PackedFolder, text: str) -> tuple[list[str], list[str]]:
    """Nested timelines that are the one at the top, by their ids or by all they say, and those that are not."""
    nested = [place for place in folder.entries if re.fullmatch(_NESTED, place)]
    copies = [place for place in nested if _is_copy(folder.read(place, MOST_BYTES), text)]
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
    if PROJECT not in folder.entries:
        return ""
    project = _json(folder.read(PROJECT, MOST_BYTES))
    main = project.get("main_timeline_id") if isinstance(project, dict) else None
    return f"Timelines/{main}/" if isinstance(main, str) and main else ""


def _same(content: bytes, text: str) -> bool:
    """Whether a file has the same values as a timeline."""
    found = _json(content)
    return found is not None and json.dumps(found, sort_keys=True) == json.dumps(_json(text), sort_keys=True)


def _json(content: str | bytes) -> Any:
    """What a file beside the timeline says; None if it cannot be read."""
    try:
        return plain_json(content)
    except NotADraftError:
        return None
