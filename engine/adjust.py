"""Colour adjustments: which there are, and how the apps write them (draft-format 5.11).

To add one: a line in SLIDERS and a field of the same name in `fields/adjust.py`.
"""

from dataclasses import dataclass
from typing import Any

from .catalog import App

Adjustments = tuple[tuple[str, float], ...]
"""Names of sliders with their values from -100 to 100; one of 0 is not there."""


@dataclass(frozen=True, slots=True)
class Slider:
    """A slider of the app's panel."""

    type: str
    """What the apps call it."""
    version: str
    """The kind of it that newer apps use."""
    bundle: str = "combine_adjust"
    """JianYing: the folder that does it."""


SLIDERS = {
    "brightness": Slider("brightness", "v2"),
    "contrast": Slider("contrast", "v3"),
    "saturation": Slider("saturation", "v1"),
    "temperature": Slider("temperature", "v3"),
    "tint": Slider("tone", "v3"),
    "highlight": Slider("highlight", "v3"),
    "shadow": Slider("shadow", "v3"),
    "white": Slider("white", ""),
    "black": Slider("black", ""),
    "brilliance": Slider("light_sensation", ""),
    "sharpen": Slider("sharpen", "v1", "sharpen_v1"),
    "clarity": Slider("clear", "", "clear"),
    "vignette": Slider("vignetting", "v1"),
}

_RESOURCE = "7501974767453474064"
"""What CapCut's store knows its adjustments by."""
_BUNDLES = "/Applications/VideoFusion-macOS.app/Contents/Resources/DefaultAdjustBundle"
"""Where JianYing on a Mac has its own; on Windows that depends on version and disk."""


def adjustment(app: App, name: str, value: float) -> dict[str, Any]:
    """What `materials.effects` holds for a slider, but for its id."""
    slider = SLIDERS[name]
    resource = _RESOURCE if app == "capcut" else ""
    return {
        "adjust_params": [],
        "algorithm_artifact_path": "",
        "apply_target_type": 0,
        "bloom_params": None,
        "category_id": "",
        "category_name": "",
        "color_match_info": {"source_feature_path": "", "target_feature_path": "", "target_image_path": ""},
        "effect_id": resource,
        "enable_skin_tone_correction": False,
        "exclusion_group": [],
        "face_adjust_params": [],
        "formula_id": "",
        "intensity_key": "",
        "multi_language_current": "",
        "name": "",
        "panel_id": "",
        "path": "" if app == "capcut" else f"{_BUNDLES}/{slider.bundle}",
        "platform": "all",
        "request_id": "",
        "resource_id": resource,
        "source_platform": int(app == "capcut"),
        "sub_type": "none",
        "time_range": None,
        "type": slider.type,
        "value": value / 100,
        "version": slider.version,
    }
