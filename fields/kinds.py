"""What kinds of names are called: by the lists of older clients, and by the catalog. Each takes the other's words.

To add a kind of list: a line in LISTS; its route `get_<kind>_types` follows (`other_names.py`).
"""

from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator

from engine.catalog import KINDS, Kind

ListName = Literal[
    "intro_animation", "outro_animation", "combo_animation", "transition", "mask", "font", "text_intro", "text_outro",
    "text_loop_anim", "video_scene_effect", "video_character_effect", "audio_effect", "filter", "mix_mode",
]  # fmt: skip

LISTS: dict[ListName, Kind] = {
    "intro_animation": "video_intro",
    "outro_animation": "video_outro",
    "combo_animation": "video_combo",
    "transition": "transition",
    "mask": "mask",
    "font": "font",
    "text_intro": "text_intro",
    "text_outro": "text_outro",
    "text_loop_anim": "text_loop",
    "video_scene_effect": "video_scene_effect",
    "video_character_effect": "video_character_effect",
    "filter": "filter",
    "mix_mode": "mix_mode",
}
"""What each list has in it; all but `audio_effect` are names and no more."""

LIST_NAMES: tuple[ListName, ...] = get_args(ListName)
"""All lists that there are."""
SOUND_EFFECTS: tuple[Kind, ...] = ("audio_scene_effect", "audio_tone", "audio_speech_to_song")
"""What is in the list `audio_effect`."""

_LIST_OF: dict[Any, ListName] = {kind: name for name, kind in LISTS.items()} | dict.fromkeys(
    SOUND_EFFECTS, "audio_effect"
)


def _list_of(value: Any) -> Any:
    return _LIST_OF.get(value, value) if isinstance(value, str) and value not in LIST_NAMES else value


def _kind_of(value: Any) -> Any:
    return LISTS.get(value, value) if isinstance(value, str) and value not in KINDS else value  # type: ignore[call-overload]


ListKind = Annotated[ListName, BeforeValidator(_list_of)]
"""A list, also by what the catalog calls what is in it."""
CatalogKind = Annotated[
    Literal[Kind, "audio_effect"],
    BeforeValidator(_kind_of),
]
"""A kind of the catalog, also by the name of its list; `audio_effect` is all kinds of sound effects."""
