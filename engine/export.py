"""Write a settled draft as the JSON that the apps read. pyJianYingDraft writes segments and materials; this adds what
it lacks: companion materials, track order and flags, ids that stay, fields of the target's own version.

Ids follow from the segments (`ids.py`), so the same draft is written the same way every time.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pyJianYingDraft as jy
from pyJianYingDraft.video_segment import Mask as LibraryMask

from .catalog import App, Kind, Resource, find_resource, get_resource
from .facts import MediaFacts
from .ids import app_style, derived_id, following, next_id
from .names import mask_meta, member
from .profiles import Profile, get_profile
from .script_file import MAIN_TRACK, Script_file
from .segments import (
    Animation,
    AnimationKind,
    AudioSegment,
    EffectSegment,
    Look,
    Mask,
    MediaSegment,
    Segment,
    TextSegment,
    TrackType,
    VideoSegment,
)
from .text import build_text, text_material
from .tracks import Track

PHOTO_DURATION = 10_800_000_000
"""What the apps write as the length of every picture, in microseconds: three hours (draft-format 5.2)."""

_REFERENCES = (
    "speeds", "placeholder_infos", "transitions", "canvases", "beats", "material_animations", "masks", "common_mask",
    "sound_channel_mappings", "material_colors", "vocal_separations",
)  # fmt: skip
"""The order in which the apps list a segment's companions (draft-format 5.1)."""

_FIRST_RENDER_INDEX: dict[TrackType, int] = {"effect": 11_000, "text": 14_000}

_PLAIN: dict[str, Any] = {"source_timerange": None, "speed": 1.0, "volume": 1.0}
"""What segments have in which nothing plays."""

_PRIMARY = {"videos", "audios", "video_effects", "texts"}
"""Lists of what segments show; everything else belongs to a segment as a companion."""

FONTS_OF_DEFAULTS = {"文轩体", "思源粗宋"}
"""Fonts of the contract's defaults: nobody chose them, so a target that lacks them silently gets the system font."""

OTHER_APP: dict[App, App] = {"capcut": "jianying", "jianying": "capcut"}

_MUTED, _HIDDEN = 1, 2
"""Bits of a track's `attribute` (draft-format 5.3)."""

Part = tuple[str, dict[str, Any]]
"""A material and the name of the list it belongs on."""

ANIMATION_KINDS: dict[tuple[TrackType, AnimationKind], Kind] = {
    ("video", "in"): "video_intro",
    ("video", "out"): "video_outro",
    ("video", "group"): "video_combo",
    ("text", "in"): "text_intro",
    ("text", "out"): "text_outro",
    ("text", "loop"): "text_loop",
}


@dataclass(frozen=True, slots=True)
class PlacedMedia:
    """A medium that has its place in the draft folder."""

    facts: MediaFacts
    path: str
    """What the draft calls it by: portable or absolute."""
    name: str
    """File name, shown in the app."""
    local_id: str = ""
    """Id of its entry in draft_materials."""


@dataclass
class Timeline:
    """A timeline document, and what could not be written as asked."""

    document: dict[str, Any]
    warnings: list[str] = field(default_factory=list)


def write_timeline(
    script: Script_file, media: Mapping[str, PlacedMedia], *, target: str | None = None, identity: str = ""
) -> Timeline:
    """Write `script`, which must be settled, for its target or for `target`.

    Args:
        media: by URL. A clip of any other URL is written with what its caller said of it and the URL as its path.
        identity: what the id of the document follows from; the draft when empty.

    Raises:
        UnknownNameError: the target's app has no resource of a name that the draft uses.
    """
    profile = get_profile(target or script.target)
    writer = _Writer(script, profile, media)
    document: dict[str, Any] = profile.skeleton("timeline")
    document["id"] = app_style(derived_id(identity or script.draft_id, "timeline"))
    document["fps"] = float(script.rate)
    document["canvas_config"].update(width=script.width, height=script.height)
    document["tracks"] = writer.tracks()
    document["materials"].update(writer.materials)
    document["duration"] = script.duration
    return Timeline(document, list(dict.fromkeys(writer.warnings)))


