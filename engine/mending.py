"""Mend what a timeline that an app or a tool wrote breaks of the rules, where there is but one way to.

A draft keeps which rules are to be mended (`Script_file.mends`). It is done whenever its timeline is written, to what
was imported and all that came after. Nothing is guessed. Times are not touched: those change by edits, which the rest
of the draft sees.

To add one: a function of a `_Mender`, listed in MENDS under the rule that it mends.
"""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise, zip_longest
from types import MappingProxyType
from typing import Any

import orjson

from util import as_json

from .ids import app_style, derived_id
from .lint import FIELDS, OF_LIBRARIES, OTHER_PLACEHOLDER, PLACEHOLDER, companions_of, version_of, within
from .profiles import Profile
from .text import utf16_length
from .time import SECOND

_Json = dict[str, Any]
MEDIA_RULE = "media-are-registered"
"""The rule that needs the meta document mended too."""


@dataclass
class _Mender:
    """A timeline that is changed in place, and what there is to know of it; see `mend`."""

    document: _Json
    meta: Mapping[str, Any]
    profile: Profile
    identity: str
    placed: Mapping[str, str]

    @property
    def tracks(self) -> list[_Json]:
        """Its tracks."""
        return self.document["tracks"]  # type: ignore[no-any-return]

    @property
    def frame(self) -> float:
        """How long a frame is, in microseconds."""
        fps = self.document.get("fps")
        return SECOND / (fps if isinstance(fps, int | float) and fps > 0 else 30)

    @property
    def lists(self) -> dict[str, list[_Json]]:
        """The lists of materials, and in them what is one."""
        found: _Json = self.document["materials"]
        return {
            name: [one for one in entries if isinstance(one, dict)]
            for name, entries in found.items()
            if isinstance(entries, list)
        }

    @property
    def materials(self) -> dict[str, tuple[str, _Json]]:
        """The materials by id, with the name of their list; of several with one id the first."""
        found: dict[str, tuple[str, _Json]] = {}
        for name, entries in self.lists.items():
            for material in entries:
                found.setdefault(str(material.get("id")), (name, material))
        return found

    def segments(self) -> Iterator[tuple[_Json, _Json]]:
        """Each segment with its track."""
        return ((track, segment) for track in self.tracks for segment in track.get("segments") or [])

    def companions(self, segment: _Json, name: str, materials: Mapping[str, tuple[str, _Json]]) -> list[_Json]:
        """Its materials on that list."""
        found = (materials.get(one) for one in _references(segment))
        return [entry[1] for entry in found if entry and entry[0] == name]

    def media(self) -> Iterator[_Json]:
        """Materials that have a medium of their own."""
        return (one for name in ("videos", "audios") for one in self.lists.get(name, []))


def mend(
    document: _Json,
    rules: Collection[str],
    meta: Mapping[str, Any],
    profile: Profile,
    identity: str,
    placed: Mapping[str, str] = MappingProxyType({}),
) -> list[str]:
    """Change the timeline `document` so that it keeps `rules`; answers those that could not be mended.

    Args:
        document: as an app or a tool wrote it.
        rules: their ids, as findings name them.
        meta: its meta document; empty for none.
        profile: the target whose fields and materials are added where they lack.
        identity: what an id of its own follows from; empty: other files name the one that it has.
        placed: ids of media that the save registers, by their paths.
    """
    mender, left = _Mender(document, meta, profile, identity, placed), []
    for rule in (rule for rule in MENDS if rule in rules):
        try:
            MENDS[rule](mender)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError):  # tools write what nobody foresees
            left.append(rule)
    return left


def _materials_are_lists(mender: _Mender) -> None:
    found: _Json = mender.document["materials"]
    found.update({name: [] for name, entries in found.items() if not isinstance(entries, list | None)})


def _fields_are_there(mender: _Mender) -> None:
    usual = mender.profile.skeleton("timeline") | {"id": app_style(derived_id(mender.identity, "timeline"))}
    mender.document.update({name: usual[name] for name in FIELDS if name not in mender.document})


def _ids_are_unique(mender: _Mender) -> None:
    """The first keeps its id: it is the one that references lead to."""
    seen: Counter[str] = Counter()
    for one in [*mender.tracks, *(segment for _, segment in mender.segments())]:
        one["id"] = _free(str(one.get("id", "")), seen)
    for name, entries in mender.lists.items():
        if name == "effects":
            continue  # apps write text styles that are equal under one id (draft-format 6.1)
        own: Counter[str] = Counter()
        for material in entries:
            material["id"] = _free(str(material.get("id", "")), own)


def _ids_are_its_own(mender: _Mender) -> None:
    if mender.identity and str(mender.document.get("id")).upper() in OF_LIBRARIES:
        mender.document["id"] = app_style(derived_id(mender.identity, "timeline"))


