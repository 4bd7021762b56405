"""The invariants of a draft that opens right, each a named rule over the JSON we are about to hand out.

Rules and their evidence: draft-format 5; they hold in every timeline seen that an app itself wrote since CapCut 3.8 and
JianYing 5.4. A finding on our own output is a fault of ours, so a save with an error among them fails.

To add a rule: a generator of findings over a `_Draft`, listed in RULES.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
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
Severity = Literal["error", "warning", "info"]
"""error: it may not open right; warning: the app changes it, or shows it otherwise; info: good to know."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that does not hold."""

    rule: str
    severity: Severity
    place: str
    """Which segment or material it is about."""
    message: str
    fix: str = ""
    """What mends it."""

    def as_json(self) -> dict[str, str]:
        """Plain data for an answer."""
        return asdict(self)


class _Draft:
    """A document and what the rules ask of it. Apps leave out what has its default, and old ones had other fields."""

    def __init__(
        self,
        document: Mapping[str, Any],
        meta: Mapping[str, Any] | None,
        is_placed: bool,
        files: Collection[str] | None,
    ):
        self.document, self.meta, self.is_placed, self.files = document, meta, is_placed, files
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

    def media(self) -> Iterator[_Json]:
        """Materials that have a medium of their own."""
        return (material for name in ("videos", "audios") for material in self.lists.get(name, []))

    def companions(self, segment: _Json, name: str) -> list[_Json]:
        found = (self.materials.get(reference) for reference in segment["extra_material_refs"])
        return [entry[1] for entry in found if entry and entry[0] == name]


def version_of(document: Mapping[str, Any]) -> tuple[str, int]:
    """What the apps call the one that wrote a timeline, and the first number of its `new_version`; 0 without one."""
    said = document.get("last_modified_platform") or document.get("platform") or {}
    number = re.match(r"\d{1,9}", str(document.get("new_version")))
    return str(said.get("app_source")), int(number[0]) if number else 0


_VERSION = 360_000
FIELDS = ("canvas_config", "config", "duration", "fps", "id", "keyframes", "materials", "tracks")
_META = ("draft_id", "draft_name", "draft_materials", "tm_draft_create", "tm_draft_modified", "tm_duration")
_SINGLE = ("speeds", "canvases", "transitions", "material_animations", "masks", "common_mask")
_FETCHED_BY_APP = {"text_to_audio", "music", "sound"}
OTHER_PLACEHOLDER = re.compile(r"##_draftpath_placeholder_[0-9A-Fa-f-]*_##")
_ROOTED = re.compile(r"[A-Za-z]:[\\/]|[\\/]|%\w+%")
OF_LIBRARIES = {
    "91E08AC5-22FB-47E2-9AA0-7DC300FAEA2B",
    "792BD5DA-E961-4821-B10E-F51E4683DEC0",
    "BC69C7CD-7C5E-4185-B284-AF3E1047A664",
}
"""Ids in the templates of pycapcut and pyJianYingDraft, which do not change them."""

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


def lint(
    document: Mapping[str, Any],
    meta: Mapping[str, Any] | None = None,
    *,
    is_placed: bool = False,
    files: Collection[str] | None = None,
) -> list[Finding]:
    """Every rule that the timeline `document` breaks, and with `meta` (draft_meta_info.json) those on media.

    With `is_placed`, and with `meta`, its media are in their places: their paths are looked at too. `files` are the
    paths of what is in the draft's folder; None: that is not known.
    """
    draft = _Draft(document, meta, is_placed or meta is not None, files)
    return [
        Finding(rule_id(rule), severity, str(place), message, _FIXES[rule])
        for rule, severity in RULES.items()
        for place, message in _found(rule, draft)
    ]


def rule_id(rule: "_Rule") -> str:
    """What a rule is called in findings."""
    return rule.__name__.strip("_").replace("_", "-")


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
    for name, entries in draft.lists.items():
        if name == "effects":
            continue  # apps write text styles that are equal under one id (draft-format 6.1)
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
        curves = [speed.get("curve_speed") or {} for speed in draft.companions(segment, "speeds") if speed.get("mode")]
        if not all(curve.get("speed_points") for curve in curves):
            yield segment["id"], "its speed follows a curve that has no points"
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


def _transitions_are_short_enough(draft: _Draft) -> _Found:
    for track in draft.tracks:
        for segment, following in pairwise(track["segments"]):
            shorter = min(one["target_timerange"]["duration"] for one in (segment, following))
            for transition in draft.companions(segment, "transitions"):
                if transition["duration"] > 2 * shorter:
                    yield segment["id"], f"its transition of {transition['duration']} us is over twice a clip it joins"


