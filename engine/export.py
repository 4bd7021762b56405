"""Write a settled draft as the JSON that the apps read. pyJianYingDraft writes segments and materials; this adds what
it lacks: companion materials, track order and flags, ids that stay, fields of the target's own version.

Ids follow from the segments (`ids.py`), so the same draft is written the same way every time.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby, pairwise
from operator import attrgetter
from types import MappingProxyType
from typing import Any

import pyJianYingDraft as jy
from pyJianYingDraft.video_segment import Mask as LibraryMask
from pyJianYingDraft.video_segment import Transition as LibraryTransition

from util import as_json

from .adjust import Adjustments, adjustment
from .catalog import App, Kind, Resource, find_resource, get_resource
from .curves import SpeedCurve
from .facts import MediaFacts
from .ids import app_style, derived_id, following, next_id
from .imported import Base, ImportedSegment, ImportedTrack, Material, add, whole
from .imported_edits import apart
from .keyframes import Keyframe, Property, in_order, scaled, within
from .mending import mend
from .names import mask_meta, member
from .notes import Notes
from .profiles import Profile, get_profile
from .script_file import MAIN_TRACK, Script_file
from .segments import (
    NATURAL,
    AdjustSegment,
    Animation,
    AnimationKind,
    AudioSegment,
    Crop,
    EffectSegment,
    FilterSegment,
    Finish,
    Look,
    Mask,
    Media,
    MediaSegment,
    Segment,
    StickerSegment,
    TextSegment,
    TrackType,
    VideoSegment,
)
from .text import Fonts, build_text, text_material
from .time import seconds
from .tracks import Track

PHOTO_DURATION = 10_800_000_000
"""What the apps write as the length of every picture, in microseconds: three hours (draft-format 5.2)."""

_REFERENCES = (
    "speeds", "placeholder_infos", "transitions", "canvases", "audio_fades", "beats", "material_animations", "masks",
    "common_mask", "chromas", "effects", "video_effects", "sound_channel_mappings", "material_colors",
    "vocal_separations",
)  # fmt: skip
"""The order in which the apps list a segment's companions (draft-format 5.1)."""

_FIRST_RENDER_INDEX: dict[str, int] = {"filter": 10_000, "effect": 11_000, "sticker": 14_000, "text": 14_000}

_PLAIN: dict[str, Any] = {"source_timerange": None, "speed": 1.0, "volume": 1.0}
"""What segments have in which nothing plays."""

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
    script: Script_file,
    media: Mapping[str, PlacedMedia],
    *,
    fonts: Mapping[str, str] = MappingProxyType({}),
    target: str | None = None,
    identity: str = "",
    blank: dict[str, Any] | None = None,
) -> Timeline:
    """Write `script`, which must be settled, for its target or for `target`.

    Args:
        media: by URL. A clip of any other URL is written with what its caller said of it and the URL as its path.
        fonts: paths of font files by URL. Texts that are to be in any other file are in the font of their name.
        identity: what the id of the document follows from; the draft when empty.
        blank: the document to begin with instead of the target's own; it is changed.

    Raises:
        UnknownNameError: the target's app has no resource of a name that the draft uses.
    """
    profile = get_profile(target or script.target)
    writer = _Writer(script, profile, media, fonts)
    if script.base:
        return Timeline(writer.imported(script.base), writer.notes.lines())
    document: dict[str, Any] = profile.skeleton("timeline") if blank is None else blank
    document["id"] = app_style(derived_id(identity or script.draft_id, "timeline"))
    document["fps"] = float(script.rate)
    document["canvas_config"].update(width=script.width, height=script.height)
    document["tracks"] = writer.tracks()
    document["materials"].update(writer.materials)
    document["duration"] = script.duration
    return Timeline(document, writer.notes.lines())


class _VideoMaterial(jy.VideoMaterial):  # type: ignore[misc]
    """The library's material without a look at a local file."""

    def __init__(self, placed: PlacedMedia, crop: Crop | None):
        facts = placed.facts
        self.material_id = next_id()
        self.local_material_id = placed.local_id if facts.kind == "video" else ""
        self.material_name, self.path = placed.name, placed.path
        self.duration = facts.duration if facts.kind == "video" else PHOTO_DURATION
        self.width, self.height = facts.width, facts.height
        self.material_type = facts.kind
        self.crop_settings = _corners(crop) if crop else jy.CropSettings()

    def __deepcopy__(self, memo: Any) -> "_VideoMaterial":
        return self


