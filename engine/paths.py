"""Where a draft folder will stand on its user's computer, and how the apps write that (draft-format 0.1, 4.1).

The system is told by the form of the path, never by that of the server. Apps write "/" between names on all of them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from .lint import PLACEHOLDER

ClientOs = Literal["windows", "mac"]
PathStyle = Literal["portable", "absolute"]

LONGEST_ON_WINDOWS = 259
"""Characters of a path that programs on Windows bear unless they ask for more."""

_WINDOWS = re.compile(r"[A-Za-z]:/|//[^/]")
_OF_USER = re.compile(r"~|%\w+%|\$\{?\w")
_NOT_IN_PATHS = re.compile(r'["\x00-\x1f\x7f]')
_NOT_ON_WINDOWS = re.compile(r"[<>|?*:]")
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
    text = _without_prefix(said.strip().strip('"').strip())
    if _NOT_IN_PATHS.search(text):
        raise FolderError(f"{said!r} has characters that paths cannot have")
    if _OF_USER.match(text):
        return DraftsRoot("", "windows" if text.startswith("%") or "\\" in text else None)
    slashed = text.replace("\\", "/")
    if _WINDOWS.match(slashed) and not text.startswith("/\\"):
        return DraftsRoot(_on_windows(said, slashed), "windows")
    if not text.startswith("/"):
        raise FolderError(f"{said!r} is no absolute path; {_ADVICE}")
    if "\\" in text:
        raise FolderError(f"{said!r} has both / and \\ in it; {_ADVICE}")
    return DraftsRoot("/" + "/".join(_names(said, text)), "mac")


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
    if any(_NOT_ON_WINDOWS.search(name) for name in names):
        raise FolderError(f"{said!r} has characters that names on Windows cannot have")
    return start + "/".join(names)


def _names(said: str, path: str) -> list[str]:
    names = [name for name in path.split("/") if name not in ("", ".")]
    if ".." in names:
        raise FolderError(f"{said!r} has .. in it; give the path that it means")
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
    groups = placed["draft_materials"] if isinstance(placed.get("draft_materials"), list) else []
    values = [group.get("value") for group in groups if isinstance(group, dict)]
    for entry in (entry for value in values if isinstance(value, list) for entry in value):
        path = entry.get("file_Path") if isinstance(entry, dict) else None
        if isinstance(path, str) and path.startswith("./"):
            entry["file_Path"] = f"{folder}/{path[2:]}"
    return placed
