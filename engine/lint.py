"""The invariants of a draft that opens right, each a named rule over the JSON we are about to hand out.

Rules and their evidence: draft-format 5; they hold in every timeline seen that an app itself wrote since CapCut 3.8 and
JianYing 5.4. A finding on our own output is a fault of ours, so a save with an error among them fails.

To add a rule: a generator of findings over a `_Draft`, listed in RULES.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, Literal

import orjson

from .text import utf16_length
from .time import SECOND

PLACEHOLDER = "##_draftpath_placeholder_0E685133-18CE-45ED-8CB8-2904A212EC80_##"
"""What stands for the draft's own folder in media paths; a constant of both apps (draft-format 0.1)."""

_SHOWN = {
    **{"video": {"videos"}, "audio": {"audios"}, "filter": {"effects"}},
    **{"adjust": {"placeholders"}, "effect": {"video_effects"}, "sticker": {"stickers"}},
    "text": {"texts", "text_templates"},
}
_Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that does not hold."""

    rule: str
    severity: Literal["error", "warning"]
    place: str
    """Which segment or material it is about."""
    message: str

    def as_json(self) -> dict[str, str]:
        """Plain data for an answer."""
        return asdict(self)


class _Draft:
    """A document and what the rules ask of it. Apps leave out what has its default, and old ones had other fields."""

    def __init__(self, document: Mapping[str, Any], meta: Mapping[str, Any] | None):
        self.document, self.meta = document, meta
        self.lists: dict[str, list[_Json]] = {
            name: [_with_id(material) for material in entries if isinstance(material, dict)]
            for name, entries in document["materials"].items()
            if isinstance(entries, list)
        }
        self.materials: dict[str, tuple[str, _Json]] = {
            material["id"]: (name, material) for name, entries in self.lists.items() for material in entries
        }
        self.tracks: list[_Json] = [
            _TRACK | track | {"segments": [_whole(segment) for segment in track.get("segments", [])]}
            for track in document["tracks"]
        ]
        fps = document.get("fps")
        self.frame = SECOND / (fps if isinstance(fps, int | float) and fps > 0 else 30)

    def segments(self) -> Iterator[tuple[int, _Json, _Json]]:
        for index, track in enumerate(self.tracks):
            for segment in track["segments"]:
                yield index, track, segment

    def companions(self, segment: _Json, name: str) -> list[_Json]:
        found = (self.materials.get(reference) for reference in segment["extra_material_refs"])
        return [entry[1] for entry in found if entry and entry[0] == name]


_MATERIAL: _Json = {"id": "", "path": "", "local_material_id": "", "type": ""}
_TRACK: _Json = {"id": "", "name": "", "flag": 0}
_SEGMENT: dict[str, Any] = {
    **{"id": "", "material_id": "", "extra_material_refs": [], "common_keyframes": []},
    **{"source_timerange": None, "speed": 1.0, "track_render_index": 0},
}


def _with_id(material: _Json) -> _Json:
    """A material with the fields that it leaves out."""
    found = material.get("id")
    return _MATERIAL | material | {"id": found if isinstance(found, str) else ""}


def _whole(segment: _Json) -> _Json:
    """A segment with the fields that it leaves out."""
    ranges = {
        name: {"start": 0, "duration": 0} | segment[name]
        for name in ("target_timerange", "source_timerange")
        if isinstance(segment.get(name), dict)
    }
    return _SEGMENT | segment | ranges


def lint(document: Mapping[str, Any], meta: Mapping[str, Any] | None = None) -> list[Finding]:
    """Every rule that the timeline `document` breaks, and with `meta` (draft_meta_info.json) those on media."""
    draft = _Draft(document, meta)
    return [
        Finding(rule.__name__.strip("_").replace("_", "-"), severity, str(place), message)
        for rule, severity in RULES.items()
        for place, message in _found(rule, draft)
    ]


def since(before: list[Finding], findings: list[Finding]) -> tuple[list[Finding], list[Finding]]:
    """`findings` that were there `before`, and those that are new.

    The same fault counts as old in another place too: what is cut in two has its faults twice. Of a rule that could not
    read the draft nothing is new.
    """
    known = {(one.rule, said) for one in before for said in (one.place, one.message)}
    said = [(one, {(one.rule, one.place), (one.rule, one.message), (one.rule, _WHOLE)}) for one in findings]
    old = [one for one, facts in said if facts & known]
    return old, [one for one in findings if one not in old]


_WHOLE = "draft"
"""The place of what is about all of it."""


def _found(rule: "_Rule", draft: _Draft) -> "_Found":
    """What a rule finds; what it cannot read, as apps wrote it long ago or will some day, is a finding too."""
    try:
        yield from rule(draft)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        yield _WHOLE, f"is written in a way that this rule does not know: {error!r}"


_Found = Iterator[tuple[str, str]]
_Rule = Callable[[_Draft], _Found]


def _ids_are_unique(draft: _Draft) -> _Found:
    ids = Counter([track["id"] for track in draft.tracks] + [segment["id"] for _, _, segment in draft.segments()])
    for entries in draft.lists.values():
        own = Counter(material["id"] for material in entries)
        ids.update({identifier: count for identifier, count in own.items() if count > 1})
    yield from ((identifier, f"used {count} times") for identifier, count in ids.items() if count > 1)


def _references_resolve(draft: _Draft) -> _Found:
    for _, track, segment in draft.segments():
        shown = draft.materials.get(segment["material_id"])
        if shown is None or shown[0] not in _SHOWN.get(track["type"], {shown[0]}):
            yield segment["id"], f"material {segment['material_id']} is not one of {track['type']}"
        for reference in segment["extra_material_refs"]:
            if reference not in draft.materials:
                yield segment["id"], f"companion {reference} does not exist"


def _ranges_are_whole(draft: _Draft) -> _Found:
    for _, _, segment in draft.segments():
        timeline, source = segment["target_timerange"], segment["source_timerange"]
        times = [timeline["start"], timeline["duration"]] + ([source["start"], source["duration"]] if source else [])
        if any(type(time) is not int or time < 0 for time in times) or not timeline["duration"]:
            yield segment["id"], f"not whole positive microseconds: {timeline} {source}"


def _segments_do_not_overlap(draft: _Draft) -> _Found:
    for track in draft.tracks:
        end = 0
        for segment in sorted(track["segments"], key=lambda one: int(one["target_timerange"]["start"])):
            if segment["target_timerange"]["start"] < end:
                yield segment["id"], f"begins before the segment in front of it ends on track {track['name']!r}"
            end = max(end, _end(segment))


def _edges_are_on_the_frame_grid(draft: _Draft) -> _Found:
    for _, _, segment in draft.segments():
        for edge in (segment["target_timerange"]["start"], _end(segment)):
            if abs(edge - round(edge / draft.frame) * draft.frame) > 1.01:
                yield segment["id"], f"{edge} us is not the beginning of a frame"


def _speed_fits_the_ranges(draft: _Draft) -> _Found:
    for _, track, segment in draft.segments():
        source = segment["source_timerange"]
        if track["type"] not in ("video", "audio"):
            continue
        if [speed["speed"] for speed in draft.companions(segment, "speeds")] != [segment["speed"]]:
            yield segment["id"], "its speed is not that of its one speed material"
        expected = segment["target_timerange"]["duration"] * segment["speed"]
        if source and abs(source["duration"] - expected) > 2 * draft.frame:
            yield segment["id"], f"uses {source['duration']} us of its media, {expected:.0f} us are shown"


def _source_is_within_the_media(draft: _Draft) -> _Found:
    for _, _, segment in draft.segments():
        source = segment["source_timerange"]
        duration = draft.materials.get(segment["material_id"], ("", {}))[1].get("duration")
        if source and duration and source["start"] + source["duration"] > duration + 1:
            yield segment["id"], f"reads to {source['start'] + source['duration']} us of {duration}"


def _transitions_join_clips(draft: _Draft) -> _Found:
    for track in draft.tracks:
        for segment, following in pairwise([*track["segments"], None]):
            for transition in draft.companions(segment, "transitions"):
                if following is None or following["target_timerange"]["start"] != _end(segment):
                    yield segment["id"], "its transition leads to no clip"
                if round(transition["duration"] / draft.frame) % 2:
                    yield segment["id"], "its transition is an odd number of frames long"


def _adjustments_adjust_something(draft: _Draft) -> _Found:
    for _, track, segment in draft.segments():
        types = [effect["type"] for effect in draft.companions(segment, "effects")]
        if track["type"] == "adjust" and (not types or len(set(types)) < len(types)):
            yield segment["id"], f"adjusts {types}: it must be something, and each but once"


def _keyframes_are_in_order(draft: _Draft) -> _Found:
    for _, _, segment in draft.segments():
        for block in segment["common_keyframes"]:
            times = [key["time_offset"] for key in block["keyframe_list"]]
            if any(type(time) is not int or time < 0 for time in times) or sorted(set(times)) != times:
                yield segment["id"], f"keyframes of {block['property_type']} at {times}"


def _text_styles_cover_the_text(draft: _Draft) -> _Found:
    for text in draft.lists.get("texts", []):
        try:
            content = orjson.loads(text["content"])
        except ValueError:
            yield text["id"], "its content is not the JSON that apps of today write"
            continue
        edges = [edge for style in content["styles"] for edge in style["range"]]
        joined = all(end == start for end, start in zip(edges[1:-1:2], edges[2::2], strict=True))
        if not edges or edges[0] or edges[-1] != utf16_length(content["text"]) or not joined:
            yield text["id"], f"style ranges {edges} do not cover its text"


def _layers_follow_the_tracks(draft: _Draft) -> _Found:
    for index, _, segment in draft.segments():
        if segment["track_render_index"] != index:
            yield segment["id"], f"track_render_index {segment['track_render_index']} on track {index}"


def _one_main_track(draft: _Draft) -> _Found:
    main = [track for track in draft.tracks if track["type"] == "video" and track["flag"] == 0]
    if len(main) != 1 or draft.tracks[0] is not main[0]:
        yield "tracks", f"{len(main)} main video tracks; there must be one, and it comes first"


def _duration_is_the_last_end(draft: _Draft) -> _Found:
    end = max((_end(segment) for _, _, segment in draft.segments()), default=0)
    if draft.document.get("duration", 0) != end:
        yield "duration", f"{draft.document.get('duration')} us, but the last segment ends at {end} us"


def _media_are_registered(draft: _Draft) -> _Found:
    if draft.meta is None:
        return
    entries = {
        entry["id"]: entry
        for group in draft.meta.get("draft_materials", [])
        for entry in group["value"]
        if group["type"] == 0
    }
    paths = {_within(entry["file_Path"]) for entry in entries.values()}
    for name in ("videos", "audios"):
        for material in draft.lists.get(name, []):
            local_id = material["local_material_id"]
            if _within(material["path"]) not in paths:
                yield material["id"], f"{material['path']!r} is not in draft_materials"
            if local_id not in entries and (local_id or material["type"] not in ("photo", "gif")):
                yield material["id"], f"local_material_id {local_id!r} is not in draft_materials"


RULES: dict[_Rule, Literal["error", "warning"]] = {
    _ids_are_unique: "error",
    _references_resolve: "error",
    _ranges_are_whole: "error",
    _segments_do_not_overlap: "error",
    _edges_are_on_the_frame_grid: "warning",
    _speed_fits_the_ranges: "error",
    _source_is_within_the_media: "error",
    _transitions_join_clips: "error",
    _adjustments_adjust_something: "error",
    _keyframes_are_in_order: "error",
    _text_styles_cover_the_text: "error",
    _layers_follow_the_tracks: "error",
    _one_main_track: "error",
    _duration_is_the_last_end: "error",
    _media_are_registered: "error",
}
"""Every rule with its severity."""


def _end(segment: _Json) -> int:
    return int(segment["target_timerange"]["start"] + segment["target_timerange"]["duration"])


def _within(path: str) -> str:
    """The path within the draft folder, whether written portable or as "./"."""
    return path.removeprefix(f"{PLACEHOLDER}/").removeprefix("./")