def _corners(crop: Crop) -> Any:
    """What is left, by its corners; from the top left, as fractions."""
    right, bottom = 1 - crop.right, 1 - crop.bottom
    return jy.CropSettings(
        upper_left_x=crop.left,
        upper_left_y=crop.top,
        upper_right_x=right,
        upper_right_y=crop.top,
        lower_left_x=crop.left,
        lower_left_y=bottom,
        lower_right_x=right,
        lower_right_y=bottom,
    )


class _AudioMaterial(jy.AudioMaterial):  # type: ignore[misc]
    """The library's material without a look at a local file."""

    def __init__(self, placed: PlacedMedia):
        self.material_id = next_id()
        self.material_name, self.path = placed.name, placed.path
        self.duration = placed.facts.duration

    def __deepcopy__(self, memo: Any) -> "_AudioMaterial":
        return self


class _Writer:
    def __init__(
        self, script: Script_file, profile: Profile, media: Mapping[str, PlacedMedia], fonts: Mapping[str, str]
    ):
        self.script, self.profile, self.media, self.font_files = script, profile, media, fonts
        self.materials: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.notes = Notes()
        self.parts: list[Material] = []
        self.apart: dict[str, ImportedSegment] = {}
        self._counted: Counter[int] = Counter()

    # ---- what was imported

    def imported(self, base: Base) -> dict[str, Any]:
        """The document that was imported, with what has changed."""
        script, document = self.script, base.document()
        self._count_on()
        found = (self.with_medium(one) for _, one in script.segments() if isinstance(one, ImportedSegment))
        self.apart = {one.id: one for one in apart(found)}
        if (script.width, script.height) != (base.width, base.height):
            canvas = document.get("canvas_config")
            size = {"width": script.width, "height": script.height}
            document["canvas_config"] = (canvas if isinstance(canvas, dict) else {}) | size
        if script.rate != base.rate:
            document["fps"] = float(script.rate)
        if self.has_new_gaps(document.get("config")):
            document["config"] = document["config"] | {"maintrack_adsorb": False}
        document["tracks"] = self.tracks()
        if script.duration != base.duration:
            document["duration"] = script.duration
        others = [as_json({name: value for name, value in document.items() if name != "tracks"})]
        document["materials"] = base.left(self.parts, others)
        for name, materials in self.materials.items():
            for material in materials:
                add(document["materials"], name, material)
        self.mend(document, base)
        return document

    def mend(self, document: dict[str, Any], base: Base) -> None:
        """Keep the rules that the draft is to keep."""
        rules, folder = self.script.mends, base.folder
        if rules:
            identity = "" if folder.has_timelines else self.script.draft_id
            placed = {one.path: one.local_id for one in self.media.values()}
            mend(document, rules, folder.meta_document(), self.profile, identity, placed)

    def has_new_gaps(self, config: Any) -> bool:
        """Whether edits have made gaps of the main track, which the app is set to close (draft-format 5.2)."""
        main, closes = self.script.main_track, isinstance(config, dict) and config.get("maintrack_adsorb")
        if self.script.version == 1 or main is None or not closes:
            return False
        ends = [0, *(one.end for one in main.segments)]
        return any(end is not None and end < one.start for end, one in zip(ends, main.segments, strict=False))

    def _count_on(self) -> None:
        """Let render indexes of new segments go on from those that were imported."""
        for _, segment in self.script.segments():
            first = _FIRST_RENDER_INDEX.get(segment.track_type)
            if first and isinstance(segment, ImportedSegment):
                index = segment.document().get("render_index")
                if isinstance(index, int) and index >= first:
                    self._counted[first] = max(self._counted[first], index - first + 1)

    def imported_track(self, index: int, track: Track, source: ImportedTrack) -> dict[str, Any]:
        """The track as it was, with what has changed."""
        written: dict[str, Any] = json.loads(source.raw)
        attribute = source.attribute & ~(_MUTED | _HIDDEN) | _attribute(track)
        if attribute != source.attribute:
            written["attribute"] = attribute
        is_main = track is self.script.main_track
        if is_main != source.is_main and track.type == "video":
            written["flag"] = 0 if is_main else 2
        if track.segments or "segments" in written:
            own = {identifier for identifier, _ in source.order}
            written["segments"] = [
                self.segment(index, one, attribute, source if one.id in own else None)
                for one in _as_in_file(track, source)
            ]
        return written

    def imported_segment(
        self, index: int, segment: ImportedSegment, attribute: int, source: ImportedTrack | None
    ) -> dict[str, Any]:
        """The segment as it was, with what has changed; `source` is the track it came with, if it is still on that."""
        segment = self.apart[segment.id]
        self.parts += segment.parts
        written = segment.document()
        self.add_looks(segment, written)
        layer = written.get("track_render_index", 0)
        if layer != index and (source is None or layer == source.index):
            written["track_render_index"] = index
        if attribute != (source.attribute if source else written.get("track_attribute", 0)):
            written["track_attribute"] = attribute
        return written

    def with_medium(self, segment: ImportedSegment) -> ImportedSegment:
        """The segment showing another medium, if it is to."""
        media, shown = segment.media, segment.shown
        if media is None or shown is None:
            return segment
        placed = self.media.get(media.url) or _unknown(segment, media, shown)
        return segment.with_([part.with_(**_medium(part, placed)) if part is shown else part for part in segment.parts])

    def add_looks(self, segment: ImportedSegment, written: dict[str, Any]) -> None:
        """The mask and the transition that it got here."""
        shown, parts = segment.shown, []
        with following(derived_id(segment.id, "looks")):
            if segment.mask and shown:
                parts += self.mask(segment.mask, _size(shown))
            if segment.transition:
                chosen = self.member("transition", segment.transition.name)
                parts.append(("transitions", LibraryTransition(chosen, segment.transition.duration).export_json()))
        if parts:
            added = self.write_companions(parts)
            written["extra_material_refs"] = [*(written.get("extra_material_refs") or []), *added]

    # ---- tracks

    def tracks(self) -> list[dict[str, Any]]:
        layers = self.script.layers()
        base = self.script.base
        as_it_was = base is not None and not base.has_main and all(track.source for track in layers)
        if not as_it_was and not any(track.type == "video" for track in layers):
            # The apps always have a main video track (draft-format 5.3); its id follows from its name.
            layers.insert(0, Track("" if MAIN_TRACK in self.script.tracks else MAIN_TRACK, "video"))
        return [self.track(index, track) for index, track in enumerate(layers)]

    def track(self, index: int, track: Track) -> dict[str, Any]:
        if track.source:
            return self.imported_track(index, track, track.source)
        return {
            "attribute": _attribute(track),
            "flag": _flag(index, track),
            "id": derived_id(self.script.draft_id, "track", track.name),
            "is_default_name": False,
            "name": track.name,
            "segments": [self.segment(index, segment, _attribute(track)) for segment in track.segments],
            "type": track.type,
        }

    def segment(
        self, index: int, segment: Segment, attribute: int, source: ImportedTrack | None = None
    ) -> dict[str, Any]:
        if isinstance(segment, ImportedSegment):
            return self.imported_segment(index, segment, attribute, source)
        with following(segment.id):
            if isinstance(segment, VideoSegment):
                segment = self.fitted(segment)
            built, parts = self.build(segment, on_main_track=index == 0)
            have = {name for name, _ in parts}
            lacking = [name for name in self.profile.companions.get(segment.track_type, ()) if name not in have]
            parts += [(name, {"id": next_id()}) for name in lacking]
            keyframes = _keyframes(segment)
        return {
            **self.profile.segment_defaults,
            **_PLAIN,
            **built.export_json(),
            "id": segment.id,
            "common_keyframes": keyframes,
            "extra_material_refs": self.write(parts),
            "render_index": self.render_index(index, segment),
            "track_attribute": attribute,
            "track_render_index": index,
        }

    def write(self, parts: list[Part]) -> list[str]:
        """Put each part on its list with the fields it lacks; answer the references to all but the first.

        The references are read off what was written, so none can dangle.
        """
        self.write_companions(parts[:1])
        return self.write_companions(parts[1:])

    def write_companions(self, parts: list[Part]) -> list[str]:
        """Put each part on its list with the fields it lacks; answer the references to all."""
        for name, material in parts:
            self.materials[name].append(self.profile.material_defaults.get(name, {}) | material)
        companions = sorted(parts, key=_reference_order)
        return list(dict.fromkeys(material["id"] for _, material in companions))

    def render_index(self, index: int, segment: Segment) -> int:
        """As the apps count: pictures by their track, sound 0, the others one by one; stickers and texts in one row
        (draft-format 5.3)."""
        first = _FIRST_RENDER_INDEX.get(segment.track_type)
        if first:
            self._counted[first] += 1
            return first + self._counted[first] - 1
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
        if isinstance(segment, FilterSegment):
            return self.filter(segment)
        if isinstance(segment, AdjustSegment):
            return self.adjust(segment)
        if isinstance(segment, StickerSegment):
            return self.sticker(segment)
        assert isinstance(segment, TextSegment)
        return self.text(segment)

    def video(self, segment: VideoSegment, on_main_track: bool) -> tuple[Any, list[Part]]:
        placed = self.placed(segment)
        material = _VideoMaterial(placed, segment.finish.crop)
        built = jy.VideoSegment(material, **_ranges(segment, placed.facts), clip_settings=_clip(segment.look))
        built.uniform_scale = _scales_alike(segment, segment.look)
        shown = material.export_json() | {"has_audio": placed.facts.has_audio}
        parts: list[Part] = [("videos", shown), *_played(segment, built, segment.curve)]
        parts += self.animations(segment, built)
        parts += self.finish(segment.finish, built)
        parts += self.background(segment, built, on_main_track)
        if segment.mask:
            parts += self.mask(segment.mask, placed.facts)
        if segment.transition:
            chosen = self.member("transition", segment.transition.name)
            built.add_transition(chosen, duration=segment.transition.duration)
            parts.append(("transitions", built.transition.export_json()))
        return built, parts

    def fitted(self, segment: VideoSegment) -> VideoSegment:
        """Scaled so that what the crop leaves takes the canvas as asked; the apps do `contain` themselves."""
        fit, crop, facts = segment.finish.fit, segment.finish.crop or Crop(0, 0, 0, 0), self.placed(segment).facts
        if fit == "contain" or not (facts.width and facts.height):
            return segment
        wide = self.script.width / (facts.width * (1 - crop.left - crop.right))
        high = self.script.height / (facts.height * (1 - crop.top - crop.bottom))
        contained = min(wide, high)
        x, y = (wide / contained, high / contained) if fit == "stretch" else (max(wide, high) / contained,) * 2
        look = replace(segment.look, scale_x=segment.look.scale_x * x, scale_y=segment.look.scale_y * y)
        return replace(segment, look=look, keyframes=scaled(segment.keyframes, x, y))

    def finish(self, finish: Finish, built: Any) -> list[Part]:
        """What is done to the picture itself; filters and mix modes stand on one list (draft-format 5.7)."""
        if finish is NATURAL:
            return []
        for effect in finish.effects:
            built.add_effect(self.member(effect.kind, effect.name), list(effect.params))
        if finish.filter:
            built.add_filter(self.member("filter", finish.filter.name), finish.filter.intensity)
        if finish.mix_mode:
            built.set_mix_mode(self.member("mix_mode", finish.mix_mode))
        if finish.chroma_key:
            key = finish.chroma_key
            built.add_chroma(f"{key.colour}FF", key.intensity, key.shadow)
        lists = {
            "video_effects": built.effects,
            "effects": [*built.filters, built.mix_mode],
            "chromas": [built.chroma],
        }
        made = [(name, part.export_json()) for name, found in lists.items() for part in found if part]
        return made + self.adjusted(finish.adjustments)

    def background(self, segment: VideoSegment, built: Any, on_main_track: bool) -> list[Part]:
        """What fills the canvas around it."""
        if segment.background_blur is None and segment.background_colour is None:
            return []
        if segment.background_blur is not None:
            field = "background_blur"
            built.add_background_filling("blur", segment.background_blur)
        else:
            field = "background_color"
            built.add_background_filling("color", blur=0.0, color=f"{segment.background_colour}FF")
        if not on_main_track:
            self.notes.add(segment.id, f"{field} shows on the main video track only")
        return [("canvases", built.background_filling.export_json())]

    def member(self, kind: Kind, name: str) -> Any:
        """The target app's resource of that name as the library takes it."""
        return member(kind, get_resource(self.profile.app, kind, name))

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
        built = jy.AudioSegment(material, **_ranges(segment, placed.facts))
        heard = material.export_json() | {"local_material_id": placed.local_id}
        parts: list[Part] = [("audios", heard), *_played(segment, built)]
        if segment.effect:
            chosen = self.member(segment.effect.kind, segment.effect.name)
            built.add_effect(chosen, list(segment.effect.params))
            parts.append(("audio_effects", built.effects[0].export_json()))
        return built, parts

    def effect(self, segment: EffectSegment) -> tuple[Any, list[Part]]:
        chosen, timeline = self.member(segment.effect.kind, segment.effect.name), _timeline(segment)
        built = jy.EffectSegment(chosen, timeline, list(segment.effect.params))
        return built, [("video_effects", built.effect_inst.export_json())]

    def filter(self, segment: FilterSegment) -> tuple[Any, list[Part]]:
        chosen, strength = self.member("filter", segment.filter.name), segment.filter.intensity / 100
        built = jy.FilterSegment(chosen, _timeline(segment), strength)
        return built, [("effects", built.material.export_json())]

    def adjust(self, segment: AdjustSegment) -> tuple[Any, list[Part]]:
        """A segment that shows a placeholder; the adjustments are its companions (draft-format 5.11)."""
        shown = {"id": next_id(), "material_resource_id": "", "name": "Adjust", "type": "adjust"}
        built = jy.segment.BaseSegment(shown["id"], _timeline(segment))
        return built, [("placeholders", shown), *self.adjusted(segment.adjustments)]

    def adjusted(self, adjustments: Adjustments) -> list[Part]:
        """A material for each slider."""
        app = self.profile.app
        return [("effects", {"id": next_id()} | adjustment(app, name, value)) for name, value in adjustments]

    def sticker(self, segment: StickerSegment) -> tuple[Any, list[Part]]:
        built = jy.StickerSegment(segment.resource_id, _timeline(segment), clip_settings=_clip(segment.look))
        built.uniform_scale = _scales_alike(segment, segment.look)
        return built, [("stickers", built.export_material())]

    def text(self, segment: TextSegment) -> tuple[Any, list[Part]]:
        fonts = self.fonts(segment)
        built = build_text(segment, fonts)
        built.clip_settings = _clip(segment.look)
        built.uniform_scale = _scales_alike(segment, segment.look)
        canvas = (self.script.width, self.script.height)
        shown = text_material(segment, built, fonts, canvas)
        if segment.wraps and self.profile.app == "capcut":  # JianYing gives captions none (draft-format 5.4)
            shown["group_id"] = segment.captions
        parts: list[Part] = [("texts", shown)]
        parts += self.animations(segment, built)
        parts += [("effects", part.export_json()) for part in (built.bubble, built.effect) if part]
        return built, parts

    def animations(self, segment: VideoSegment | TextSegment, built: Any) -> list[Part]:
        """Add the animations, none longer than what the segment leaves for it."""
        room = built.duration
        for animation in segment.animations:
            is_loop = animation.kind == "loop"
            length = self.animation(segment, animation, built, built.duration if is_loop else room)
            if is_loop:
                # The library lets it fill what is left; the apps write one round from 0 on (draft-format 5.10).
                built.animations_instance.animations[-1].duration = length
            else:
                room -= length
            if is_loop or (animation.kind == "out" and length and self.profile.app == "capcut"):
                built.animations_instance.animations[-1].start = 0
        instance = built.animations_instance
        return [("material_animations", instance.export_json())] if instance else []

    def animation(self, segment: Segment, animation: Animation, built: Any, room: int) -> int:
        """Add one, if there is room for it; answers how long it is."""
        kind = ANIMATION_KINDS[segment.track_type, animation.kind]
        resource = get_resource(self.profile.app, kind, animation.name)
        wanted = animation.duration or resource.duration_us or room
        length = min(wanted, room)
        if length <= 0:
            self.notes.add(segment.id, f"animation {animation.name!r} is left out: there is no room for it")
            return 0
        if length < wanted and (animation.duration or animation.kind != "loop"):
            shown = f" to {seconds(length):g} s: there is no room for more"
            self.notes.add(segment.id, f"animation {animation.name!r} is shortened", shown)
        built.add_animation(member(kind, resource), length)
        return length

    # ---- what segments refer to

    def placed(self, segment: MediaSegment) -> PlacedMedia:
        """Its medium; as long as there is none that fits, one just long enough and as large as the canvas."""
        media = segment.media
        placed = self.media.get(media.url)
        if placed and _shows(segment, placed.facts, self.script.grid.position(1) + 1):
            return placed
        assert segment.duration is not None, "the draft is settled"
        duration = segment.source_start + segment.source_duration(segment.duration)
        facts = MediaFacts(media.kind, "", max(media.duration or 0, duration), self.script.width, self.script.height)
        return PlacedMedia(facts, media.url, media.url.rsplit("/", 1)[-1])

    def fonts(self, segment: TextSegment) -> Fonts:
        """The fonts of a text: by name of this target's app, else of the other, whose id may mean nothing here."""
        found: dict[str, Resource] = {}
        styles = (segment.style, *(run.style for run in segment.runs))
        for name in {style.font for style in styles if style.font and style.font_url not in self.font_files}:
            own = find_resource(self.profile.app, "font", name)
            resource = own or find_resource(OTHER_APP[self.profile.app], "font", name)
            if not resource or (not own and name in FONTS_OF_DEFAULTS):
                continue
            found[name] = resource
            if not own:
                self.notes.add(segment.id, f"font {name!r} is not one of {self.profile.title}'s; it may show another")
        return Fonts(found, self.font_files)


