"""What an app wrote, kept as it is: a draft that was imported, its tracks and its segments.

A draft that an app wrote says more than this service knows of. So nothing of it is translated: each segment, each track
and each material stays the JSON that it was, as bytes, and is written again as it was. An edit changes what it is about
and leaves the rest. A segment carries the materials that it shows and its companions, so that it can be changed, cut in
two and taken away without a look at others; the draft knows their order.

Numbers stay exact: whole ones may have any length, which not every JSON library bears.
"""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any, TypeVar

from util import as_json

from . import imported_keyframes as keyframes
from .keyframes import Keyframes
from .segments import Mask, Media, Segment, TrackType, Transition

_Json = dict[str, Any]
_S = TypeVar("_S", bound="ImportedSegment")

_QUOTED = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"')
"""A string of JSON, whatever is in it: also "" and what ends in a quote."""

MOST_WHOLE = 2**62
"""What is larger is no time and no size that an app means."""
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
    is_new: bool = False
    """Whether an edit made it."""

    @property
    def weight(self) -> int:
        """About how many bytes it takes in memory."""
        return _OBJECT_WEIGHT + len(self.raw)

    def document(self) -> _Json:
        """A fresh copy of it."""
        return json.loads(self.raw)  # type: ignore[no-any-return]

    def with_(self, **changes: Any) -> "Material":
        """The material with other values of those fields."""
        document = self.document() | changes
        return Material(self.list_name, str(document.get("id", "")), as_json(document), is_new=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedSegment(Segment):
    """A segment that an app wrote. Its `start` and `duration` count; all else is in its JSON."""

    kind: str
    """The type of its track, which may be one that this service has no name for."""
    raw: bytes
    """All of it, as JSON."""
    parts: tuple[Material, ...] = ()
    """The materials it refers to, and those that these refer to, as far as the draft has them."""
    leads_on: bool = False
    """Whether a transition of it joined the next one when it was imported."""
    media: Media | None = None
    """The medium that it shows instead of its own."""
    transition: Transition | None = None
    """How it gives way to the next instead of its own way."""
    mask: Mask | None = None
    """A shape that lets part of it through, instead of its own."""
    kept_keyframes: Keyframes = ()
    """The keyframes that its JSON has."""

    @property
    def track_type(self) -> TrackType:  # type: ignore[override]
        """The type of its track."""
        return self.kind  # type: ignore[return-value]

    @property
    def weight(self) -> int:
        """About how many bytes it takes in memory; the materials that it came with are counted with the draft."""
        made = sum(part.weight for part in self.parts if part.is_new)
        return 400 + len(self.raw) + 8 * len(self.parts) + made + self.kept_weight

    def document(self) -> _Json:
        """A fresh copy of its JSON, with the times and keyframes that it has now."""
        document: _Json = json.loads(self.raw)
        place = document.get("target_timerange") or {}
        if (place.get("start", 0), place.get("duration", 0)) != (self.start, self.duration):
            document["target_timerange"] = {**place, "start": self.start, "duration": self.duration}
        if self.keyframes != self.kept_keyframes:
            clock = self.playing(document).clock
            document["common_keyframes"] = keyframes.write(document, self.keyframes, clock, self.id)
            document |= _locked(document, {one.name for one in self.keyframes})
        return document

    def with_(self: _S, parts: Iterable[Material] | None = None, **changes: Any) -> _S:
        """The segment with other values of those fields of its JSON, or other materials."""
        twin = self if parts is None else replace(self, parts=tuple(parts))
        if not changes:
            return twin
        document = self.document() | changes
        return replace(twin, raw=as_json(document)).with_keyframes_read(document)

    def with_keyframes_read(self: _S, document: _Json) -> _S:
        """The segment with the keyframes that its JSON, `document`, has."""
        found, _ = keyframes.read(document, self.playing(document).clock)
        return replace(self, keyframes=found, kept_keyframes=found)

    def playing(self, document: Mapping[str, Any] | None = None) -> "Playing":
        """How it plays, by its JSON."""
        document = json.loads(self.raw) if document is None else document
        source, speeds = document.get("source_timerange"), self.part("speeds")
        speed = document.get("speed", 1.0)
        curve = speeds.document() if speeds else {}
        shown = self._shown(document)
        plays = isinstance(source, dict) and self.kind in ("video", "audio") and not _is_still(shown)
        return Playing(
            source_start=_time(source, "start"),
            source_duration=_time(source, "duration"),
            speed=speed if isinstance(speed, int | float) and 1e-6 < speed < 1e6 else 1.0,
            plays=plays,
            is_bent=bool(curve.get("curve_speed")) or bool(document.get("reverse")),
        )

    def part(self, list_name: str) -> Material | None:
        """Its first material on that list."""
        return next((part for part in self.parts if part.list_name == list_name), None)

    def without_transition(self: _S) -> _S:
        """The segment giving way to what follows by a cut."""
        return replace(self.without({"transitions"}), leads_on=False)

    def without(self: _S, list_names: Collection[str]) -> _S:
        """The segment without its materials on those lists."""
        gone = {part.id for part in self.parts if part.list_name in list_names}
        if not gone:
            return self
        left = [name for name in _items(self.document(), "extra_material_refs") if name not in gone]
        return self.with_([part for part in self.parts if part.id not in gone], extra_material_refs=left)

    @property
    def shown(self) -> Material | None:
        """The material that it shows."""
        return self._shown(json.loads(self.raw))

    def _shown(self, document: Mapping[str, Any]) -> Material | None:
        return next((part for part in self.parts if part.id == document.get("material_id")), None)


@dataclass(frozen=True, slots=True)
class Playing:
    """How an imported segment plays its medium. Times in microseconds."""

    source_start: int
    source_duration: int
    speed: float
    plays: bool
    """Whether anything plays in it: pictures and texts only stand."""
    is_bent: bool
    """Whether it plays backwards or at a speed that changes."""

    @property
    def clock(self) -> keyframes.Clock:
        """How its keyframes are counted."""
        return keyframes.Clock(self.source_start, self.speed) if self.plays else keyframes.Clock()


def _time(place: Any, name: str) -> int:
    """A time in microseconds; 0 for what is none."""
    return max(whole(place.get(name, 0)), 0) if isinstance(place, dict) else 0


def whole(found: Any) -> int:
    """A number of a file as a whole one; 0 for what is none. Some tools write 200000.0 microseconds."""
    is_number = isinstance(found, int | float) and not isinstance(found, bool)
    return round(found) if is_number and abs(found) < MOST_WHOLE else 0


def _is_still(shown: Material | None) -> bool:
    return shown is not None and shown.document().get("type") == "photo"


def _locked(document: _Json, names: set[str]) -> _Json:
    """Whether width and height change as one, if its keyframes say so (draft-format 5.5)."""
    changing = names & {"uniform_scale", "scale_x", "scale_y"}
    if not changing or not isinstance(document.get("uniform_scale"), dict):
        return {}
    return {"uniform_scale": document["uniform_scale"] | {"on": changing == {"uniform_scale"}}}


def references(document: Mapping[str, Any]) -> list[str]:
    """The ids of the materials that the JSON of a segment refers to: what it shows first."""
    return _ids([document.get("material_id"), *_items(document, "extra_material_refs")])


def nested_references(part: Material) -> list[str]:
    """The ids of materials that a material refers to: the texts of a text template."""
    if part.list_name != "text_templates":
        return []
    infos = [info for info in _items(part.document(), "text_info_resources") if isinstance(info, dict)]
    return _ids(name for info in infos for name in (info.get("text_material_id"), *_items(info, "extra_material_refs")))


def _ids(named: Iterable[Any]) -> list[str]:
    return list(dict.fromkeys(name for name in named if isinstance(name, str) and name))


def _items(document: Mapping[str, Any], name: str) -> list[Any]:
    found = document.get(name)
    return found if isinstance(found, list) else []


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
    order: tuple[tuple[str, int], ...]
    """The ids and starts of its segments in the order of the file."""

    @property
    def weight(self) -> int:
        """About how many bytes it takes in memory."""
        return 400 + len(self.raw) + 100 * len(self.order)


@dataclass(frozen=True, slots=True)
class Folder:
    """What stood beside the timeline in an imported draft folder."""

    meta: bytes = b""
    """draft_meta_info.json; empty when there was none."""
    copies: tuple[str, ...] = ()
    """Where in the folder the timeline was, each with "/" between names."""
    files: str = ""
    """What names the other files, which are kept apart from the draft; empty for none."""

    @property
    def has_timelines(self) -> bool:
        """Whether there were `Timelines/`, whose files name the timeline by its id."""
        return any(path.startswith("Timelines/") for path in self.copies)

    def meta_document(self) -> _Json:
        """A fresh copy of its meta document; empty when there was none."""
        return json.loads(self.meta) if self.meta else {}


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
    has_main: bool = True
    """Whether it had a main video track."""
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
        return 5_000 + whole + sum(one.weight for one in self.entries())

    def parts(self, named: Iterable[str]) -> tuple[Material, ...]:
        """The materials of those ids, and those that these refer to."""
        found = [part for name in named for part in self.by_id.get(name, ())]
        nested = [name for part in found for name in nested_references(part)]
        return tuple(dict.fromkeys(found + [part for name in nested for part in self.by_id.get(name, ())]))

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
    """The strings in `texts`, which are JSON."""
    return frozenset(json.loads(word) for text in texts for word in _QUOTED.findall(text))