def _free(identifier: str, seen: Counter[str]) -> str:
    seen[identifier] += 1
    again = seen[identifier] - 1
    return app_style(derived_id(identifier, "again", again)) if again else identifier


def _references_resolve(mender: _Mender) -> None:
    known = mender.materials
    for _, segment in mender.segments():
        references = _references(segment)
        left = [one for one in references if one in known]
        if left != references:
            segment["extra_material_refs"] = left


def _companions_are_there(mender: _Mender) -> None:
    known, expected = mender.materials, companions_of(*version_of(mender.document))
    for track, segment in mender.segments():
        have = {known[one][0] for one in _references(segment) if one in known}
        for name in expected.get(track["type"], ()):
            if name not in have:
                made = _companion(mender.profile, name, segment)
                if not isinstance(mender.document["materials"].get(name), list):
                    mender.document["materials"][name] = []
                mender.document["materials"][name].append(made)
                segment["extra_material_refs"] = [*_references(segment), made["id"]]


def _companion(profile: Profile, name: str, segment: _Json) -> _Json:
    made = profile.material_defaults.get(name, {}) | {"id": app_style(derived_id(str(segment.get("id")), name))}
    return made | {"speed": segment.get("speed", 1.0)} if name == "speeds" else dict(made)


def _ranges_are_whole(mender: _Mender) -> None:
    for _, segment in mender.segments():
        for name in ("target_timerange", "source_timerange"):
            found = segment.get(name)
            if isinstance(found, dict):
                segment[name] = {key: _whole(value) for key, value in found.items()}


def _whole(value: Any) -> Any:
    return round(value) if isinstance(value, float) and value >= 0 else value


def _speed_fits_the_ranges(mender: _Mender) -> None:
    """Of the two speeds that are said, that is the right one which the ranges have."""
    known = mender.materials
    for track, segment in mender.segments():
        speeds = mender.companions(segment, "speeds", known)
        source, timeline = segment.get("source_timerange"), segment["target_timerange"]
        if track["type"] not in ("video", "audio") or len(speeds) != 1 or speeds[0].get("mode") or not source:
            continue
        shown = timeline.get("duration", 0)
        for speed in (segment.get("speed", 1.0), speeds[0].get("speed", 1.0)):
            played = shown * speed if isinstance(speed, int | float) else -1
            if played > 0 and abs(source.get("duration", 0) - played) <= 2 * mender.frame:
                segment["speed"] = speeds[0]["speed"] = speed
                break


def _transitions_join_clips(mender: _Mender) -> None:
    """One that leads nowhere goes, one of an odd number of frames is a frame shorter: so do the apps."""
    known = mender.materials
    for track in mender.tracks:
        segments = _in_order(track)
        for segment, following in zip_longest(segments, segments[1:]):
            for transition in mender.companions(segment, "transitions", known):
                if following is None or _start(following) != _end(segment):
                    segment["extra_material_refs"] = [one for one in _references(segment) if one != transition["id"]]
                elif (frames := round(_duration_of(transition) / mender.frame)) % 2:
                    transition["duration"] = int((frames - 1) * mender.frame)


def _transitions_are_short_enough(mender: _Mender) -> None:
    known = mender.materials
    for track in mender.tracks:
        for segment, following in pairwise(_in_order(track)):
            shorter = min(_end(one) - _start(one) for one in (segment, following))
            for transition in mender.companions(segment, "transitions", known):
                if _duration_of(transition) > 2 * shorter:
                    transition["duration"] = int(2 * int(shorter / mender.frame) * mender.frame)


def _keyframes_are_in_order(mender: _Mender) -> None:
    for _, segment in mender.segments():
        for block in segment.get("common_keyframes") or []:
            keys = block.get("keyframe_list") or []
            if all(type(key.get("time_offset", 0)) is int for key in keys):
                block["keyframe_list"] = sorted(keys, key=lambda key: int(key.get("time_offset", 0)))