def _medium(part: Material, placed: PlacedMedia) -> dict[str, Any]:
    """What a material says of its medium, and nothing of where the one before came from."""
    facts, before = placed.facts, part.document()
    said: dict[str, Any] = {"path": placed.path, "local_material_id": placed.local_id}
    if part.list_name == "audios":
        said |= {"name": placed.name, "duration": facts.duration, "type": "extract_music"}
    else:
        moves = facts.kind == "video"
        said |= {"material_name": placed.name, "type": facts.kind, "has_audio": facts.has_audio}
        said |= {"width": facts.width, "height": facts.height, "duration": facts.duration if moves else PHOTO_DURATION}
        said["local_material_id"] = placed.local_id if moves else ""
    return said | {name: "" for name in _ORIGIN if before.get(name)}


_ORIGIN = (
    "material_url", "media_path", "reverse_path", "intensifies_path", "reverse_intensifies_path", "cartoon_path",
    "intensifies_audio_path", "material_id", "origin_material_id", "music_id", "effect_id", "resource_id", "text_id",
)  # fmt: skip
"""What a material says of where its medium came from; not of another."""


def _unknown(segment: ImportedSegment, media: Media, shown: Material) -> PlacedMedia:
    """A medium that nobody has looked at yet: like the one before, and just long enough."""
    playing, said = segment.playing(), _size(shown)
    longest = max(said.duration, media.duration or 0, playing.source_start + playing.source_duration)
    return PlacedMedia(replace(said, kind=media.kind, duration=longest), media.url, media.url.rsplit("/", 1)[-1])


