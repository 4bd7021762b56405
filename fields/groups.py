"""Groups of fields that operations on segments mix in, each with the way into the engine.

A group (`Placement`) carries names and the usual default; an operation changes a default by repeating
`name: Alias = value`. Defaults of record are those of CapCutAPI's routes (docs/contract.md); drafts are rebuilt from
requests that left defaults out, so a changed default changes drafts that exist: tests/data/defaults.json holds them.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    AliasChoices,
    Field,
    ValidationInfo,
    field_validator,
)

from engine.catalog import DISPLAY_NAMES, App, Kind, Resource, find_resource, get_resource
from engine.export import ANIMATION_KINDS, FONTS_OF_DEFAULTS, OTHER_APP
from engine.facts import MediaKind
from engine.script_file import Script_file
from engine.segments import (
    Animation,
    AnimationKind,
    Asked,
    Effect,
    Look,
    Mask,
    Media,
    MediaSegment,
    Segment,
    TextSegment,
    TrackType,
    Transition,
    VideoSegment,
)
from engine.segments import Colour as Rgb
from engine.time import LONGEST, microseconds, seconds
from errors import InvalidRequestError, UnknownNameError

from .answers import Placed, standing
from .requests import Request
from .words import (
    KnownLength,
    Length,
    MaskCenterX,
    MaskCenterY,
    MaskFeather,
    MaskInvert,
    MaskRotation,
    MaskSize,
    Name,
    Number,
    OffsetX,
    OffsetY,
    OpenEnd,
    Percent,
    RelativeIndex,
    Scale,
    Seconds,
    Speed,
    TimelineEnd,
    TrackName,
    Volume,
    at_most,
)


def known(app: App, kind: Kind, name: str, field: str) -> str:
    """`name`, if the app has a resource of that kind and name.

    Raises:
        UnknownNameError: it has not; the message names the field and the nearest names.
    """
    try:
        get_resource(app, kind, name)
    except UnknownNameError as error:
        raise error.at(field) from None
    return name


def check_sliders(params: tuple[float | None, ...], resource: Resource, field: str) -> None:
    """Refuse more slider values than an effect has sliders.

    Raises:
        InvalidRequestError: there are more.
    """
    count = len(resource.params)
    if not count and params:
        raise InvalidRequestError.about(field, f"{resource.name!r} has nothing to set; leave {field} out")
    if len(params) > count:
        has = "one slider; give one value" if count == 1 else f"{count} sliders; give at most {count} values"
        raise InvalidRequestError.about(field, f"{resource.name!r} has {has}, not {len(params)}")


EFFECT_KINDS: dict[str, Kind] = {"scene": "video_scene_effect", "character": "video_character_effect"}
"""Kinds of picture effects by what requests call them."""
EffectCategory = Annotated[
    Literal["scene", "character"],
    Field(description="scene works on the whole picture, character on people in it."),
]
Sliders = Annotated[
    tuple[Percent | None, ...],
    at_most(20),
    Field(description="Slider values of the effect from 0 to 100, in the app's order; null keeps a slider's default."),
]


def effect_in(
    app: App, category: str, name: str, params: tuple[float | None, ...], fields: tuple[str, str, str]
) -> Effect:
    """The picture effect of that name; `fields` are those of the request that carry name, slider values and category.

    Raises:
        UnknownNameError: the app has none of that name.
        InvalidRequestError: it is of the other category, or has fewer sliders than there are values.
    """
    kind = EFFECT_KINDS[category]
    other = next(one for one in EFFECT_KINDS if one != category)
    if not find_resource(app, kind, name) and find_resource(app, EFFECT_KINDS[other], name):
        raise InvalidRequestError.about(fields[0], f"{name!r} is a {other} effect; give {fields[2]} {other!r} with it")
    check_sliders(params, get_resource(app, kind, known(app, kind, name, fields[0])), fields[1])
    return Effect(kind, name, params)


def known_font(app: App, name: str, field: str) -> list[str]:
    """Warnings on using that font: the other app's may not show.

    Raises:
        UnknownNameError: neither app has a font of that name.
    """
    if find_resource(app, "font", name) or name in FONTS_OF_DEFAULTS:
        return []
    if find_resource(OTHER_APP[app], "font", name) is None:
        known(app, "font", name, field)
    return [f"{field}: {name!r} is a font of {DISPLAY_NAMES[OTHER_APP[app]]}; {DISPLAY_NAMES[app]} may show another"]


def rgb(colour: str) -> Rgb:
    """A checked colour as red, green and blue from 0 to 1."""
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue


def after_start(end: float | None, info: ValidationInfo) -> float | None:
    """`end`, if it is after the field `start` before it."""
    start = info.data.get("start")
    if end is not None and start is not None and end <= start:
        raise ValueError(f"must be greater than start ({start:g})")
    return end


class OnTrack(Request):
    """What goes on a track, with what is needed to read it back, change it and cut it in two.

    A segment keeps its request's fields (`Asked`), but for its times: those are the segment's own (`times`).
    """

    track_name: TrackName
    relative_index: RelativeIndex = 0

    starts_as: ClassVar[str] = "start"
    """The field that says where on the timeline it begins."""
    plays: ClassVar[str] = ""
    """The field that has its medium's URL, if it shows one."""
    at_its_start: ClassVar[frozenset[str]] = frozenset()
    """Fields on how it comes in; of a segment cut in two they are the left part's."""
    at_its_end: ClassVar[frozenset[str]] = frozenset()
    """Fields on how it goes out; of a segment cut in two they are the right part's."""

    @classmethod
    def operation(cls) -> str:
        """The operation that adds it: a request model is called as its operation is, AddVideo, add_video."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    def segment(self, script: Script_file, segment_id: str, added: int) -> Segment:
        """The segment that is asked for; adding it and changing it later both build it here.

        Raises:
            InvalidRequestError: the draft's app cannot have it.
        """
        raise NotImplementedError

    @classmethod
    def times(cls, segment: Segment) -> dict[str, Any]:
        """Where a segment of this kind stands and what plays, in this request's own fields."""
        raise NotImplementedError

    @classmethod
    def exactly(cls, segment: Segment) -> dict[str, Any]:
        """Those of `times` that are known better than by where the segment stands, for when that is worked out anew."""
        return {}

    @classmethod
    def modern(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        """The same fields under their newest names."""
        newest = cls._older_names
        return {newest.get(name, name): value for name, value in values.items() if newest.get(name) not in values}

    when_added: ClassVar[frozenset[str]] = frozenset()
    """Fields that say what becomes of the call, and nothing of a segment that is there."""

    def doubts(self, script: Script_file) -> list[str]:
        """Warnings on what may not show as asked."""
        return []

    def marks(self, segment_id: str, added: int) -> dict[str, Any]:
        """What every segment has: id, number, and what it was asked for with."""
        fields = self.__pydantic_serializer__.to_json(self, exclude=_NOT_KEPT, exclude_unset=True)
        return {"id": segment_id, "added": added, "asked": Asked(type(self), fields)}

    def put(self, script: Script_file) -> "Placed":
        """Place a new segment on the track asked for, and say where it is.

        Raises:
            InvalidRequestError: the draft's app cannot have it.
            ConflictError: the track is of another type, or has no room there.
        """
        segment = self.segment(script, script.new_id(), script.version)
        index = self.relative_index if "relative_index" in self.model_fields_set else None
        warnings = self.doubts(script) + cramped(segment, script) + late_index(script, self.track_name, index)
        script.place(self.track_name, segment, self.relative_index, self.starts_as)
        return Placed(**standing(script, self.track_name, segment), warnings=warnings)


_NOT_KEPT: set[str] = {
    *("draft_id", "width", "height", "expected_version", "draft_folder"),  # not about the segment
    *("track_name", "relative_index"),  # its track knows better
    *("start", "end", "target_start", "speed_curve"),  # the segment itself does
}


_MOVES: dict[AnimationKind, str] = {
    "in": "intro_animation",
    "out": "outro_animation",
    "group": "combo_animation",
    "loop": "loop_animation",
}
"""Which field asks for it."""


def cramped(segment: Segment, script: Script_file) -> list[str]:
    """Warnings on fades and animations that a segment has no room for, as far as its length is known."""
    room, frame = segment.duration, script.grid.position(1)
    if room is None:
        return []
    long, warnings = f"it is {seconds(room):g} s long", []
    if isinstance(segment, MediaSegment) and segment.fade_in + segment.fade_out > room + frame:
        warnings.append(f"fade_in, fade_out: together longer than the clip, {long}; they will be shortened")
    for move in segment.animations if isinstance(segment, VideoSegment | TextSegment) else ():
        length = min(move.duration or 0, room)
        if (move.duration or 0) > length + frame:
            what = f"shortened to {seconds(length):g} s" if length else "left out"
            warnings.append(f"{_MOVES[move.kind]}: there is not so much room in the segment, {long}; it will be {what}")
        room -= 0 if move.kind == "loop" else length
    return warnings


def late_index(script: Script_file, track_name: str, relative_index: int | None) -> list[str]:
    """A warning if the track is there already at another place among its like."""
    track = script.tracks.get(track_name)
    if track is None or relative_index in (None, track.relative_index):
        return []
    return [f"relative_index: track {track_name!r} exists, at {track.relative_index}; it stays there"]


class Placement(Request):
    """Where something stands on the canvas."""

    transform_x: OffsetX = 0
    transform_y: OffsetY = 0
    scale_x: Scale = 1
    scale_y: Scale = 1

    def look(self) -> Look:
        """The placement as the engine takes it."""
        return Look(self.transform_x, self.transform_y, self.scale_x, self.scale_y)


class Span(OnTrack):
    """A stretch of the timeline."""

    start: Seconds = Field(
        0,
        validation_alias=AliasChoices("start", "start_time"),
        description="When it begins on the timeline, in seconds.",
    )
    end: TimelineEnd

    _end_after_start = field_validator("end")(after_start)

    def span(self, script: Script_file) -> dict[str, Any]:
        """Start and duration of a segment, on the frame grid."""
        start, duration = script.grid.span(microseconds(self.start), microseconds(self.end))
        return {"start": start, "duration": duration}

    @classmethod
    def times(cls, segment: Segment) -> dict[str, Any]:
        """See OnTrack."""
        return {"start": _named(segment.start), "end": _named(segment.end or segment.start)}


class Excerpt(OnTrack):
    """A part of a medium that plays, and where it goes on the timeline."""

    starts_as = "target_start"

    start: Seconds = Field(0, description="Where in the medium the clip begins, in seconds.")
    end: OpenEnd = Field(None, description="Where in the medium it ends, in seconds; 0 or left out: at its end.")
    duration: KnownLength = Field(
        None, description="Length of the whole medium in seconds, if you know it; then the clip's end is known at once."
    )
    target_start: Seconds = Field(0, description="Where on the timeline the clip begins, in seconds.")
    speed: Speed = 1.0
    volume: Volume = 1.0
    fade_in: Seconds = Field(0, description="How long its sound takes to come in, in seconds.")
    fade_out: Seconds = Field(0, description="How long its sound takes to go out, in seconds.")
    change_pitch: bool = Field(
        False, description="Let the sound become higher when it plays faster, and lower when slower; false keeps it."
    )

    at_its_start = frozenset({"fade_in"})
    at_its_end = frozenset({"fade_out"})

    _end_after_start = field_validator("end")(after_start)

    @field_validator("duration")
    @classmethod
    def _begins_before_its_end(cls, duration: float | None, info: ValidationInfo) -> float | None:
        return duration if info.data.get("end") else after_start(duration, info)

    def media(self, url: str, kind: MediaKind) -> Media:
        """The medium with what the caller says of it."""
        return Media(url, kind, None if self.duration is None else microseconds(self.duration))

    @classmethod
    def times(cls, segment: Segment) -> dict[str, Any]:
        """See OnTrack. An open clip has no end."""
        assert isinstance(segment, MediaSegment)
        known = {"target_start": _named(segment.start), "start": _named(segment.source_start)}
        if segment.duration is None:
            return known
        return known | {"end": _named(segment.source_start + segment.source_duration(segment.duration))}

    @classmethod
    def exactly(cls, segment: Segment) -> dict[str, Any]:
        """See OnTrack. How much of the medium was asked for does not depend on the speed, and is on no frames."""
        if not isinstance(segment, MediaSegment) or segment.asked_length is None:
            return {}
        return {"end": _named(segment.source_start + segment.asked_length)}

    def pace(self) -> float:
        """How fast it plays, taken as a whole."""
        return self.speed

    def placed_in(self, script: Script_file) -> dict[str, Any]:
        """The ranges of a `MediaSegment`, on the frame grid, and how it plays."""
        start, end = microseconds(self.target_start), self.end or self.duration
        pace = self.pace()
        length = None if end is None else microseconds((end - self.start) / pace)
        return {
            "start": script.grid.nearest(start),
            "duration": None if length is None else script.grid.span(start, start + length)[1],
            "source_start": script.grid.nearest(microseconds(self.start)),
            "asked_length": None if end is None else microseconds(end - self.start),
            "speed": pace,
            "volume": self.volume,
            "fade_in": microseconds(self.fade_in),
            "fade_out": microseconds(self.fade_out),
            "change_pitch": self.change_pitch,
        }


def _named(time: int) -> float:
    """A time as a request can name it: the last frame of 24 hours may begin a little later."""
    return seconds(min(time, LONGEST))


class Transitional(Request):
    """How a clip gives way to the next."""

    transition: Name | None = Field(
        None, description="Transition to the clip that begins where this one ends, by name."
    )
    transition_duration: Length = Field(
        0.5, description="Length of the transition in seconds; made an even number of frames."
    )

    def transition_in(self, app: App) -> Transition | None:
        """The transition, if one is asked for.

        Raises:
            UnknownNameError: the app has none of that name.
        """
        if self.transition is None:
            return None
        known(app, "transition", self.transition, "transition")
        return Transition(self.transition, microseconds(self.transition_duration))


class Masked(Request):
    """A shape that lets part of a picture through."""

    mask_type: Name | None = Field(None, description="Shape of the mask, by name.")
    mask_center_x: MaskCenterX = 0.0
    mask_center_y: MaskCenterY = 0.0
    mask_size: MaskSize = 0.5
    mask_rotation: MaskRotation = 0.0
    mask_feather: MaskFeather = 0.0
    mask_invert: MaskInvert = False
    mask_rect_width: Annotated[Number, Field(gt=0, le=10)] | None = Field(
        None, description="Rectangle only: width as a fraction of the picture's width; left out: as mask_size."
    )
    mask_round_corner: Percent | None = Field(None, description="Rectangle only: rounding of the corners, 0 to 100.")

    def mask_in(self, app: App) -> Mask | None:
        """The mask, if one is asked for.

        Raises:
            UnknownNameError: the app has none of that name.
            InvalidRequestError: a rectangle's measure for another shape.
        """
        if self.mask_type is None:
            return None
        shape = get_resource(app, "mask", known(app, "mask", self.mask_type, "mask_type")).resource_type
        for field in ("mask_rect_width", "mask_round_corner"):
            if shape != "rectangle" and getattr(self, field) is not None:
                raise InvalidRequestError.about(field, f"only a rectangle has it, not the mask {self.mask_type!r}")
        return Mask(
            name=self.mask_type,
            center_x=self.mask_center_x,
            center_y=self.mask_center_y,
            size=self.mask_size,
            rotation=self.mask_rotation,
            feather=self.mask_feather,
            invert=self.mask_invert,
            rect_width=self.mask_rect_width,
            round_corner=self.mask_round_corner,
        )


class DraftFolder(Request):
    """A parameter of the contract that add operations need no more."""

    draft_folder: Annotated[str, Field(max_length=4_096)] | None = Field(
        None, description="Accepted and not used here: give the app's drafts folder to save_draft."
    )


def animation_in(
    script: Script_file, where: TrackType, kind: AnimationKind, field: str, name: str, duration: float | None
) -> Animation:
    """The animation of that name, which came in the request's `field`; `duration` in seconds, None: its own.

    Raises:
        UnknownNameError: the draft's app has none of that name.
    """
    length = None if duration is None else microseconds(duration)
    return Animation(kind, known(script.app, ANIMATION_KINDS[where, kind], name, field), length)
