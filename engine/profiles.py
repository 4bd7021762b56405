"""What the apps differ in, as data. Nothing else in the service asks which app a draft is for.

To add a target: a folder in template/ (see its README) and one entry in PROFILES.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson

from errors import InvalidRequestError

from .catalog import App

TEMPLATES = Path(__file__).parent.parent / "template"

_VIDEO = ("canvases", "sound_channel_mappings", "vocal_separations")
_AUDIO = ("beats", "sound_channel_mappings", "vocal_separations")
_TEXT = ("material_animations",)


@dataclass(frozen=True)
class Profile:
    """A target: one app from one version on."""

    name: str
    app: App
    """Whose catalog names and ids its drafts use."""
    title: str
    """What to call it in messages."""
    companions: Mapping[str, tuple[str, ...]]
    """Lists of materials in which each segment of a track type has one of its own (draft-format 5.1); else none."""
    mask_lists: tuple[str, ...]
    """Lists of materials that this app reads masks from (draft-format 5.8)."""

    timeline_files = ("draft_content.json", "draft_info.json", "template-2.tmp")
    """File names of the timeline. Windows reads the first, macOS the second, CapCut 8.7 the third before the first;
    all three with the same bytes are accepted everywhere (draft-format 0.4)."""

    def skeleton(self, part: str) -> Any:
        """A fresh copy of one file of this target's folder in template/."""
        return orjson.loads(self._raw[part])

    @cached_property
    def segment_defaults(self) -> dict[str, Any]:
        """Fields that every segment has. Not to be changed."""
        return dict(self.skeleton("segment"))

    @cached_property
    def material_defaults(self) -> dict[str, dict[str, Any]]:
        """Fields that every material has, by the name of its list. Not to be changed."""
        return dict(self.skeleton("materials"))

    @cached_property
    def _raw(self) -> dict[str, bytes]:
        return {path.stem: path.read_bytes() for path in (TEMPLATES / self.name).glob("*.json")}


PROFILES = {
    profile.name: profile
    for profile in (
        Profile(
            name="capcut",
            app="capcut",
            title="CapCut",
            # placeholder_infos since 5.8, material_colors since 6.9
            companions={
                "video": (*_VIDEO, "placeholder_infos", "material_colors"),
                "audio": (*_AUDIO, "placeholder_infos"),
                "text": _TEXT,
            },
            mask_lists=("common_mask",),
        ),
        Profile(
            name="capcut_legacy",
            app="capcut",
            title="CapCut 6",
            companions={
                "video": (*_VIDEO, "placeholder_infos"),
                "audio": (*_AUDIO, "placeholder_infos"),
                "text": _TEXT,
            },
            mask_lists=("common_mask",),
        ),
        Profile(
            name="jianying_5_9",
            app="jianying",
            title="JianYing 5.9",
            companions={"video": _VIDEO, "audio": _AUDIO, "text": _TEXT},
            mask_lists=("masks",),
        ),
        Profile(
            name="jianying_10",
            app="jianying",
            title="JianYing",
            # It declares 6.0.1, which reads `masks`; newer apps that open it read `common_mask`.
            companions={"video": _VIDEO, "audio": _AUDIO, "text": _TEXT},
            mask_lists=("masks", "common_mask"),
        ),
    )
}


def get_profile(name: str) -> Profile:
    """The target of that name.

    Raises:
        InvalidRequestError: there is none.
    """
    try:
        return PROFILES[name]
    except KeyError:
        known = ", ".join(PROFILES)
        raise InvalidRequestError.about("target", f"unknown target {name!r}; known: {known}") from None