def _size(shown: Material) -> MediaFacts:
    said = shown.document()
    duration, width, height = (whole(said.get(name)) for name in ("duration", "width", "height"))
    return MediaFacts("video", "", duration, width, height, bool(said.get("has_audio")))


def _as_in_file(track: Track, source: ImportedTrack) -> list[Segment]:
    """Its segments in the order of the file as long as they are those of the file where they were, else in order of
    time."""
    places = {(segment.id, segment.start): segment for segment in track.segments}
    return [places[place] for place in source.order] if places.keys() == set(source.order) else track.segments


def _flag(index: int, track: Track) -> int:
    """2: overlay video; 1: a text track with captions (draft-format 5.3)."""
    if track.type == "video":
        return 2 if index else 0
    return int(any(isinstance(segment, TextSegment) and segment.wraps for segment in track.segments))


def _attribute(track: Track) -> int:
    """What the apps keep of a track's switches, on the track and on each of its segments (draft-format 5.3)."""
    return _MUTED * track.muted + _HIDDEN * track.hidden


def _shows(segment: MediaSegment, facts: MediaFacts, frame: int) -> bool:
    """Whether there is as much of the medium as plays; the last frame may be rounded up (settle)."""
    if isinstance(segment, VideoSegment) and facts.kind in ("photo", "gif"):
        return True
    has_it = facts.has_audio if isinstance(segment, AudioSegment) else facts.kind == "video"
    assert segment.duration is not None, "the draft is settled"
    return has_it and segment.source_start + segment.source_duration(segment.duration) <= facts.duration + frame


