"""draft_meta_info.json: what lets an app list a draft and find its media (draft-format 4)."""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from .facts import MediaFacts, MediaKind
from .ids import app_style, derived_id
from .imported import whole
from .lint import PLACEHOLDER
from .paths import Destination, is_of_windows
from .profiles import Profile
from .time import SECOND

_KIND_NAMES = {"video": "video", "photo": "photo", "gif": "gif", "audio": "music"}
_IMPORTED_MEDIA = 0  # the type of their group in draft_materials (draft-format 4.2)
_PICTURE_DURATION = 5 * SECOND  # what the apps register pictures with, however long they are shown


@dataclass(frozen=True, slots=True)
class RegisteredFile:
    """A medium in the draft folder, as the app is to know it."""

    local_id: str
    """Its id here; the `local_material_id` of materials that show it."""
    name: str
    """File name, shown in the app."""
    path: str
    """"./" and the path within the folder, or an absolute path."""
    facts: MediaFacts
    size: int
    """Bytes."""


def write_meta(
    profile: Profile,
    *,
    name: str,
    identity: str,
    duration: int,
    files: Iterable[RegisteredFile],
    now: int,
    destination: Destination | None = None,
    imported: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Write the meta document of a draft.

    Args:
        name: the name of its folder, which is the name the app shows.
        identity: what its id follows from; two folders must not share it.
        duration: of the timeline, in microseconds.
        files: the media in the folder, each once.
        now: time of writing, in microseconds since 1970.
        imported: that of the draft which was imported; it is changed, and all that is not named here stays in it.
    """
    files = list(files)
    destination = destination or Destination()
    meta: dict[str, Any] = imported if imported is not None else profile.skeleton("meta")
    size, own = meta.get("draft_timeline_materials_size_"), {"draft_cover": "draft_cover.jpg", "tm_draft_create": now}
    meta.update({name: value for name, value in own.items() if imported is None or not meta.get(name)})
    meta.update(
        draft_id=app_style(derived_id(identity, "draft")),
        draft_name=name,
        draft_fold_path=destination.folder,
        draft_root_path=destination.root,
        draft_timeline_materials_size_=(size if isinstance(size, int) else 0) + sum(file.size for file in files),
        tm_draft_modified=now,
        tm_duration=duration,
    )
    _media_of(meta).extend(_entry(file, now) for file in files)
    return meta


_INDEXED: dict[str, Any] = {
    **{"cloud_draft_cover": False, "cloud_draft_sync": False, "draft_cloud_last_action_download": False},
    **{"draft_cloud_purchase_info": "", "draft_cloud_template_id": "", "draft_cloud_tutorial_info": ""},
    **{"draft_cloud_videocut_purchase_info": "", "draft_id": "", "draft_is_ai_shorts": False},
    **{"draft_is_cloud_temp_draft": False, "draft_is_invisible": False, "draft_is_web_article_video": False},
    **{"draft_name": "", "draft_new_version": "", "draft_type": "", "draft_web_article_video_enter_from": ""},
    **{"tm_draft_cloud_completed": "", "tm_draft_cloud_entry_id": -1, "tm_draft_cloud_modified": 0},
    **{"tm_draft_cloud_parent_entry_id": -1, "tm_draft_cloud_space_id": -1, "tm_draft_cloud_user_id": -1},
    **{"tm_draft_create": 0, "tm_draft_modified": 0, "tm_draft_removed": 0, "tm_duration": 0},
}
"""What an app's list of drafts has of each from its meta document, with what stands for what that lacks."""


def index_entry(meta: Mapping[str, Any], destination: Destination, slash: str, timeline: str) -> dict[str, Any]:
    """The entry of a draft in its app's list, root_meta_info.json (draft-format 4.3).

    Args:
        meta: its meta document.
        destination: where it stands.
        slash: what the app writes between the folder and the names of files in it.
        timeline: the file that the app reads.
    """
    entry = {name: meta.get(name, value) for name, value in _INDEXED.items()}
    entry.update(
        draft_cover=f"{destination.folder}{slash}draft_cover.jpg",
        draft_fold_path=destination.folder,
        draft_json_file=f"{destination.folder}{slash}{timeline}",
        draft_root_path=destination.root,
        draft_timeline_materials_size=meta.get("draft_timeline_materials_size_", 0),
        streaming_edit_draft_ready=True,
    )
    return dict(sorted(entry.items()))


def merged_index(index: Any, entry: Mapping[str, Any]) -> dict[str, Any]:
    """The list of drafts with `entry` in it, instead of what stood for the same folder; all else as it was.

    Raises:
        ValueError: it is no list of drafts.
    """
    store = index.get("all_draft_store") if isinstance(index, dict) else None
    if not isinstance(store, list):
        raise ValueError("it has no all_draft_store")
    others = [one for one in store if _folder_of(one) != _folder_of(entry)]
    merged = {**index, "all_draft_store": [dict(entry), *others]}
    count = index.get("draft_ids")
    if isinstance(count, int) and len(others) == len(store):
        merged["draft_ids"] = count + 1
    return merged


def _folder_of(entry: Any) -> str:
    path = str(entry.get("draft_fold_path") if isinstance(entry, Mapping) else "").replace("\\", "/").rstrip("/")
    return path.casefold() if is_of_windows(path) else path


def registered(document: Mapping[str, Any]) -> list[RegisteredFile]:
    """The media of a timeline that was imported without its meta document, as that had them."""
    found: dict[str, RegisteredFile] = {}
    for name in ("videos", "audios"):
        materials = document["materials"].get(name)
        for material in materials if isinstance(materials, list) else ():
            said = material if isinstance(material, dict) else {}
            local_id, path = said.get("local_material_id"), said.get("path")
            if isinstance(local_id, str) and isinstance(path, str) and local_id and path and local_id not in found:
                found[local_id] = RegisteredFile(local_id, _shown_name(material), _in_meta(path), _said(material), 0)
    return list(found.values())


def unregistered(document: Mapping[str, Any], meta: Mapping[str, Any]) -> list[RegisteredFile]:
    """Those of them that a meta document lacks."""
    groups = meta.get("draft_materials") or []
    known = {entry.get("id") for group in groups for entry in group.get("value") or []}
    return [file for file in registered(document) if file.local_id not in known]


def with_media(meta: Mapping[str, Any], files: Iterable[RegisteredFile], now: int = 0) -> dict[str, Any]:
    """A meta document with those media in it too."""
    made: dict[str, Any] = deepcopy(dict(meta))
    _media_of(made).extend(_entry(file, now) for file in files)
    return made


def _shown_name(material: Mapping[str, Any]) -> str:
    return str(material.get("material_name") or material.get("name") or "")


def _in_meta(path: str) -> str:
    """The meta document says "./" for the folder of the draft (draft-format 4.2)."""
    return f"./{path.removeprefix(PLACEHOLDER).lstrip('/')}" if path.startswith(PLACEHOLDER) else path


def _said(material: Mapping[str, Any]) -> MediaFacts:
    """What a material says of its medium."""
    kinds: dict[Any, MediaKind] = {"video": "video", "photo": "photo", "gif": "gif"}
    duration, width, height = (whole(material.get(name)) for name in ("duration", "width", "height"))
    return MediaFacts(kinds.get(str(material.get("type")), "audio"), "", duration, width, height)


def _media_of(meta: dict[str, Any]) -> list[Any]:
    """The list of its media, which the apps keep among other lists."""
    groups = meta.get("draft_materials")
    if not isinstance(groups, list):
        groups = meta["draft_materials"] = []
    group = next((one for one in groups if isinstance(one, dict) and one.get("type") == _IMPORTED_MEDIA), None)
    if group is None:
        groups.append(group := {"type": _IMPORTED_MEDIA, "value": []})
    if not isinstance(group.get("value"), list):
        group["value"] = []
    return group["value"]  # type: ignore[no-any-return]


def _entry(file: RegisteredFile, now: int) -> dict[str, Any]:
    facts = file.facts
    still = facts.kind == "photo"
    duration = _PICTURE_DURATION if still else facts.duration
    return {
        "ai_group_type": "",
        "create_time": now // SECOND,
        "duration": duration,
        "enter_from": 0,
        "extra_info": file.name,
        "file_Path": file.path,
        "height": facts.height,
        "id": file.local_id,
        "import_time": now // SECOND,
        "import_time_ms": now,  # microseconds in app-written drafts, whatever the name says
        "item_source": 1,
        "material_color_tag": "",
        "md5": "",
        "metetype": _KIND_NAMES[facts.kind],  # the apps' spelling
        "roughcut_time_range": {"duration": -1, "start": -1} if still else {"duration": duration, "start": 0},
        "sub_time_range": {"duration": -1, "start": -1},
        "type": 0,
        "width": facts.width,
    }
