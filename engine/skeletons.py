"""An app's own empty project, to put drafts into: its version markers, fields and folder (draft-format 3.2, 6.3).

What a project holds is none of a skeleton: it is emptied, and of the files beside it only those stay that say nothing
of it.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from errors import InvalidRequestError
from util import as_json

from .ids import app_style, derived_id
from .importing import target_of
from .profiles import Profile, get_profile
from .time import SECOND

_Json = dict[str, Any]

PROJECT = "Timelines/project.json"
_DOCK = "timeline_layout.json"
_SETTINGS = "draft_settings"
_TIMELINE_OF = {"windows": "draft_content.json", "mac": "draft_info.json"}
"""What the apps of a system call the timeline that they read (draft-format 0.4)."""
_FOR_ANY_PROJECT = {_SETTINGS, "template.tmp", "performance_opt_info.json", _DOCK, PROJECT}
_OF_ITS_CONTENT = {"draft_cover.jpg", "key_value.json", "draft_virtual_store.json", ".locked", "draft_meta_info.json"}
_LARGEST_FILE = 256_000
_MOST_FILES = 200
_OWN = {"id", "name", "path", "duration", "create_time", "update_time", "static_cover_image_path"}


class NotASkeletonError(ValueError):
    """A project that nothing can be made after; the message says why, for the caller."""


@dataclass(frozen=True)
class Skeleton:
    """An emptied project."""

    target: str
    """The target whose app made it."""
    document: _Json
    """The timeline; tracks, materials and its id are to be filled in."""
    meta: _Json
    """The meta document; empty when there was none."""
    main: str = ""
    """The folder in Timelines/ that its timeline is in as well; empty for none."""
    copies: tuple[str, ...] = ()
    """Where in the folder the timeline stands."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    """What else is in the folder."""

    @property
    def platform(self) -> Mapping[str, Any]:
        """The app and the system that made it."""
        return self.document["platform"]  # type: ignore[no-any-return]

    def blank(self) -> _Json:
        """A fresh copy of the timeline."""
        return json.loads(json.dumps(self.document))  # type: ignore[no-any-return]

    def places(self, timeline_id: str, client_os: str) -> list[str]:
        """Where the timeline of that id stands, all with the same bytes; in `Timelines/` where that system reads it."""
        own = [f"Timelines/{self.main}/{_TIMELINE_OF[client_os]}"] if self.main else []
        return list(dict.fromkeys(self._renamed(path, timeline_id) for path in (*self.copies, *own)))

    def layout(self, timeline_id: str, now: int, client_os: str) -> dict[str, bytes]:
        """The other files for a draft whose timeline has that id; `now` in microseconds since 1970."""
        written = {self._renamed(path, timeline_id): content for path, content in self.files.items()}
        for name, write in ((PROJECT, _project), (_DOCK, _dock)):
            if name in written:
                written[name] = as_json(write(_object(written[name]), timeline_id, now))
        if _SETTINGS in written:
            written[_SETTINGS] = _settings(written[_SETTINGS], now, client_os)
        return written

    def _renamed(self, path: str, timeline_id: str) -> str:
        inside = f"Timelines/{self.main}/"
        return path.replace(inside, f"Timelines/{timeline_id}/", 1) if self.main and path.startswith(inside) else path


def target_within(own: str, asked: str | None) -> str:
    """The target of a draft that is asked to be for `asked` and in a skeleton of the target `own`.

    Raises:
        InvalidRequestError: they are not the same.
    """
    if asked not in (None, own):
        raise InvalidRequestError.about("target", f"the skeleton is one of {own}; leave target out")
    return own


def skeleton_of(
    document: _Json, meta: _Json, copies: Iterable[str] = (), files: Mapping[str, bytes] | None = None
) -> Skeleton:
    """Make a skeleton of a project.

    Args:
        document: its timeline.
        meta: its meta document; empty for none.
        copies: where in its folder the timeline stands.
        files: what else is in there.

    Raises:
        NotASkeletonError: it does not say which version of which app made it, on which system.
    """
    target = target_of(document)
    _check(document, target)
    assert target is not None
    profile, is_full = get_profile(target), any(track.get("segments") for track in document["tracks"])
    files = files or {}
    main = str(_object(files[PROJECT]).get("main_timeline_id") or "") if PROJECT in files else ""
    kept = {path: content for path, content in files.items() if _is_layout(path, content, main, is_full)}
    return Skeleton(
        target,
        _emptied_timeline(document, profile, is_full),
        _emptied_meta(meta, profile, is_full),
        main,
        tuple(copies),
        dict(sorted(kept.items())[:_MOST_FILES]),
    )


def _check(document: _Json, target: str | None) -> None:
    platform = document.get("last_modified_platform") or document.get("platform")
    said = platform if isinstance(platform, dict) else {}
    if target is None or not said.get("app_version"):
        raise NotASkeletonError("does not say which version of which app made it (platform, last_modified_platform)")
    if said.get("os") not in ("windows", "mac"):
        raise NotASkeletonError(f"was made on {said.get('os')!r}; only projects of Windows and macOS can be skeletons")
    if not re.fullmatch(r"\d+\.\d+\.\d+", str(document.get("new_version"))):
        raise NotASkeletonError(f"has no usable version: new_version is {document.get('new_version')!r}")


def _emptied_timeline(document: _Json, profile: Profile, is_full: bool) -> _Json:
    usual = profile.skeleton("timeline")
    made = {name: _start(name, value, usual, is_full) for name, value in document.items()}
    platform = usual["platform"] | (document.get("last_modified_platform") or document["platform"])
    made["platform"] = made["last_modified_platform"] = platform
    for name in ("materials", "keyframes"):
        lists = document.get(name)
        own = lists if isinstance(lists, dict) else {}
        made[name] = {list_name: [] for list_name in {**own, **usual[name]}}
    canvas = document.get("canvas_config")
    made["canvas_config"] = usual["canvas_config"] | (canvas if isinstance(canvas, dict) else {})
    config = made.get("config")
    made["config"] = (config if isinstance(config, dict) else usual["config"]) | {"maintrack_adsorb": False}
    made["tracks"] = []
    return {**usual, **made}


def _start(name: str, value: Any, usual: _Json, is_full: bool) -> Any:
    """What a field of a timeline begins with. Plain values are the app's own; lists and objects tell of the project."""
    if name in _OWN:
        return usual.get(name, _neutral(value))
    if not is_full or isinstance(value, str | int | float):
        return value
    if name == "config" and isinstance(value, dict):
        return {key: usual[name].get(key, _neutral(one)) for key, one in value.items()}
    return usual.get(name, _neutral(value))