class _VideoMaterial(jy.VideoMaterial):  # type: ignore[misc]
    """The library's material without a look at a local file."""

    def __init__(self, placed: PlacedMedia):
        facts = placed.facts
        self.material_id = next_id()
        self.local_material_id = placed.local_id if facts.kind == "video" else ""
        self.material_name, self.path = placed.name, placed.path
        self.duration = facts.duration if facts.kind == "video" else PHOTO_DURATION
        self.width, self.height = facts.width, facts.height
        self.material_type = facts.kind
        self.crop_settings = jy.CropSettings()

    def __deepcopy__(self, memo: Any) -> "_VideoMaterial":
        return self


class _AudioMaterial(jy.AudioMaterial):  # type: ignore[misc]
    """The library's material without a look at a local file."""

    def __init__(self, placed: PlacedMedia):
        self.material_id = next_id()
        self.material_name, self.path = placed.name, placed.path
        self.duration = placed.facts.duration

    def __deepcopy__(self, memo: Any) -> "_AudioMaterial":
        return self


class _Writer:
    def __init__(self, script: Script_file, profile: Profile, media: Mapping[str, PlacedMedia]):
        self.script, self.profile, self.media = script, profile, media
        self.materials: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.warnings: list[str] = []
        self._counted: Counter[str] = Counter()

    # ---- tracks

    def tracks(self) -> list[dict[str, Any]]:
        layers = self.script.layers()
        if not any(track.type == "video" for track in layers):
            # The apps always have a main video track (draft-format 5.3); its id follows from its name.
            layers.insert(0, Track("" if MAIN_TRACK in self.script.tracks else MAIN_TRACK, "video"))
        return [self.track(index, track) for index, track in enumerate(layers)]

    def track(self, index: int, track: Track) -> dict[str, Any]:
        return {
            "attribute": _attribute(track),
            "flag": _flag(index, track),
            "id": derived_id(self.script.draft_id, "track", track.name),
            "is_default_name": False,
            "name": track.name,
            "segments": [self.segment(index, segment, _attribute(track)) for segment in track.segments],
            "type": track.type,
        }

    def segment(self, index: int, segment: Segment, attribute: int) -> dict[str, Any]:
        with following(segment.id):
            built, parts = self.build(segment, on_main_track=index == 0)
            have = {name for name, _ in parts}
            lacking = [name for name in self.profile.companions[segment.track_type] if name not in have]
            parts += [(name, {"id": next_id()}) for name in lacking]
        return {
            **self.profile.segment_defaults,
            **_PLAIN,
            **built.export_json(),
            "id": segment.id,
            "extra_material_refs": self.write(parts),
            "render_index": self.render_index(index, segment),
            "track_attribute": attribute,
            "track_render_index": index,
        }

    def write(self, parts: list[Part]) -> list[str]:
        """Put each part on its list with the fields it lacks; answer the references to the companions among them.

        The references are read off what was written, so none can dangle.
        """
        for name, material in parts:
            self.materials[name].append(self.profile.material_defaults.get(name, {}) | material)
        companions = sorted((part for part in parts if part[0] not in _PRIMARY), key=_reference_order)
        return list(dict.fromkeys(material["id"] for _, material in companions))

    def render_index(self, index: int, segment: Segment) -> int:
        """As the apps count: pictures by their track, sound 0, effects and texts one by one (draft-format 5.3)."""
        if segment.track_type in _FIRST_RENDER_INDEX:
            self._counted[segment.track_type] += 1
            return _FIRST_RENDER_INDEX[segment.track_type] + self._counted[segment.track_type] - 1
        return index if isinstance(segment, VideoSegment) else 0

    # ---- segments

    def build(self, segment: Segment, on_main_track: bool) -> tuple[Any, list[Part]]:
        """The library's segment and its parts, the material it shows first."""
        if isinstance(segment, VideoSegment):
            return self.video(segment, on_main_track)
        if isinstance(segment, AudioSegment):
            return self.audio(segment)
        if isinstance(segment, EffectSegment):
            return self.effect(segment)
        assert isinstance(segment, TextSegment)
        return self.text(segment)

    def video(self, segment: VideoSegment, on_main_track: bool) -> tuple[Any, list[Part]]:
        placed = self.placed(segment)
        if segment.background_blur is not None and not on_main_track:
            self.warnings.append(f"segment {segment.id}: background_blur shows on the main video track only")
        material = _VideoMaterial(placed)
        built = jy.VideoSegment(material, **_ranges(segment, placed.facts), clip_settings=_clip(segment.look))
        built.speed.speed, built.volume = segment.speed, segment.volume
        built.uniform_scale = segment.look.scale_x == segment.look.scale_y
        shown = material.export_json() | {"has_audio": placed.facts.has_audio}
        parts: list[Part] = [("videos", shown), ("speeds", built.speed.export_json())]
        parts += self.animations(segment.animations, built, "video")
        if segment.mask:
            parts += self.mask(segment.mask, placed.facts)
        if segment.transition:
            resource = get_resource(self.profile.app, "transition", segment.transition.name)
            built.add_transition(member("transition", resource), duration=segment.transition.duration)
            parts.append(("transitions", built.transition.export_json()))
        if segment.background_blur is not None:
            built.add_background_filling("blur", segment.background_blur)
            parts.append(("canvases", built.background_filling.export_json()))
        return built, parts

    def mask(self, mask: Mask, facts: MediaFacts) -> list[Part]:
        """The mask on each list this target reads; in the app its measures are relative to the medium."""
        resource = get_resource(self.profile.app, "mask", mask.name)
        meta = mask_meta(resource)
        width, height = facts.width or self.script.width, facts.height or self.script.height
        is_rectangle = resource.resource_type == "rectangle"
        written = LibraryMask(
            meta,
            mask.center_x / (self.script.width / 2),
            mask.center_y / (self.script.height / 2),
            (mask.rect_width or mask.size) if is_rectangle else mask.size * height * meta.default_aspect_ratio / width,
            mask.size,
            meta.default_aspect_ratio,
            mask.rotation,
            mask.invert,
            mask.feather / 100,
            (mask.round_corner or 0) / 100,
        )
        shapes = {"masks": written.export_json(), "common_mask": written.export_common_json()}
        return [(name, shapes[name]) for name in self.profile.mask_lists]

    def audio(self, segment: AudioSegment) -> tuple[Any, list[Part]]:
        placed = self.placed(segment)
        material = _AudioMaterial(placed)
        built = jy.AudioSegment(material, **_ranges(segment, placed.facts), volume=segment.volume)
        built.speed.speed = segment.speed
        heard = material.export_json() | {"local_material_id": placed.local_id}
        parts: list[Part] = [("audios", heard), ("speeds", built.speed.export_json())]
        if segment.effect:
            resource = get_resource(self.profile.app, segment.effect.kind, segment.effect.name)
            built.add_effect(member(segment.effect.kind, resource), list(segment.effect.params))
            parts.append(("audio_effects", built.effects[0].export_json()))
        return built, parts

    def effect(self, segment: EffectSegment) -> tuple[Any, list[Part]]:
        kind, timeline = segment.effect.kind, jy.Timerange(segment.start, segment.duration)
        resource = get_resource(self.profile.app, kind, segment.effect.name)
        built = jy.EffectSegment(member(kind, resource), timeline, list(segment.effect.params))
        return built, [("video_effects", built.effect_inst.export_json())]

    def text(self, segment: TextSegment) -> tuple[Any, list[Part]]:
        fonts = self.fonts(segment)
        built = build_text(segment, fonts)
        built.clip_settings = _clip(segment.look)
        built.uniform_scale = segment.look.scale_x == segment.look.scale_y
        parts: list[Part] = [("texts", text_material(segment, built, fonts))]
        parts += self.animations(segment.animations, built, "text")
        parts += [("effects", part.export_json()) for part in (built.bubble, built.effect) if part]
        return built, parts

    def animations(self, animations: tuple[Animation, ...], built: Any, where: TrackType) -> list[Part]:
        """Add the animations, none longer than what the segment leaves for it."""
        room = built.duration
        for animation in animations:
            is_loop = animation.kind == "loop"
            length = self.animation(animation, built, where, built.duration if is_loop else room)
            if is_loop:
                # The library lets it fill what is left; the apps write one round from 0 on (draft-format 5.7).
                added = built.animations_instance.animations[-1]
                added.start, added.duration = 0, length
            else:
                room -= length
        instance = built.animations_instance
        return [("material_animations", instance.export_json())] if instance else []

    def animation(self, animation: Animation, built: Any, where: TrackType, room: int) -> int:
        """Add one, if there is room for it; answers how long it is."""
        kind = ANIMATION_KINDS[where, animation.kind]
        resource = get_resource(self.profile.app, kind, animation.name)
        wanted = animation.duration or resource.duration_us or room
        length = min(wanted, room)
        if length < wanted and (animation.duration or animation.kind != "loop"):
            self.warnings.append(f"animation {animation.name!r} is shortened: its segment has no room for it")
        if length > 0:
            built.add_animation(member(kind, resource), length)
        return length

    # ---- what segments refer to

    def placed(self, segment: MediaSegment) -> PlacedMedia:
        """Its medium; as long as there is none that fits, one just long enough and as large as the canvas."""
        media = segment.media
        placed = self.media.get(media.url)
        if placed and _shows(segment, placed.facts):
            return placed
        assert segment.duration is not None, "the draft is settled"
        duration = segment.source_start + segment.source_duration(segment.duration)
        facts = MediaFacts(media.kind, "", max(media.duration or 0, duration), self.script.width, self.script.height)
        return PlacedMedia(facts, media.url, media.url.rsplit("/", 1)[-1])

    def fonts(self, segment: TextSegment) -> dict[str, Resource]:
        """The fonts of a text by name: of this target's app, else of the other, whose id may mean nothing here."""
        found: dict[str, Resource] = {}
        for name in {style.font for style in (segment.style, *(run.style for run in segment.runs)) if style.font}:
            own = find_resource(self.profile.app, "font", name)
            resource = own or find_resource(OTHER_APP[self.profile.app], "font", name)
            if not resource or (not own and name in FONTS_OF_DEFAULTS):
                continue
            found[name] = resource
            if not own:
                self.warnings.append(f"font {name!r} is not one of {self.profile.title}'s; it may show another")
        return found


