"""What an app wrote, kept as it is: a draft that was imported, its tracks and its segments.

A draft that an app wrote says more than this service knows of. So nothing of it is translated: each segment, each track
and each material stays the JSON that it was, as bytes, and is written again as it was. An edit changes what it is about
and leaves the rest. A segment carries the materials that it shows and its companions, so that it can be changed, cut in
two and taken away without a look at others; the draft knows their order.

Numbers stay exact: whole ones may have any length, which not every JSON library bears.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any, TypeVar

from util import as_json

from .segments import Segment, TrackType

_Json = dict[str, Any]
_S = TypeVar("_S", bound="ImportedSegment")

_QUOTED = re.compile(rb'"([^"\\\\]+)"')

_OBJECT_WEIGHT = 330
"""Bytes of a kept piece of JSON beside its text: object, id and places in indexes; measured."""


@dataclass(frozen=True, slots=True)
class Material:
    """A material of an imported draft."""

    list_name: str
    """The list it is on."""
    id: str
    """Its id; empty for what has none."""
    raw: bytes
    """All of it, as JSON."""

    def document(self) -> _Json:
        """A fresh copy of it."""
        return json.loads(self.raw)  # type: ignore[no-any-return]

    def with_(self, **changes: Any) -> "Material":
        """The material with other values of those fields."""
        document = self.document() | changes
        return Material(self.list_name, str(document.get("id", "")), as_json(document))


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedSegment(Segment):
    """A segment that an app wrote. Its `start` and `duration` count; all else is in its JSON."""

    kind: str
    """The type of its track, which may be one that this service has no name for."""
    raw: bytes
    """All of it, as JSON."""
    parts: tuple[Material, ...] = ()
    """The materials it refers to, as far as the draft has them."""
    leads_on: bool = False
    """Whether a transition of it joined the next one when it was imported."""

    @property
    def track_type(self) -> TrackType:  # type: ignore[override]
        """The type of its track."""
        return self.kind  # type: ignore[return-value]

    @property
    def weight(self) -> int:
        """About how many bytes it takes in memory; materials are counted with the draft."""
        return 400 + len(self.raw) + 8 * len(self.parts) + self.kept_weight

    def document(self) -> _Json:
        """A fresh copy of its JSON, with the times that it has now."""
        document: _Json = json.loads(self.raw)
        place = document.get("target_timerange") or {}
        if (place.get("start", 0), place.get("duration", 0)) != (self.start, self.duration):
            document["target_timerange"] = {**place, "start": self.start, "duration": self.duration}
        return document

    def with_(self: _S, parts: Iterable[Material] | None = None, **changes: Any) -> _S:
        """The segment with other values of those fields of its JSON, or other materials."""
        raw = as_json(self.document() | changes) if changes else self.raw
        return replace(self, raw=raw, parts=self.parts if parts is None else tuple(parts))

    def part(self, list_name: str) -> Material | None:
        """Its first material on that list."""
        return next((part for part in self.parts if part.list_name == list_name), None)

    def without_transition(self: _S) -> _S:
        """The segment giving way to what follows by a cut."""
        gone = {part.id for part in self.parts if part.list_name == "transitions"}
        left = [name for name in self.document()["extra_material_refs"] if name not in gone]
        parts = [part for part in self.parts if part.id not in gone]
        return replace(self.with_(parts, extra_material_refs=left), leads_on=False)

    @property
    def shown(self) -> Material | None:
        """The material that it shows."""
        wanted = json.loads(self.raw).get("material_id")
        return next((part for part in self.parts if part.id == wanted), None)


def references(document: Mapping[str, Any]) -> list[str]:
    """The ids of the materials that the JSON of a segment refers to: what it shows first."""
    shown, companions = document.get("material_id"), document.get("extra_material_refs")
    named = [shown, *(companions if isinstance(companions, list) else ())]
    return [name for name in named if isinstance(name, str) and name]


@dataclass(frozen=True, slots=True)
class ImportedTrack:
    """What a track was when it was imported."""

    raw: bytes
    """All of it but for its segments, as JSON."""
    index: int
    """Its place among the tracks."""
    is_main: bool
    """Whether it is the main video track."""
    attribute: int
    """Its switches, as the apps keep them."""
    order: tuple[str, ...]
    """Its segments in the order of the file."""

    @property
    def weight(self) -> int:
        """About how many bytes it takes in memory."""
        return 400 + len(self.raw) + 8 * len(self.order)


@dataclass(frozen=True, slots=True)
class Folder:
    """What stood beside the timeline in an imported draft folder."""

    meta: bytes = b""
    """draft_meta_info.json; empty when there was none."""
    copies: tuple[str, ...] = ()
    """Where in the folder the timeline was, each with "/" between names."""
    files: str = ""
    """What names the other files, which are kept apart from the draft; empty for none."""


@dataclass(frozen=True)
class Base:
    """What an imported draft was, but for its segments and the heads of its tracks."""

    raw: bytes
    """The document; in the places of its tracks and materials there is null."""
    materials: Mapping[str, tuple[Material, ...] | bytes]
    """Each list of materials in its order; what is no list is kept as JSON."""
    used: frozenset[str]
    """The ids that segments referred to."""
    width: int
    height: int
    rate: Fraction
    duration: int
    """Where its last segment ended, by its segments."""
    folder: Folder = Folder()

    def document(self) -> _Json:
        """A fresh copy of the document without its tracks and materials."""
        return json.loads(self.raw)  # type: ignore[no-any-return]

    def entries(self) -> Iterator[Material]:
        """Every material in order."""
        for found in self.materials.values():
            if not isinstance(found, bytes):
                yield from found

    @cached_property
    def by_id(self) -> dict[str, tuple[Material, ...]]:
        """The materials by their ids. Lists share ids, masks do; of several with one id on one list it is the first."""
        found: dict[str, dict[str, Material]] = {}
        for one in self.entries():
            if one.id:
                found.setdefault(one.id, {}).setdefault(one.list_name, one)
        return {name: tuple(lists.values()) for name, lists in found.items()}

    @cached_property
    def weight(self) -> int:
        """About how many bytes it takes in memory."""
        kept = [len(found) for found in self.materials.values() if isinstance(found, bytes)]
        whole = len(self.raw) + len(self.folder.meta) + sum(kept) + 100 * len(self.used)
        return 2_000 + whole + sum(_OBJECT_WEIGHT + len(one.raw) for one in self.entries())

    def left(self, parts: Iterable[Material], others: Iterable[bytes]) -> _Json:
        """The lists of materials as fresh JSON, when segments refer to `parts`.

        What only segments referred to that are gone goes with them, unless another material or one of `others` names
        it. Changed materials stand where they stood, new ones at the end of their list.
        """
        present = {(part.list_name, part.id): part for part in parts}
        gone = self.used - {name for _, name in present}
        if gone:
            gone -= _named([*others, *(one.raw for one in self.entries() if one.id not in gone)])
        lists: _Json = {
            name: json.loads(found)
            if isinstance(found, bytes)
            else [self._as_now(one, present) for one in found if one.id not in gone]
            for name, found in self.materials.items()
        }
        for (name, identifier), part in present.items():
            if not any(one.list_name == name for one in self.by_id.get(identifier, ())):
                add(lists, name, part.document())
        return lists

    def _as_now(self, one: Material, present: Mapping[tuple[str, str], Material]) -> Any:
        newer = present.get((one.list_name, one.id))
        is_first = one in self.by_id.get(one.id, ())
        return json.loads(newer.raw if newer and is_first else one.raw)


def add(lists: _Json, name: str, material: _Json) -> None:
    """Put a material at the end of its list; a list that is not there, or null, is made."""
    if not isinstance(lists.get(name), list):
        lists[name] = []
    lists[name].append(material)


def _named(texts: Iterable[bytes]) -> frozenset[str]:
    """What stands in quotes in `texts`, which are JSON."""
    return frozenset(word.decode() for text in texts for word in _QUOTED.findall(text))