def _emptied_meta(meta: _Json, profile: Profile, is_full: bool) -> _Json:
    if not meta:
        return {}
    usual = profile.skeleton("meta")
    made = {name: usual.get(name, _neutral(value) if is_full else value) for name, value in meta.items()}
    groups = meta.get("draft_materials")
    types = (
        [one["type"] for one in groups if isinstance(one, dict) and "type" in one] if isinstance(groups, list) else []
    )
    made["draft_materials"] = [{"type": one, "value": []} for one in types] or usual["draft_materials"]
    return made | {"draft_new_version": meta.get("draft_new_version", "")}


def _neutral(value: Any) -> Any:
    """Nothing, in the form that it has."""
    if isinstance(value, dict):
        return {name: _neutral(one) for name, one in value.items()}
    return None if value is None else type(value)()


def _is_layout(path: str, content: bytes, main: str, is_full: bool) -> bool:
    name = path.rpartition("/")[2]
    if path.startswith("Timelines/") and path != PROJECT:
        if not main or not path.startswith(f"Timelines/{main}/"):
            return False  # further timelines of the project
        path = path.removeprefix(f"Timelines/{main}/")
    if is_full:
        return path in _FOR_ANY_PROJECT
    is_state = name.endswith((".json", ".tmp", ".extra")) or name == _SETTINGS
    return is_state and name not in _OF_ITS_CONTENT and len(content) <= _LARGEST_FILE


def _project(project: _Json, timeline_id: str, now: int) -> _Json:
    named = _objects(project.get("timelines"))
    first = next((one for one in named if one.get("id") == project.get("main_timeline_id")), {"name": "Timeline 01"})
    entry = {**first, "create_time": now, "id": timeline_id, "is_marked_delete": False, "update_time": now}
    own = app_style(derived_id(timeline_id, "project"))
    return project | {
        **{"create_time": now, "update_time": now, "id": own},
        **{"main_timeline_id": timeline_id, "timelines": [entry]},
    }


def _dock(dock: _Json, timeline_id: str, _: int) -> _Json:
    items = dock.get("dockItems")
    first = (
        items[0] if isinstance(items, list) and items and isinstance(items[0], dict) else {"dockIndex": 0, "ratio": 1}
    )
    names = first.get("timelineNames")
    name = names[0] if isinstance(names, list) and names else "Timeline 01"
    return dock | {"dockItems": [first | {"timelineIds": [timeline_id], "timelineNames": [name]}]}


def _settings(content: bytes, now: int, client_os: str) -> bytes:
    said = content.decode("utf-8", "replace")
    for name in ("draft_create_time", "draft_last_edit_time"):
        said = re.sub(rf"(?m)^{name}=.*?(\r?)$", rf"{name}={now // SECOND}\1", said)
    return re.sub(r"(?m)^(cloud_last_modify_platform=).*?(\r?)$", rf"\g<1>{client_os}\2", said).encode()


def _objects(found: Any) -> list[_Json]:
    """The objects in a list; of what is none, nothing."""
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _object(content: bytes) -> _Json:
    try:
        found = json.loads(content)
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {}
