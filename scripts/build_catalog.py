"""Write `engine/catalog_data/*.json`: every named resource of CapCut and JianYing, one per line.

    python -m scripts.build_catalog           write the two files
    python -m scripts.build_catalog --check   write nothing; exit 1 if they are out of date

Sources: the enums of pyJianYingDraft (JianYing) and pycapcut (CapCut), and `legacy_catalog.json`, the names that
clients of CapCutAPI use and the libraries lack. Library order, then legacy order, so that a diff shows what changed.

Where the sources disagree:

- A name in both, for the same package (same checksum): the library's entry serves, its ids are newer.
- A name in both, for different packages: the legacy entry keeps the name. Clients mean that one, and send values for
  its sliders by position.
- A legacy name for a resource that the library has under another name: the ids and the VIP flag are the library's.
- `is_overlap` of a CapCut transition: the legacy value wherever there is one, for the library's name as well. pycapcut
  says true of nearly all, but a draft written by CapCut 7.7.0 has `materials.transitions[].is_overlap` false for "White
  Flash" and "Open", and one by CapCut 3.8.0 for "Black Fade": as the legacy list says.
- CapCut's masks: the legacy list. pycapcut's six carry JianYing's names and ids; they are other names here.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from enum import Enum
from pathlib import Path
from types import ModuleType
from typing import Any

import pycapcut.metadata
import pyJianYingDraft.metadata

from engine.catalog import DATA_FOLDER, DISPLAY_NAMES, KINDS, App, Kind, Param, Resource, fold_name

LEGACY_FILE = Path(__file__).with_name("legacy_catalog.json")

LIBRARIES: dict[App, ModuleType] = {"capcut": pycapcut.metadata, "jianying": pyJianYingDraft.metadata}

ENUMS: dict[Kind, str] = {
    "transition": "TransitionType",
    "mask": "MaskType",
    "font": "FontType",
    "filter": "FilterType",
    "mix_mode": "MixModeType",
    "video_intro": "IntroType",
    "video_outro": "OutroType",
    "video_combo": "GroupAnimationType",
    "text_intro": "TextIntro",
    "text_outro": "TextOutro",
    "text_loop": "TextLoopAnim",
    "video_scene_effect": "VideoSceneEffectType",
    "video_character_effect": "VideoCharacterEffectType",
    "audio_scene_effect": "AudioSceneEffectType",
    "audio_tone": "ToneEffectType",
    "audio_speech_to_song": "SpeechToSongType",
}
"""Which enum of the libraries holds which kind.

pycapcut exports no SpeechToSongType: the module of that name in it holds JianYing's ids.
"""

LEGACY_KINDS: dict[tuple[App, Kind], str] = {
    ("capcut", "video_combo"): "video_group_animation",
    ("capcut", "audio_scene_effect"): "audio_voice_filter",
    ("capcut", "audio_tone"): "audio_voice_character",
}
"""What the legacy list calls a kind, where it has a word of its own."""

LEGACY_ONLY: set[tuple[App, Kind]] = {("capcut", "mask")}
"""What the library knows wrongly."""

_MIX_MODES: dict[str, tuple[str, ...]] = {
    "正片叠底": ("Multiply",),
    "颜色减淡": ("Color Dodge",),
    "颜色加深": ("Color Burn",),
    "线性加深": ("Linear Burn",),
    "柔光": ("Soft Light",),
    "强光": ("Hard Light",),
    "滤色": ("Screen",),
    "叠加": ("Overlay",),
    "变亮": ("Lighten",),
    "变暗": ("Darken",),
}
"""Both libraries know the modes by JianYing's names alone, and by the same ids."""

OTHER_NAMES: dict[tuple[App, Kind], dict[str, tuple[str, ...]]] = {
    ("capcut", "mix_mode"): _MIX_MODES,
    ("jianying", "mix_mode"): _MIX_MODES,
    ("capcut", "mask"): {
        "Split": ("linear", "line", "线性"),
        "Filmstrip": ("mirror", "镜面"),
        "Circle": ("圆形",),
        "Rectangle": ("矩形",),
        "Stars": ("star", "星形"),
        "Heart": ("爱心",),
    },
    ("jianying", "mask"): {
        "线性": ("linear", "line"),
        "镜面": ("mirror",),
        "圆形": ("circle",),
        "矩形": ("rectangle",),
        "爱心": ("heart",),
        "星形": ("star", "stars"),
    },
}
"""Names of the other app, and of CapCutAPI's documentation, for the shapes both apps have."""

_DEFAULTS = {field.name: field.default for field in fields(Resource)}


def build(app: App) -> dict[Kind, list[Resource]]:
    """Collect the resources of one app, by kind."""
    legacy_list = json.loads(LEGACY_FILE.read_text("utf-8"))[app]
    return {kind: _kind(app, kind, legacy_list.get(LEGACY_KINDS.get((app, kind), kind), {})) for kind in KINDS}