def _flag(index: int, track: Track) -> int:
    """2: overlay video; 1: a text track with captions (draft-format 5.3)."""
    if track.type == "video":
        return 2 if index else 0
    return int(any(isinstance(segment, TextSegment) and segment.wraps for segment in track.segments))


def _attribute(track: Track) -> int:
    """What the apps keep of a track's switches, on the track and on each of its segments (draft-format 5.3)."""
    return _MUTED * track.muted + _HIDDEN * track.hidden


def _shows(segment: MediaSegment, facts: MediaFacts) -> bool:
    if isinstance(segment, VideoSegment) and facts.kind in ("photo", "gif"):
        return True
    has_it = facts.has_audio if isinstance(segment, AudioSegment) else facts.kind == "video"
    assert segment.duration is not None, "the draft is settled"
    return has_it and segment.source_start + segment.source_duration(segment.duration) <= facts.duration + 1


def _ranges(segment: MediaSegment, facts: MediaFacts) -> dict[str, Any]:
    """Where it stands and what of its medium it shows, never past the end of that (draft-format 5.2)."""
    assert segment.duration is not None, "the draft is settled"
    wanted = segment.source_duration(segment.duration)
    within = wanted if facts.kind in ("photo", "gif") else min(wanted, facts.duration - segment.source_start)
    return {
        "target_timerange": jy.Timerange(segment.start, segment.duration),
        "source_timerange": jy.Timerange(segment.source_start, within),
    }


def _clip(look: Look) -> Any:
    return jy.ClipSettings(
        alpha=look.alpha,
        rotation=look.rotation,
        scale_x=look.scale_x,
        scale_y=look.scale_y,
        transform_x=look.transform_x,
        transform_y=look.transform_y,
    )


def _reference_order(part: Part) -> int:
    return _REFERENCES.index(part[0]) if part[0] in _REFERENCES else len(_REFERENCES)