def _text_styles_cover_the_text(mender: _Mender) -> None:
    """Ranges count UTF-16 units; some tools count characters, or bytes (draft-format 5.4)."""
    for text in mender.lists.get("texts", []):
        try:
            content = orjson.loads(text["content"])
            said, ends = content["text"], max(style["range"][1] for style in content["styles"])
        except (ValueError, KeyError, TypeError, IndexError):
            continue
        units = utf16_length(said)
        if ends == units:
            continue
        if ends == 2 * units:
            edges = [place // 2 for place in range(ends + 1)]
        elif ends == len(said):
            edges = [utf16_length(said[:place]) for place in range(ends + 1)]
        else:
            continue
        for style in content["styles"]:
            style["range"] = [edges[place] for place in style["range"]]
        text["content"] = as_json(content).decode()


def _segments_fit_their_kind(mender: _Mender) -> None:
    for track, segment in mender.segments():
        if track["type"] == "audio" and segment.get("clip") is not None:
            segment["clip"] = None
        if track["type"] in ("video", "text", "sticker") and not isinstance(segment.get("clip", {}), dict):
            segment["clip"] = json.loads(_AS_IT_IS)


_AS_IT_IS = (
    '{"alpha":1.0,"flip":{"horizontal":false,"vertical":false},"rotation":0.0,'
    '"scale":{"x":1.0,"y":1.0},"transform":{"x":0.0,"y":0.0}}'
)
"""Where the apps put what nobody has moved."""


def _paths_lead_to_files(mender: _Mender) -> None:
    for material in mender.media():
        if isinstance(material.get("path"), str):
            material["path"] = OTHER_PLACEHOLDER.sub(PLACEHOLDER, material["path"], count=1)


def _paths_have_slashes(mender: _Mender) -> None:
    for material in mender.media():
        if isinstance(material.get("path"), str):
            material["path"] = material["path"].replace("\\", "/")


def _media_are_registered(mender: _Mender) -> None:
    """A medium that no entry knows gets an id for one, which the meta document then has."""
    groups = mender.meta.get("draft_materials") or []
    entries = [entry for group in groups for entry in group.get("value") or []]
    of_path = {within(str(entry.get("file_Path"))): entry.get("id") for entry in entries}
    of_path |= {within(path): local_id for path, local_id in mender.placed.items()}
    known = {entry.get("id") for entry in entries}
    for material in mender.media():
        path = material.get("path")
        if not isinstance(path, str) or not path:
            continue
        own, listed = material.get("local_material_id"), of_path.get(within(path))
        if listed and (own or material.get("type") not in _STILL) and own != listed:
            material["local_material_id"] = listed
        elif not listed:
            if not own or own in known:
                material["local_material_id"] = derived_id(path, "local")
            of_path[within(path)] = material["local_material_id"]  # one entry for each file


_STILL = ("photo", "gif")


def _one_main_track(mender: _Mender) -> None:
    video = [track for track in mender.tracks if track["type"] == "video"]
    for track in video[1:]:
        if not track.get("flag"):
            track["flag"] = 2
    if video and not any(track.get("flag", 0) == 0 for track in video):
        video[0]["flag"] = 0


def _layers_follow_the_tracks(mender: _Mender) -> None:
    if mender.document.get("render_index_track_mode_on") is False:
        return  # then the apps write 0 everywhere (draft-format 5.3)
    for index, track in enumerate(mender.tracks):
        for segment in track.get("segments") or []:
            segment["track_render_index"] = index


def _gaps_of_the_main_track_stay(mender: _Mender) -> None:
    config = mender.document.get("config")
    mender.document["config"] = (config if isinstance(config, dict) else {}) | {"maintrack_adsorb": False}


def _duration_is_the_last_end(mender: _Mender) -> None:
    mender.document["duration"] = max((_end(segment) for _, segment in mender.segments()), default=0)


MENDS: dict[str, Callable[[_Mender], None]] = {
    "materials-are-lists": _materials_are_lists,
    "fields-are-there": _fields_are_there,
    "ids-are-its-own": _ids_are_its_own,
    "ids-are-unique": _ids_are_unique,
    "references-resolve": _references_resolve,
    "ranges-are-whole": _ranges_are_whole,
    "companions-are-there": _companions_are_there,
    "speed-fits-the-ranges": _speed_fits_the_ranges,
    "transitions-join-clips": _transitions_join_clips,
    "transitions-are-short-enough": _transitions_are_short_enough,
    "keyframes-are-in-order": _keyframes_are_in_order,
    "text-styles-cover-the-text": _text_styles_cover_the_text,
    "segments-fit-their-kind": _segments_fit_their_kind,
    "paths-have-slashes": _paths_have_slashes,
    "paths-lead-to-files": _paths_lead_to_files,
    MEDIA_RULE: _media_are_registered,
    "one-main-track": _one_main_track,
    "layers-follow-the-tracks": _layers_follow_the_tracks,
    "gaps-of-the-main-track-stay": _gaps_of_the_main_track_stay,
    "duration-is-the-last-end": _duration_is_the_last_end,
}
"""What mends each rule, in the order in which it is done."""


def _references(segment: _Json) -> list[Any]:
    found = segment.get("extra_material_refs")
    return found if isinstance(found, list) else []


def _in_order(track: _Json) -> list[_Json]:
    return sorted(track.get("segments") or [], key=_start)


def _start(segment: _Json) -> int:
    return int(segment["target_timerange"].get("start", 0))


def _end(segment: _Json) -> int:
    return _start(segment) + int(segment["target_timerange"].get("duration", 0))


def _duration_of(material: _Json) -> int:
    found = material.get("duration")
    return int(found) if isinstance(found, int | float) else 0
