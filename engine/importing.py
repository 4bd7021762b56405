"""Read a timeline document that an app wrote, so that nothing of it is lost (draft-format 5).

What the service works with is read off it: canvas, tracks, times, keyframes. Everything stays beside that as it is.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import orjson

from util import as_json

from .ids import derived_id
from .imported import Base, Folder, ImportedSegment, ImportedTrack, Material, references
from .profiles import PROFILES
from .script_file import MAIN_TRACK, Script_file
from .time import LONGEST
from .tracks import Track

_Json = dict[str, Any]

LONGEST_NAME = 100
_DEEPEST = 200
_LARGEST_SIDE = 1_000_000
_LEAST_RATE, _MOST_RATE = 1, 1_000
_SHOWN_WIDTH, _SHOWN_HEIGHT = 1920, 1080
"""The canvas that a draft without one counts with."""
_FIRST_WITH = {"cc": (142, "capcut", "capcut_legacy"), "lv": (111, "jianying_10", "jianying_5_9")}
"""The first `new_version` of the newer target, and both targets, by what the apps call themselves."""
_APP_IDS = {359289: "cc", 3704: "lv"}


class NotADraftError(ValueError):
    """What was to be imported is no draft that can be read; the message says what it is instead, for the caller."""


def parsed(text: str | bytes) -> _Json:
    """The document that `text` is, if it is that of a draft. All numbers stay exact.

    Raises:
        NotADraftError: it is not JSON, or not a draft's.
    """
    document = plain_json(text)
    problem = _problem(document)
    if problem:
        raise NotADraftError(f"is JSON, but not the timeline of a draft: {problem}")
    return document  # type: ignore[no-any-return]


def plain_json(text: str | bytes) -> Any:
    """What `text` says, if it is JSON that can be written again. All numbers stay exact.

    Raises:
        NotADraftError: it is not.
    """
    try:
        found = json.loads(text, parse_constant=_not_json, parse_float=_finite)
    except json.JSONDecodeError as error:
        raise NotADraftError(f"is not JSON: line {error.lineno}, column {error.colno}: {error.msg}") from None
    except RecursionError:
        raise NotADraftError("is not JSON that can be read: it is nested too deep") from None
    except ValueError as error:
        said = str(error).partition("; use sys.")[0]  # of a number too long Python says what only a program can do
        raise NotADraftError(f"is not JSON that can be read: {said}") from None
    if _depth(found) > _DEEPEST:
        raise NotADraftError("is nested too deep")
    return found


def _depth(document: Any) -> int:
    """How deep it is nested; 0 for what is known not to be deep."""
    try:
        orjson.dumps(document)  # it refuses more than 254, and is quick
    except orjson.JSONEncodeError:
        depth, level = 0, [document]
        while level and depth <= _DEEPEST:
            values = (one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list))
            level = [inner for found in values for inner in found]
            depth += 1
        return depth
    return 0


def _not_json(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _finite(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise ValueError(f"{digits} is too large a number")
    return number


def _problem(document: Any) -> str:
    """What is wrong with the shape of a document; empty if nothing is."""
    if not isinstance(document, dict):
        return "it is no object"
    tracks = document.get("tracks")
    if not isinstance(tracks, list) or not isinstance(document.get("materials"), dict):
        return 'it lacks "tracks" or "materials"'
    for place, track in enumerate(tracks):
        if not isinstance(track, dict) or not isinstance(track.get("type"), str):
            return f"tracks[{place}] has no type"
        segments = track.get("segments", [])
        if not isinstance(segments, list) or not all(isinstance(one, dict) for one in segments):
            return f"tracks[{place}] has no list of segments"
        for index, segment in enumerate(segments):
            if not _has_times(segment):
                return f"tracks[{place}].segments[{index}] has no place on the timeline of whole microseconds"
    return ""


def _has_times(segment: _Json) -> bool:
    place = segment.get("target_timerange")
    times = [place.get("start", 0), place.get("duration", 0)] if isinstance(place, dict) else [None]
    return all(type(time) is int and 0 <= time <= 10 * LONGEST for time in times)


def target_of(document: _Json) -> str | None:
    """The target whose apps write such a document; None when it does not say (draft-format 0.6)."""
    platforms = [document.get(name) for name in ("last_modified_platform", "platform")]
    source = next((known for one in platforms if isinstance(one, dict) and (known := _app_of(one))), None)
    if source is None:
        return None
    first, newer, older = _FIRST_WITH[source]
    said = document.get("new_version")
    number = re.match(r"\d+", said) if isinstance(said, str) else None
    return newer if number is None or len(number[0]) > 9 or int(number[0]) >= first else older


def _app_of(platform: _Json) -> str | None:
    """What the apps call the one that `platform` names."""
    source, app_id = platform.get("app_source"), platform.get("app_id")
    known = source or (_APP_IDS.get(app_id) if isinstance(app_id, int) else None)
    return known if isinstance(known, str) and known in _FIRST_WITH else None


def imported_script(
    draft_id: str, document: _Json, *, name: str, target: str, ids_of: str = "", folder: Folder | None = None
) -> Script_file:
    """The draft of a document that `parsed` has let through; it is taken to pieces.

    Args:
        draft_id: the draft.
        document: of an app; not to be used afterwards.
        name: what the draft is called.
        target: one of PROFILES.
        ids_of: the draft whose ids it has, for segments that have none of their own.
        folder: what stood beside it.
    """
    assert target in PROFILES
    width, height, fps = _canvas(document)
    script = Script_file(draft_id, width, height, fps, name=name, target=target)
    script.ids_of = ids_of or draft_id
    tracks, document["tracks"] = document["tracks"], None
    materials, document["materials"] = document["materials"], None
    lists = {list_name: _materials(list_name, found) for list_name, found in materials.items()}
    base = Base(
        as_json(document),
        lists,
        frozenset(),
        width,
        height,
        script.rate,
        0,
        _main(tracks) is not None,
        folder or Folder(),
    )
    used: set[str] = set()
    for track in _tracks(tracks, base, script.ids_of, used):
        script.tracks[track.name] = track
    script.base = replace(base, used=frozenset(used), duration=script.duration)
    script.weight += script.base.weight
    script.weight += sum(one.weight for track in script.tracks.values() for one in track.segments)
    script.weight += sum(track.source.weight for track in script.tracks.values() if track.source)
    return script


def _canvas(document: _Json) -> tuple[int, int, float]:
    canvas = document.get("canvas_config")
    canvas = canvas if isinstance(canvas, dict) else {}
    sides = [canvas.get(side) for side in ("width", "height")]
    width, height = (int(side) if isinstance(side, int | float) and 1 <= side <= _LARGEST_SIDE else 0 for side in sides)
    fps = document.get("fps")
    known = isinstance(fps, int | float) and _LEAST_RATE <= fps <= _MOST_RATE
    return width or _SHOWN_WIDTH, height or _SHOWN_HEIGHT, fps if known else 30  # type: ignore[return-value]


def _materials(name: str, found: Any) -> tuple[Material, ...] | bytes:
    if not isinstance(found, list):
        return as_json(found)
    return tuple(Material(name, _id_of(one), as_json(one)) for one in found)


def _id_of(material: Any) -> str:
    found = material.get("id") if isinstance(material, dict) else None
    return found if isinstance(found, str) else ""


# ---- tracks


def _tracks(found: list[_Json], base: Base, ids_of: str, used: set[str]) -> Iterator[Track]:
    main = _main(found)
    names = _names(found, main)
    ids = Counter(_id_of(segment) for track in found for segment in track.get("segments", []))
    for index, track in enumerate(found):
        segments = [
            _segment(one, track["type"], base, used, _own_id(one, ids, (ids_of, "imported", index, place)))
            for place, one in enumerate(track.get("segments", []))
        ]
        switches = track.get("attribute", 0)
        attribute = switches if isinstance(switches, int) else 0
        raw = as_json(track | {"segments": None} if "segments" in track else track)
        source = ImportedTrack(raw, index, index == main, attribute, tuple((one.id, one.start) for one in segments))
        made = Track(names[index], track["type"], 0, bool(attribute & 1), bool(attribute & 2), source)
        segments = [replace(one, leads_on=_leads_on(one, after)) for one, after in pairwise([*segments, None]) if one]
        made.replace(sorted(segments, key=lambda one: one.start))
        yield made


def _main(found: list[_Json]) -> int | None:
    """Which is the main video track: the first that no app calls an overlay (draft-format 5.3)."""
    video = [index for index, track in enumerate(found) if track["type"] == "video"]
    return next((index for index in video if not track_flag(found[index])), video[0] if video else None)


def track_flag(track: _Json) -> int:
    """What a track says it is: 2 for overlays, 0 for the main one."""
    flag = track.get("flag", 0)
    return flag if isinstance(flag, int) else 0


def _names(found: list[_Json], main: int | None) -> list[str]:
    """What callers name the tracks by: the main one as always, others as the file does, if it names them well."""
    written = [str(track.get("name") or "") for track in found]
    taken = {name for name, count in Counter(written).items() if count == 1 and _is_name(name)} - {MAIN_TRACK}
    names: list[str] = []
    for index, name in enumerate(written):
        if index == main:
            names.append(MAIN_TRACK)
        else:
            names.append(name if name in taken else _free(found[index]["type"], {*taken, *names}))
    return names


def _is_name(name: str) -> bool:
    return 1 <= len(name) <= LONGEST_NAME and name.isprintable()


def _free(kind: str, taken: set[str]) -> str:
    number = 1
    while f"{kind[:80]}_{number}" in taken:
        number += 1
    return f"{kind[:80]}_{number}"


# ---- segments


def _own_id(segment: _Json, ids: Counter[str], otherwise: tuple[object, ...]) -> str:
    """What callers know it by: its own id, if no other segment has that."""
    found = _id_of(segment)
    return found if 1 <= len(found) <= LONGEST_NAME and ids[found] == 1 else derived_id(*otherwise)


def _segment(segment: _Json, kind: str, base: Base, used: set[str], identifier: str) -> ImportedSegment:
    parts = base.parts(references(segment))
    used.update(part.id for part in parts)
    place = segment["target_timerange"]
    made = ImportedSegment(
        id=identifier,
        added=1,
        start=place.get("start", 0),
        duration=place.get("duration", 0),
        kind=kind,
        raw=as_json(segment),
        parts=parts,
    )
    return made.with_keyframes_read(segment) if segment.get("common_keyframes") else made


def _leads_on(segment: ImportedSegment, following: ImportedSegment | None) -> bool:
    """Whether it gives way to the next by a transition (draft-format 5.6)."""
    return following is not None and following.start == segment.end and segment.part("transitions") is not None
