"""Where a draft folder will stand on its user's computer, and how the apps write that (draft-format 0.1, 4.1).

The system is told by the form of the path, never by that of the server. Apps write "/" between names on all of them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from util import RESERVED_ON_WINDOWS

from .lint import PLACEHOLDER

ClientOs = Literal["windows", "mac"]
PathStyle = Literal["portable", "absolute"]

LONGEST_ON_WINDOWS = 259
"""Characters of a path that programs on Windows bear unless they ask for more."""

_WINDOWS = re.compile(r"[A-Za-z]:/|//[^/]")
_OF_USER = re.compile(r"~|%\w+%|\$\{?\w")
_OF_USER_WITHIN = {"windows": re.compile(r"/%\w+%(/|$)"), "mac": re.compile(r"/\$\{?(HOME|USER)\}?(/|$)")}
_QUOTES = "\"'“”‘’"
_UNSEEN = "\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff"
"""Marks of direction, which Windows copies along with a path out of the properties of a file."""
_NOT_IN_PATHS = re.compile(r'["\x00-\x1f\x7f]')
_NOT_ON_WINDOWS = re.compile(r"[<>|?*:]")
_LONGEST_NAME = 255
"""Characters of one name, on both systems."""
_T = TypeVar("_T")


class FolderError(ValueError):
    """What was given is no folder that a draft can lie in; the message says what to give instead."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where the folder will stand, "/" between names. Both empty: not known yet, the app fills them in."""

    folder: str = ""
    root: str = ""


@dataclass(frozen=True, slots=True)
class DraftsRoot:
    """The app's folder of drafts on its user's computer."""

    path: str
    """Absolute, "/" between names; empty when only that computer knows what it stands for, as `~` does."""
    client_os: ClientOs | None
    """The system that writes paths so; None when several do."""

    def holding(self, name: str) -> Destination:
        """Where a draft of that name stands in it."""
        return Destination(f"{self.path.rstrip('/')}/{name}", self.path) if self.path else Destination()


def drafts_root(said: str) -> DraftsRoot:
    r"""Read a path as users copy it: `C:\`, `C:/`, UNC, with the prefix `\\?\`, in quotes, `~`, `%LOCALAPPDATA%`.

    Raises:
        FolderError: it is not absolute, or no system has such a path.
    """
    text = _without_prefix(_bare(said))
    if _NOT_IN_PATHS.search(text):
        raise FolderError(f"{said!r} has characters that paths cannot have")
    if _OF_USER.match(text):
        return DraftsRoot("", "windows" if text.startswith("%") or "\\" in text else None)
    slashed = text.replace("\\", "/")
    if _WINDOWS.match(slashed) and not text.startswith("/\\"):
        return _root(_on_windows(said, slashed), "windows")
    if not text.startswith("/"):
        raise FolderError(f"{said!r} is no absolute path; {_ADVICE}")
    text = re.sub(r"\\([^\w\\/])", r"\1", text)  # as a terminal writes a folder that is dropped on it
    if "\\" in text:
        raise FolderError(f"{said!r} has both / and \\ in it; {_ADVICE}")
    return _root("/" + "/".join(_names(said, text)), "mac")


def _bare(said: str) -> str:
    """A path without the quotes and the unseen marks that are copied along with it."""
    text = re.sub(f"[{_UNSEEN}]", "", said).strip()
    return text.strip(_QUOTES).strip() if text[:1] in tuple(_QUOTES) else text


def _root(path: str, client_os: ClientOs) -> DraftsRoot:
    return DraftsRoot("" if _OF_USER_WITHIN[client_os].search(path) else path, client_os)


def is_of_windows(path: str) -> bool:
    """Whether a path with "/" between names is one of Windows, where case does not matter."""
    return _WINDOWS.match(path) is not None


_ADVICE = "give one, like C:\\Users\\me\\drafts or /Users/me/drafts"


def _without_prefix(text: str) -> str:
    r"""A path without the prefix by which Windows is asked to take long ones: `\\?\C:\a`, `\\?\UNC\nas\a`."""
    found = re.match(r"[\\/]{2}[?.][\\/](UNC[\\/])?", text, re.IGNORECASE)
    return text if found is None else ("\\\\" if found[1] else "") + text[found.end() :]


def _on_windows(said: str, slashed: str) -> str:
    if slashed.startswith("//"):
        start, names = "//", _names(said, slashed)
        if len(names) < 2:
            raise FolderError(f"{said!r} names a computer and no folder that it shares")
    else:
        start, names = f"{slashed[:2]}/", _names(said, slashed[2:])
    names = [name.rstrip(" .") for name in names]  # as Windows reads them
    if not all(names) or any(_NOT_ON_WINDOWS.search(name) for name in names):
        raise FolderError(f"{said!r} has characters that names on Windows cannot have")
    if reserved := next((name for name in names if RESERVED_ON_WINDOWS.match(name)), None):
        raise FolderError(f"{said!r}: {reserved} is a device on Windows and no folder")
    return start + "/".join(names)