def _ranges(segment: MediaSegment, facts: MediaFacts) -> dict[str, Any]:
    """Where it stands and what of its medium it shows, never past the end of that (draft-format 5.2)."""
    assert segment.duration is not None, "the draft is settled"
    wanted = segment.source_duration(segment.duration)
    within = wanted if facts.kind in ("photo", "gif") else min(wanted, facts.duration - segment.source_start)
    return {
        "target_timerange": jy.Timerange(segment.start, segment.duration),
        "source_timerange": jy.Timerange(segment.source_start, within),
    }


def _timeline(segment: Segment) -> Any:
    return jy.Timerange(segment.start, segment.duration)


def _played(segment: MediaSegment, built: Any, curve: SpeedCurve | None = None) -> list[Part]:
    """How fast and how loud it plays."""
    built.speed.speed, built.volume, built.change_pitch = segment.speed, segment.volume, segment.change_pitch
    parts: list[Part] = [("speeds", built.speed.export_json() | (_curved(curve) if curve else {}))]
    if segment.fade_in or segment.fade_out:
        built.add_fade(segment.fade_in, segment.fade_out)
        parts.append(("audio_fades", built.fade.export_json()))
    return parts


def _curved(curve: SpeedCurve) -> dict[str, Any]:
    """What a speed material says beside its mean (draft-format 5.2)."""
    points = [{"x": x, "y": speed} for x, speed in curve.points]
    return {"mode": 1, "curve_speed": {"id": next_id(), "name": curve.name, "speed_points": points}}


