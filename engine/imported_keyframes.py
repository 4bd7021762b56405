"""The keyframes of segments that an app wrote: read as this service has them, and written with as little changed as
can be (draft-format 5.5).

Where `time_offset` counts from: the segment's start, and on what plays the beginning of its medium, at its speed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise, zip_longest
from typing import Any

from .ids import derived_id
from .keyframes import Curve, Keyframe, Keyframes, Property, in_order

_Json = dict[str, Any]

_NAMES: dict[str, Property] = {
    "KFTypePositionX": "position_x",
    "KFTypePositionY": "position_y",
    "KFTypeRotation": "rotation",
    "KFTypeScaleX": "scale_x",
    "KFTypeScaleY": "scale_y",
    "UNIFORM_SCALE": "uniform_scale",
    "KFTypeAlpha": "alpha",
    "KFTypeSaturation": "saturation",
    "KFTypeContrast": "contrast",
    "KFTypeBrightness": "brightness",
    "KFTypeVolume": "volume",
}
_TYPES = {name: written for written, name in _NAMES.items()} | {"uniform_scale": "KFTypeScaleX"}
_MOST = 2**53
"""What is larger is no time and no value that an app means."""
_EVEN = {"x": 0.0, "y": 0.0}


@dataclass(frozen=True, slots=True)
class Clock:
    """How times of keyframes are counted in a segment's JSON."""

    source_start: int = 0
    speed: float = 1.0

    def time(self, offset: int) -> int:
        """The time from the segment's start."""
        return round((offset - self.source_start) / self.speed)

    def offset(self, time: int) -> int:
        """What is written for it."""
        return self.source_start + round(time * self.speed)


def read(document: Mapping[str, Any], clock: Clock) -> tuple[Keyframes, bool]:
    """The keyframes in the JSON of a segment, and whether they are all: some may be of a kind unknown here."""
    found: list[Keyframe] = []
    blocks = _blocks(document)
    names = [_name(block, blocks, document) for block in blocks]
    for name, block in zip(names, blocks, strict=True):
        if name:
            found += [one for one, _ in _line(name, block, clock)]
    return in_order(found), all(names)


def write(document: _Json, keyframes: Keyframes, clock: Clock, segment_id: str) -> list[_Json]:
    """The blocks of a segment's JSON with other keyframes; those that stay are what they were."""
    blocks = _blocks(document)
    names = [_name(block, blocks, document) for block in blocks]
    written = [block for name, block in zip(names, blocks, strict=True) if name is None]
    for name in dict.fromkeys(one.name for one in keyframes):
        block = dict(blocks[names.index(name)]) if name in names else _block(segment_id, name)
        before = {(one.time, one.value, one.curve): key for one, key in _line(name, block, clock)}
        line = [one for one in keyframes if one.name == name]
        keys = [before.get((one.time, one.value, one.curve)) for one in line]
        made = [dict(key) if key else _key(segment_id, one, clock) for one, key in zip(line, keys, strict=True)]
        order = [id(key) for key in before.values()]
        for place, (one, following) in enumerate(pairwise(line)):
            if not _follow(keys[place], keys[place + 1], order):
                _join(made[place], made[place + 1], one, following, clock)
        written.append(block | {"keyframe_list": made})
    return written


def shifted(document: _Json, by: int) -> list[_Json]:
    """The blocks of a segment's JSON when its start is `by` later."""
    return [
        block | {"keyframe_list": [key | {"time_offset": key["time_offset"] - by} for key in block["keyframe_list"]]}
        for block in _blocks(document)
    ]


def _blocks(document: Mapping[str, Any]) -> list[_Json]:
    found = document.get("common_keyframes")
    return [block for block in found if isinstance(block, dict)] if isinstance(found, list) else []


def _name(block: _Json, blocks: list[_Json], document: Mapping[str, Any]) -> Property | None:
    """What changes; None when this service cannot tell."""
    written = block.get("property_type")
    name = _NAMES.get(written) if isinstance(written, str) else None
    keys = block.get("keyframe_list")
    if name is None or not isinstance(keys, list) or not all(map(_is_plain, keys)) or not keys:
        return None
    types = [other.get("property_type") for other in blocks]
    if types.count(written) > 1:
        return None
    locked = document.get("uniform_scale")
    is_locked = isinstance(locked, dict) and locked.get("on")
    if name == "scale_x" and is_locked and "KFTypeScaleY" not in types:
        return None if "UNIFORM_SCALE" in types else "uniform_scale"
    return name


def _is_plain(key: Any) -> bool:
    if not isinstance(key, dict) or not _is_within(key.get("time_offset"), int):
        return False
    values = key.get("values")
    return isinstance(values, list) and len(values) == 1 and _is_within(values[0], int | float)


def _is_within(number: Any, kind: Any) -> bool:
    return isinstance(number, kind) and abs(number) < _MOST


def _line(name: Property, block: _Json, clock: Clock) -> list[tuple[Keyframe, _Json]]:
    keys: list[_Json] = sorted(block.get("keyframe_list", []), key=lambda key: int(key["time_offset"]))
    return [
        (Keyframe(name, clock.time(key["time_offset"]), key["values"][0], _curve(key, following)), key)
        for key, following in zip_longest(keys, keys[1:])
    ]


def _curve(key: _Json, following: _Json | None) -> Curve | None:
    """How it goes on: the controls are relative to their keys, in microseconds and in the value's unit."""
    if following is None or key.get("curveType", "Line") == "Line":
        return None
    length = following["time_offset"] - key["time_offset"]
    rise = following["values"][0] - key["values"][0]
    right, left = key.get("right_control") or _EVEN, following.get("left_control") or _EVEN
    if not length or not rise:
        return None
    x1, x2 = right.get("x", 0) / length, 1 + left.get("x", 0) / length
    return _within(x1), right.get("y", 0) / rise, _within(x2), 1 + left.get("y", 0) / rise


def _within(share: float) -> float:
    return min(max(share, 0.0), 1.0)


def _follow(key: _Json | None, following: _Json | None, order: list[int]) -> bool:
    """Whether both were there, one after the other."""
    return key is not None and following is not None and order.index(id(following)) == order.index(id(key)) + 1


def _block(segment_id: str, name: Property) -> _Json:
    return {
        "id": derived_id(segment_id, "keyframes", name),
        "keyframe_list": [],
        "material_id": "",
        "property_type": _TYPES[name],
    }


def _key(segment_id: str, one: Keyframe, clock: Clock) -> _Json:
    return {
        "curveType": "Line",
        "graphID": "",
        "id": derived_id(segment_id, "keyframe", one.name, one.time),
        "left_control": dict(_EVEN),
        "right_control": dict(_EVEN),
        "time_offset": clock.offset(one.time),
        "values": [one.value],
    }


def _join(key: _Json, after: _Json, one: Keyframe, following: Keyframe, clock: Clock) -> None:
    """Let the way between two keys be as the first says."""
    if one.curve is None:
        key["right_control"], after["left_control"] = dict(_EVEN), dict(_EVEN)
        return
    x1, y1, x2, y2 = one.curve
    length = clock.offset(following.time) - clock.offset(one.time)
    rise = following.value - one.value
    key["right_control"] = {"x": x1 * length, "y": y1 * rise}
    after["left_control"] = {"x": (x2 - 1) * length, "y": (y2 - 1) * rise}
    key["curveType"] = after["curveType"] = "FreeCurveInOut"