def _gaps_of_the_main_track_stay(draft: _Draft) -> _Found:
    if not (draft.document.get("config") or {}).get("maintrack_adsorb"):
        return
    for track in _main_tracks(draft)[:1]:
        end = 0
        for segment in track["segments"]:
            if segment["target_timerange"]["start"] > end + draft.frame:
                yield segment["id"], f"the app closes the gap in front of it, from {end} us on: maintrack_adsorb is on"
            end = _end(segment)


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
    if draft.document.get("render_index_track_mode_on") is False:
        return  # then the apps write 0 everywhere (draft-format 5.3)
    for index, _, segment in draft.segments():
        if segment["track_render_index"] != index:
            yield segment["id"], f"track_render_index {segment['track_render_index']} on track {index}"


def _one_main_track(draft: _Draft) -> _Found:
    video = [track for track in draft.tracks if track["type"] == "video"]
    main = _main_tracks(draft)
    if draft.tracks and (len(main) != 1 or video[0] is not main[0]):
        yield "tracks", f"{len(main)} main video tracks; there must be one, behind all others of video"


def _main_tracks(draft: _Draft) -> list[_Json]:
    return [track for track in draft.tracks if track["type"] == "video" and track["flag"] == 0]


def _duration_is_the_last_end(draft: _Draft) -> _Found:
    end = max((_end(segment) for _, _, segment in draft.segments()), default=0)
    if draft.document.get("duration", 0) != end:
        yield "duration", f"{draft.document.get('duration')} us, but the last segment ends at {end} us"


def _media_are_registered(draft: _Draft) -> _Found:
    if draft.meta is None:
        return
    entries = {entry["id"]: entry for group in draft.meta.get("draft_materials", []) for entry in group["value"]}
    paths = {within(entry["file_Path"]): entry["id"] for entry in entries.values()}
    for material in draft.media():
        local_id, path = material["local_material_id"], within(material["path"])
        if not path and _is_of_app(material):
            continue
        if path not in paths:
            yield material["id"], f"{material['path']!r} is not in draft_materials"
        if local_id not in entries and (local_id or material["type"] not in ("photo", "gif")):
            yield material["id"], f"local_material_id {local_id!r} is not in draft_materials"
        elif local_id and paths.get(path, local_id) != local_id and within(entries[local_id]["file_Path"]) != path:
            yield material["id"], f"local_material_id {local_id!r} is that of another file in draft_materials"


def _fields_are_there(draft: _Draft) -> _Found:
    yield from (("draft", f"has no {name}") for name in FIELDS if name not in draft.document)


def _versions_are_declared(draft: _Draft) -> _Found:
    document = draft.document
    if document.get("version") != _VERSION:
        yield "version", f"{document.get('version')!r}; the apps write {_VERSION}"
    if not re.fullmatch(r"\d+\.\d+\.\d+", str(document.get("new_version"))):
        yield "new_version", f"{document.get('new_version')!r} is no version"
    for name in ("platform", "last_modified_platform"):
        said = document.get(name) or {}
        known = said.get("app_source") in ("cc", "lv") and said.get("os") in ("windows", "mac")
        if not known or not said.get("app_version"):
            yield name, "does not say which version of which app on which system"


def _companions_are_single(draft: _Draft) -> _Found:
    for _, _, segment in draft.segments():
        found = (draft.materials.get(reference) for reference in segment["extra_material_refs"])
        counted = Counter(entry[0] for entry in found if entry)
        yield from ((segment["id"], f"has {counted[name]} {name}") for name in _SINGLE if counted[name] > 1)


def _segments_fit_their_kind(draft: _Draft) -> _Found:
    for _, track, segment in draft.segments():
        kind, has_clip = track["type"], isinstance(segment.get("clip"), dict)
        if kind in ("video", "audio") and segment["source_timerange"] is None:
            yield segment["id"], "does not say what of its medium plays"
        if kind == "audio" and segment.get("clip") is not None:
            yield segment["id"], "is sound and has a clip, which crashes some versions"
        if kind in ("video", "text", "sticker") and "clip" in segment and not has_clip:
            yield segment["id"], "has no clip, and so no place in the picture"


def _keyframes_are_of_known_kinds(draft: _Draft) -> _Found:
    for _, _, segment in draft.segments():
        for block in segment["common_keyframes"]:
            if not re.fullmatch(r"KFType\w+|UNIFORM_SCALE", str(block["property_type"])):
                yield segment["id"], f"has keyframes of {block['property_type']!r}"
            if not all(isinstance(key.get("values"), list) for key in block["keyframe_list"]):
                yield segment["id"], f"has keyframes of {block['property_type']!r} without values"