def _clip(look: Look) -> Any:
    return jy.ClipSettings(
        alpha=look.alpha,
        rotation=look.rotation,
        flip_horizontal=look.flip_horizontal,
        flip_vertical=look.flip_vertical,
        scale_x=look.scale_x,
        scale_y=look.scale_y,
        transform_x=look.transform_x,
        transform_y=look.transform_y,
    )


def _scales_alike(segment: Segment, look: Look) -> bool:
    """Whether width and height change as one: as the keyframes say if there are any, else as it stands."""
    changing = {one.name for one in segment.keyframes} & {"uniform_scale", "scale_x", "scale_y"}
    return changing == {"uniform_scale"} if changing else look.scale_x == look.scale_y


def _keyframes(segment: Segment) -> list[dict[str, Any]]:
    """A block for each property that changes (draft-format 5.5)."""
    shown = within(segment.keyframes, 0, segment.duration)
    if isinstance(segment, MediaSegment):
        shown = in_order(replace(one, time=segment.source_start + _played_by(segment, one.time)) for one in shown)
    return [_block(name, list(line)) for name, line in groupby(shown, attrgetter("name"))]


def _played_by(segment: MediaSegment, time: int) -> int:
    """How much of its medium has played at `time` after its start.

    With a speed curve each keyframe stands beside what plays then; what the easings between them bend is taken to play
    evenly.
    """
    if segment.duration and isinstance(segment, VideoSegment) and segment.curve:
        return round(segment.curve.played(time / segment.duration) * segment.duration * segment.speed)
    return round(time * segment.speed)


