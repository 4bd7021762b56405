"""Catalog resources as the enum members that pyJianYingDraft's methods take.

The library wants members of its own enums, which list what JianYing had when it was released. A member made here is
not listed in any, but passes its `isinstance` tests and carries the resource as its value.
"""

from enum import Enum
from typing import Any

import pyJianYingDraft as jy
from pyJianYingDraft.metadata.effect_meta import AnimationMeta, EffectMeta, EffectParam, MaskMeta, TransitionMeta

from .catalog import Resource
from .time import seconds

_ENUMS: dict[str, type[Enum]] = {
    "transition": jy.TransitionType,
    "font": jy.FontType,
    "filter": jy.FilterType,
    "mix_mode": jy.MixModeType,
    "video_scene_effect": jy.VideoSceneEffectType,
    "video_character_effect": jy.VideoCharacterEffectType,
    "video_intro": jy.IntroType,
    "video_outro": jy.OutroType,
    "video_combo": jy.GroupAnimationType,
    "text_intro": jy.TextIntro,
    "text_outro": jy.TextOutro,
    "text_loop": jy.TextLoopAnim,
    "audio_scene_effect": jy.AudioSceneEffectType,
    "audio_tone": jy.ToneEffectType,
    "audio_speech_to_song": jy.SpeechToSongType,
}


def member(kind: str, resource: Resource) -> Any:
    """`resource` as a member of the library's enum for `kind`."""
    enum = _ENUMS[kind]
    made: Any = object.__new__(enum)
    made._name_, made._value_ = resource.name, _meta(kind, resource)
    return made


_ANIMATIONS = {"video_intro", "video_outro", "video_combo", "text_intro", "text_outro", "text_loop"}


def mask_meta(resource: Resource) -> Any:
    """`resource` as what the library's `Mask` takes."""
    return MaskMeta(
        resource.title,
        resource.resource_type,
        resource.resource_id,
        resource.effect_id,
        resource.md5,
        resource.default_aspect_ratio,
    )


def _meta(kind: str, resource: Resource) -> Any:
    common = (resource.resource_id, resource.effect_id, resource.md5)
    if kind == "transition":
        default = seconds(resource.default_duration_us)
        return TransitionMeta(resource.title, resource.is_vip, *common, default, resource.is_overlap)
    if kind in _ANIMATIONS:
        return AnimationMeta(resource.title, resource.is_vip, seconds(resource.duration_us), *common)
    params = [EffectParam(param.name, param.default, param.min, param.max) for param in resource.params]
    return EffectMeta(resource.title, resource.is_vip, *common, params)