def merge(library: list[Resource], legacy: list[Resource]) -> list[Resource]:
    """Join both lists, the library's first; a name stands for one resource (which, the module says)."""
    merged = {resource.name: resource for resource in library}
    by_spelling: dict[str, Resource] = {}
    for resource in library:
        by_spelling.setdefault(fold_name(resource.name), resource)
    for old in legacy:
        twin = merged.get(old.name) or by_spelling.get(fold_name(old.name))
        if twin is None or twin.md5 != old.md5:
            merged[old.name] = old
    return list(merged.values())


def dump(kinds: Mapping[Kind, Iterable[Resource]]) -> str:
    """Render an index file: JSON with one resource per line, without what a reader can fill in."""
    parts = (f"{_json(kind)}:[\n" + ",\n".join(map(_line, rows)) + "\n]" for kind, rows in kinds.items())
    return "{\n" + ",\n".join(parts) + "\n}\n"


def main(arguments: list[str]) -> int:
    """Write the index files, or with `--check` compare them; the exit status is 1 if one was found out of date."""
    parser = argparse.ArgumentParser(description="Write the index files of the catalog.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file is out of date")
    check = parser.parse_args(arguments).check
    stale = [path for app in DISPLAY_NAMES if (path := _update(app, write=not check))]
    for path in stale:
        print(f"{path.name}: " + ("out of date; run python -m scripts.build_catalog" if check else "written"))
    return int(check and bool(stale))


def _update(app: App, *, write: bool) -> Path | None:
    """Bring one file up to date, if allowed to `write`; return its path if it was not."""
    path, text = DATA_FOLDER / f"{app}.json", dump(build(app))
    if path.is_file() and path.read_text("utf-8") == text:
        return None
    if write:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8", newline="\n")
    return path


def _kind(app: App, kind: Kind, legacy_list: Mapping[str, Mapping[str, Any]]) -> list[Resource]:
    library = [] if (app, kind) in LEGACY_ONLY else [_from_library(m) for m in getattr(LIBRARIES[app], ENUMS[kind], ())]
    legacy = [_from_legacy(name, facts) for name, facts in legacy_list.items()]
    others = OTHER_NAMES.get((app, kind), {})
    merged = merge(_with_legacy_overlap(library, legacy), _with_library_ids(legacy, library))
    return [replace(resource, other_names=others.get(resource.name, ())) for resource in merged]


def _with_library_ids(legacy: list[Resource], library: list[Resource]) -> list[Resource]:
    known = {resource.resource_id: resource for resource in library}
    return [
        replace(old, effect_id=new.effect_id, is_vip=new.is_vip) if (new := known.get(old.resource_id)) else old
        for old in legacy
    ]


def _with_legacy_overlap(library: list[Resource], legacy: list[Resource]) -> list[Resource]:
    known = {resource.resource_id: resource.is_overlap for resource in legacy}
    return [replace(new, is_overlap=known.get(new.resource_id, new.is_overlap)) for new in library]


def _from_library(member: Enum) -> Resource:
    facts = vars(member.value)
    params = tuple(Param(p.name, p.default_value, p.min_value, p.max_value) for p in facts.get("params", ()))
    title = facts["title"] if "title" in facts else facts["name"]  # the classes of the libraries differ in this
    return _resource(member.name, title, facts, params)


def _from_legacy(name: str, facts: Mapping[str, Any]) -> Resource:
    params = tuple(Param(**param) for param in facts.get("params", ()))
    return _resource(name, facts["title"], facts, params)


def _resource(name: str, title: str, facts: Mapping[str, Any], params: tuple[Param, ...]) -> Resource:
    """Make a resource of what is known; durations are whole microseconds in all sources."""
    return Resource(
        name=name,
        title=title,
        resource_id=facts["resource_id"],
        effect_id=facts["effect_id"],
        md5=facts["md5"],
        is_vip=facts.get("is_vip", False),
        duration_us=facts.get("duration", 0),
        default_duration_us=facts.get("default_duration", 0),
        is_overlap=facts.get("is_overlap", False),
        params=params,
        resource_type=facts.get("resource_type", ""),
        default_aspect_ratio=facts.get("default_aspect_ratio", 1.0),
    )


def _line(resource: Resource) -> str:
    implied = {**_DEFAULTS, "title": resource.name, "effect_id": resource.resource_id}
    row = {name: value for name in _DEFAULTS if (value := getattr(resource, name)) != implied[name]}
    if resource.params:
        row["params"] = [_slider(param) for param in resource.params]
    return _json(row)


def _slider(param: Param) -> dict[str, Any]:
    row: dict[str, Any] = {"name": param.name, "default": param.default}
    if (param.min, param.max) != (0.0, 1.0):
        row |= {"min": param.min, "max": param.max}
    return row


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