def _block(name: Property, line: list[Keyframe]) -> dict[str, Any]:
    block = jy.keyframe.KeyframeList(jy.KeyframeProperty[_WRITTEN_AS.get(name, name)])
    for one in line:
        block.add_keyframe(one.time, one.value)
    written: dict[str, Any] = block.export_json()
    for (one, key), (after, next_key) in pairwise(zip(line, written["keyframe_list"], strict=True)):
        if one.curve:
            _bend(key, next_key, one, after)
    return written


_WRITTEN_AS: dict[Property, str] = {"uniform_scale": "scale_x"}
"""The apps write one width for both as long as they are locked (draft-format 5.5)."""


def _bend(key: dict[str, Any], next_key: dict[str, Any], one: Keyframe, following: Keyframe) -> None:
    """Bend the way between two keys: their controls are relative to them, in microseconds and in the value's unit."""
    assert one.curve
    x1, y1, x2, y2 = one.curve
    length, rise = following.time - one.time, following.value - one.value
    key["right_control"] = {"x": x1 * length, "y": y1 * rise}
    next_key["left_control"] = {"x": (x2 - 1) * length, "y": (y2 - 1) * rise}
    key["curveType"] = next_key["curveType"] = "FreeCurveInOut"


def _reference_order(part: Part) -> int:
    return _REFERENCES.index(part[0]) if part[0] in _REFERENCES else len(_REFERENCES)