def _names(said: str, path: str) -> list[str]:
    names = [name for name in path.split("/") if name not in ("", ".")]
    if ".." in names:
        raise FolderError(f"{said!r} has .. in it; give the path that it means")
    if any(len(name) > _LONGEST_NAME for name in names):
        raise FolderError(f"it has a name longer than the {_LONGEST_NAME} characters that systems bear")
    return names


def declared_for(document: Mapping[str, Any], client_os: ClientOs) -> dict[str, Any]:
    """The timeline as one for that system (draft-format 0.6)."""
    named = {name: document.get(name) for name in ("platform", "last_modified_platform")}
    return {**document, **{name: {**one, "os": client_os} for name, one in named.items() if isinstance(one, dict)}}


def absolute(document: _T, folder: str) -> _T:
    """JSON with `folder` wherever the portable path of the draft's folder is in it, in texts within texts too."""
    if isinstance(document, str):
        return document.replace(PLACEHOLDER, folder)  # type: ignore[return-value]
    if isinstance(document, dict):
        return {name: absolute(value, folder) for name, value in document.items()}  # type: ignore[return-value]
    if isinstance(document, list):
        return [absolute(value, folder) for value in document]  # type: ignore[return-value]
    return document


def registered_at(meta: Mapping[str, Any], folder: str) -> dict[str, Any]:
    """The meta document with the full paths of the media, which are in `folder` (draft-format 4.2)."""
    placed = absolute(dict(meta), folder)
    for entry in _entries(placed):
        if entry["file_Path"].startswith("./"):
            entry["file_Path"] = f"{folder}/{entry['file_Path'][2:]}"
    return placed


def relinked(
    document: dict[str, Any], meta: dict[str, Any], old: str, new: str, style: PathStyle
) -> tuple[dict[str, Any], dict[str, Any], int]:
    """Timeline and meta document of a draft that lay in the folder `old` and lies in `new`; how many paths changed.

    Apps write the paths with either slash. With an empty `old` only portable ones are known to lead into the folder.
    """
    made, listed = (_moved(one, old, new) if old else one for one in (document, meta))
    if style == "absolute":
        made, listed = absolute(made, new), registered_at(listed, new)
    else:
        made = {**made, "materials": {name: _portable(name, found, new) for name, found in made["materials"].items()}}
        for entry in _entries(listed):
            entry["file_Path"] = re.sub(rf"^({re.escape(new)}|{re.escape(PLACEHOLDER)})/", "./", entry["file_Path"])
    if listed:
        root, _, name = new.rpartition("/")
        listed |= {"draft_fold_path": new, "draft_root_path": root or "/", "draft_name": name}
    pairs = zip(media_paths(document), media_paths(made), strict=True)
    return made, listed, sum(before != now for before, now in pairs)


def media_paths(document: Mapping[str, Any]) -> list[Any]:
    """The path of each medium of a timeline."""
    lists = [document["materials"].get(name) for name in ("videos", "audios")]
    return [one.get("path") for found in lists if isinstance(found, list) for one in found if isinstance(one, dict)]


def _portable(name: str, materials: Any, folder: str) -> Any:
    """A list of materials, those of media with the portable path."""
    if name not in ("videos", "audios") or not isinstance(materials, list):
        return materials
    return [
        {**one, "path": PLACEHOLDER + one["path"].removeprefix(folder)}
        if isinstance(one, dict) and str(one.get("path")).startswith(f"{folder}/")
        else one
        for one in materials
    ]


def _moved(document: _T, old: str, new: str) -> _T:
    """JSON with the paths below `old` below `new`, in texts within texts too."""
    if isinstance(document, str):
        return _moved_text(document, old, new)  # type: ignore[return-value]
    if isinstance(document, dict):
        return {name: _moved(value, old, new) for name, value in document.items()}  # type: ignore[return-value]
    if isinstance(document, list):
        return [_moved(value, old, new) for value in document]  # type: ignore[return-value]
    return document


def _moved_text(text: str, old: str, new: str) -> str:
    slashed, inside = text.replace("\\", "/"), f"{old}/"
    ignoring = re.IGNORECASE if is_of_windows(old) else re.RegexFlag(0)
    if re.match(re.escape(inside), slashed, ignoring):
        return f"{new}/{slashed[len(inside) :]}"
    text = re.sub(re.escape(inside), lambda _: f"{new}/", text, flags=ignoring)
    # In JSON within the text each backslash is two; a path ends with its quote there.
    doubled = re.escape(inside.replace("/", r"\\"))
    return re.sub(rf'{doubled}([^"]*)', lambda found: f"{new}/" + found[1].replace(r"\\", "/"), text, flags=ignoring)


def _entries(meta: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The media of a meta document that have a path."""
    groups = meta.get("draft_materials")
    values = [group.get("value") for group in groups if isinstance(group, dict)] if isinstance(groups, list) else []
    found = [entry for value in values if isinstance(value, list) for entry in value if isinstance(entry, dict)]
    return [entry for entry in found if isinstance(entry.get("file_Path"), str)]
