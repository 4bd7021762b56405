"""replace_by_name: fill a draft that serves as a template: other media and texts in the places of those it has."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from asked import change, model_of
from engine.imported import ImportedSegment
from engine.imported_edits import text_of, with_text
from engine.script_file import Script_file
from engine.segments import MediaSegment, Segment, TextSegment
from engine.text import utf16_length
from errors import InvalidRequestError, NotFoundError
from fields.answers import DraftAnswer
from fields.requests import OfDraft
from fields.text import Content
from fields.words import MediaUrl
from util import nearest

_MOST = 500
"""Names in one call."""
_MOST_NAMED = 8


def _not_too_many(value: Any) -> Any:
    if isinstance(value, dict) and len(value) > _MOST:
        raise ValueError(f"must have at most {_MOST} names")
    return value


class ReplaceByName(OfDraft):
    """Fill a template: give all clips of a medium another one, and texts other words, by what they are called.

    All are replaced or none. What a clip shows is called as its file is; a text as it is named in the app, or as it
    says. `{{name}}` anywhere in texts is a field: what is given for `name` takes its place.
    """

    example = {"draft_id": "first", "texts": {"Hello 世界 😀": "Hello again 😀"}}

    media: Annotated[dict[str, MediaUrl], BeforeValidator(_not_too_many)] = Field(
        {}, max_length=_MOST, description="The new medium by the name of the old one: its file name, or its address."
    )
    texts: Annotated[dict[str, Content], BeforeValidator(_not_too_many)] = Field(
        {},
        max_length=_MOST,
        description="The new words by the old ones, by the name of a text, or by that of a field {{name}}.",
    )


class Replaced(DraftAnswer):
    """What was replaced."""

    segments: dict[str, list[str]] = Field(description="By each name the segments that show the new medium or words.")


def replace_by_name(req: ReplaceByName, script: Script_file) -> Replaced:
    """Replace one after the other; each name must be there.

    Raises:
        InvalidRequestError: nothing is given, or the new medium or words do not fit.
        NotFoundError: nothing has that name; the message says which names there are.
    """
    if not req.media and not req.texts:
        raise InvalidRequestError.about("media", "give media, texts or both")
    with script.all_or_nothing():
        replaced = _replace_media(script, req.media) | _replace_texts(script, req.texts)
    return Replaced(draft_id=script.draft_id, version=script.version, segments=replaced)


def _missing(field: str, name: str, known: Iterable[str]) -> Any:
    names = [one for one in known if one]
    shown = nearest(name, names) or names[:_MOST_NAMED]
    advice = f"the draft has {', '.join(map(repr, shown))}" if shown else "the draft has none"
    raise NotFoundError(f"{field}: nothing is called {name!r}; {advice}", [{"field": field, "message": "no such name"}])


# ---- media


def _replace_media(script: Script_file, wanted: Mapping[str, str]) -> dict[str, list[str]]:
    named: dict[str, list[Segment]] = {}
    for _, segment in script.segments() if wanted else ():
        for name in dict.fromkeys(_names(segment)):
            named.setdefault(name, []).append(segment)
    found = {name: named.get(name) or _missing("media", name, named) for name in wanted}
    for name, segments in found.items():
        for segment in segments:
            change(script, segment.id, {model_of(segment).plays: wanted[name]})
    return {name: [segment.id for segment in segments] for name, segments in found.items()}


def _names(segment: Segment) -> Iterator[str]:
    if isinstance(segment, ImportedSegment):
        if segment.media:
            yield from _of_address(segment.media.url)
            return
        shown = segment.shown
        if shown and shown.list_name in ("videos", "audios"):
            said = shown.document()
            yield from (said[name] for name in ("material_name", "name") if said.get(name))
            if isinstance(path := said.get("path"), str) and path:
                yield from (path, re.split(r"[\\/]", path)[-1])
    elif isinstance(segment, MediaSegment):
        yield from _of_address(segment.media.url)


def _of_address(url: str) -> tuple[str, str]:
    return url, url.partition("?")[0].rsplit("/", 1)[-1]


# ---- texts


_Place = tuple[int, int]
"""Start and end of a part of a text, in characters."""


def _replace_texts(script: Script_file, wanted: Mapping[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {name: [] for name in wanted}
    known: dict[str, None] = {}
    for _, segment in list(script.segments()) if wanted else ():
        fill = _fill_imported if isinstance(segment, ImportedSegment) else _fill_own
        for name in fill(script, segment, wanted, known):
            found[name].append(segment.id)
    for name in (name for name, segments in found.items() if not segments):
        _missing("texts", name, known)
    return found


def _wanted_in(
    text: str, label: str, wanted: Mapping[str, str], known: dict[str, None]
) -> list[tuple[str, _Place | None]]:
    """What is to be replaced in a text, the last first, each with its place; None: all of it."""
    fields = list(_FIELD.finditer(text))
    known.update(dict.fromkeys([label, text, *(field[1] for field in fields)]))
    whole = next((name for name in (text, label) if name and name in wanted), None)
    if whole is not None:
        return [(whole, None)]
    return [(field[1], field.span()) for field in reversed(fields) if field[1] in wanted]


_FIELD = re.compile(r"\{\{\s*([^{}]+?)\s*\}\}")


def _fill_own(script: Script_file, segment: Segment, wanted: Mapping[str, str], known: dict[str, None]) -> list[str]:
    """Replace what a text of this service says; answers by which names."""
    if not isinstance(segment, TextSegment):
        return []
    text, places = segment.text, _wanted_in(segment.text, "", wanted, known)
    for name, place in places:
        text = text[: place[0]] + wanted[name] + text[place[1] :] if place else wanted[name]
    if places:
        change(script, segment.id, {"text": text})
    return list(dict.fromkeys(name for name, _ in places))


def _fill_imported(
    script: Script_file, segment: Segment, wanted: Mapping[str, str], known: dict[str, None]
) -> list[str]:
    """Replace what the texts of an imported segment say; answers by which names."""
    assert isinstance(segment, ImportedSegment)
    if segment.part("texts") is None:
        return []
    parts, names = [], []
    for part in segment.parts:
        text = text_of(part) if part.list_name == "texts" else None
        label = str(part.document().get("name") or "") if text is not None else ""
        for name, place in _wanted_in(text, label, wanted, known) if text is not None else ():
            part = with_text(part, wanted[name], _units(text or "", place))
            names.append(name)
        parts.append(part)
    if names:
        script.swap(segment.id, replace(segment, parts=tuple(parts)))
    return list(dict.fromkeys(names))


def _units(text: str, place: _Place | None) -> _Place | None:
    """A place counted in UTF-16 units, as the apps count."""
    return place and (utf16_length(text[: place[0]]), utf16_length(text[: place[1]]))