def _paths_lead_to_files(draft: _Draft) -> _Found:
    for material in draft.media() if draft.is_placed else ():
        path = material["path"]
        if not path and not _is_of_app(material):
            yield material["id"], "has no path"
        elif path.startswith(("http://", "https://")):
            yield material["id"], f"{path!r} is an address, and the apps fetch none"
        elif OTHER_PLACEHOLDER.match(path) and not path.startswith(f"{PLACEHOLDER}/"):
            yield material["id"], f"{path!r} begins with a sign that is not that of a draft's folder"
        elif path and not _ROOTED.match(path) and not path.startswith(PLACEHOLDER):
            yield material["id"], f"{path!r} is relative; the apps do not find it"


def _is_of_app(material: _Json) -> bool:
    """Whether the app has it by itself: a compound clip, or sound from its library."""
    return material.get("extra_type_option") == 2 or material["type"] in _FETCHED_BY_APP


def _files_are_in_the_folder(draft: _Draft) -> _Found:
    if draft.files is None:
        return
    for material in draft.media():
        inside = material["path"].removeprefix(PLACEHOLDER).replace("\\", "/").lstrip("/")
        if material["path"].startswith(PLACEHOLDER) and inside not in draft.files:
            yield material["id"], f"{inside!r} is not in the draft's folder"


def _media_lie_in_the_folder(draft: _Draft) -> _Found:
    root = _slashed((draft.meta or {}).get("draft_fold_path"))
    for material in draft.media() if draft.is_placed else ():
        path = _slashed(material["path"])
        if _ROOTED.match(path) and not (root and path.startswith(f"{root}/")):
            yield material["id"], f"{material['path']!r} lies outside of the draft's folder: other computers lack it"


def _paths_have_slashes(draft: _Draft) -> _Found:
    for material in draft.media() if draft.is_placed else ():
        if "\\" in material["path"]:
            yield material["id"], f"{material['path']!r}: the apps write / on all systems"


def _slashed(path: Any) -> str:
    return str(path or "").replace("\\", "/").rstrip("/")


def _companions_are_there(draft: _Draft) -> _Found:
    expected = companions_of(*version_of(draft.document))
    for _, track, segment in draft.segments():
        have = {draft.materials[one][0] for one in segment["extra_material_refs"] if one in draft.materials}
        lacking = [name for name in expected.get(track["type"], ()) if name not in have]
        if lacking:
            yield segment["id"], f"lacks {', '.join(lacking)}"


def companions_of(app_source: str, version: int) -> Mapping[str, tuple[str, ...]]:
    """Lists of materials in which each segment of a type of track has one, in drafts of an app (draft-format 5.1).

    Args:
        app_source: what the apps call it, cc or lv.
        version: the first number of `new_version`.
    """
    infos = ("placeholder_infos",) if app_source == "cc" and version >= _FIRST_WITH_PLACEHOLDERS else ()
    both = ("sound_channel_mappings", "vocal_separations", *infos)
    colors = ("material_colors",) if app_source == "cc" and version >= _FIRST_WITH_COLORS else ()
    return {"video": ("speeds", "canvases", *both, *colors), "audio": ("speeds", "beats", *both)}


_FIRST_WITH_PLACEHOLDERS, _FIRST_WITH_COLORS = 131, 142


def _materials_are_lists(draft: _Draft) -> _Found:
    for name, found in draft.document["materials"].items():
        if not isinstance(found, list | None):
            yield f"materials.{name}", "is no list"


def _masks_are_read(draft: _Draft) -> _Found:
    app_source, version = version_of(draft.document)
    if version < _FIRST_WITH_COMMON_MASK.get(app_source, version + 1):
        return
    for _, _, segment in draft.segments():
        if draft.companions(segment, "masks") and not draft.companions(segment, "common_mask"):
            yield segment["id"], "its mask is in materials.masks, and that app reads materials.common_mask"


_FIRST_WITH_COMMON_MASK = {"cc": 135, "lv": 138}
"""CapCut 6 and JianYing 8.5, by `new_version` (draft-format 5.8)."""


def _ids_are_its_own(draft: _Draft) -> _Found:
    meta_id = (draft.meta or {}).get("draft_id")
    for place, found in (("id", draft.document.get("id")), ("draft_id", meta_id)):
        if str(found).upper() in OF_LIBRARIES:
            yield place, f"{found} is the same in every draft that some libraries write"
    if meta_id and meta_id == draft.document.get("id"):
        yield "draft_id", "is that of the timeline; the apps never write that"


def _meta_is_whole(draft: _Draft) -> _Found:
    meta = draft.meta
    if meta is None:
        return
    yield from ((name, "is not in the meta file") for name in _META if meta.get(name) in (None, ""))
    yield from (
        (name, "is not in the meta file") for name in ("draft_fold_path", "draft_root_path") if name not in meta
    )
    if bool(meta.get("draft_fold_path")) != bool(meta.get("draft_root_path")):
        yield "draft_fold_path", "it and draft_root_path must both be there or both be empty"
    if meta.get("tm_duration") not in (None, draft.document.get("duration", 0)):
        yield (
            "tm_duration",
            f"{meta['tm_duration']} us in the meta file, {draft.document.get('duration')} us in the timeline",
        )


RULES: dict[_Rule, Severity] = {
    _ids_are_unique: "error",
    _references_resolve: "error",
    _ranges_are_whole: "error",
    _segments_do_not_overlap: "error",
    _edges_are_on_the_frame_grid: "warning",
    _speed_fits_the_ranges: "error",
    _source_is_within_the_media: "error",
    _transitions_join_clips: "error",
    _transitions_are_short_enough: "warning",
    _gaps_of_the_main_track_stay: "warning",
    _adjustments_adjust_something: "error",
    _keyframes_are_in_order: "error",
    _text_styles_cover_the_text: "error",
    _layers_follow_the_tracks: "error",
    _one_main_track: "error",
    _duration_is_the_last_end: "error",
    _media_are_registered: "error",
    _fields_are_there: "warning",
    _versions_are_declared: "warning",
    _companions_are_single: "error",
    _segments_fit_their_kind: "error",
    _keyframes_are_of_known_kinds: "warning",
    _materials_are_lists: "error",
    _companions_are_there: "warning",
    _masks_are_read: "warning",
    _paths_lead_to_files: "error",
    _paths_have_slashes: "warning",
    _files_are_in_the_folder: "error",
    _media_lie_in_the_folder: "info",
    _ids_are_its_own: "warning",
    _meta_is_whole: "warning",
}
"""Every rule with its severity."""

_ITSELF = "the app mends it when it saves the draft"
_AGAIN = "import the draft anew from the app, or save it with a skeleton"
_DOES = "; fix does that"
_FIXES: dict[_Rule, str] = {
    _ids_are_unique: f"give one of them another id{_DOES}",
    _references_resolve: f"remove the segment whose material is gone; those to companions go{_DOES}, as the app does",
    _ranges_are_whole: f"whole microseconds{_DOES}; move_segment or trim_segment puts it on whole frames",
    _segments_do_not_overlap: f"move_segment the later one, or trim_segment the earlier{_DOES}",
    _edges_are_on_the_frame_grid: f"move_segment or trim_segment puts it on a frame; {_ITSELF}",
    _speed_fits_the_ranges: "update_segment with its speed writes all anew; fix writes the speed that fits the ranges",
    _source_is_within_the_media: f"trim_segment it{_DOES}",
    _transitions_join_clips: f"an even number of frames, and none where no clip follows{_DOES}, as the app does",
    _transitions_are_short_enough: f"shorten it{_DOES}",
    _gaps_of_the_main_track_stay: f"config.maintrack_adsorb false{_DOES}",
    _adjustments_adjust_something: "remove the segment, or adjust each colour once",
    _keyframes_are_in_order: f"put them in order{_DOES}; of two at one time remove_keyframes takes one away",
    _text_styles_cover_the_text: "update_segment with its text writes the ranges anew; fix does where they count "
    "characters or bytes",
    _layers_follow_the_tracks: f"count them anew{_DOES}",
    _one_main_track: f"flag 2 for the others{_DOES}; move_track puts the main one behind them",
    _duration_is_the_last_end: f"count it anew{_DOES}",
    _media_are_registered: f"an entry in draft_materials{_DOES}",
    _fields_are_there: f"what the app writes in a new draft{_DOES}",
    _versions_are_declared: _AGAIN,
    _companions_are_single: "remove the segment and add it anew",
    _segments_fit_their_kind: f"sound has no clip, what is seen has one{_DOES}; add what else is lacking anew",
    _keyframes_are_of_known_kinds: "remove_keyframes of that segment",
    _materials_are_lists: f"an empty list{_DOES}",
    _companions_are_there: f"add what the app adds{_DOES}; {_ITSELF}",
    _masks_are_read: "add_mask puts one where the app reads it",
    _paths_lead_to_files: "replace_media gives it a file that comes along; fix mends the sign of the draft's folder",
    _paths_have_slashes: f"/ for each{_DOES}",
    _files_are_in_the_folder: "import the draft with its media, or replace_media",
    _media_lie_in_the_folder: "replace_media brings a file along; nothing need be done on the computer it is from",
    _ids_are_its_own: f"an id of its own{_DOES}, but where Timelines/ names it; draft_id is new with every save",
    _meta_is_whole: "save the draft: its meta file is written anew",
}


def _end(segment: _Json) -> int:
    return int(segment["target_timerange"]["start"] + segment["target_timerange"]["duration"])


def within(path: str) -> str:
    """The path within the draft folder, whether written portable or as "./"."""
    return path.removeprefix(f"{PLACEHOLDER}/").removeprefix("./")
