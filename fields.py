"""The vocabulary: what each request parameter and each answer means, said once.

An alias (`OffsetY`) carries meaning, unit and bounds; a group (`Placement`) carries names and the usual default; an
operation mixes groups in and changes a default by repeating `name: Alias = value`. Descriptions are product text: they
are what OpenAPI and tools show.

Defaults of record are those of CapCutAPI's routes (docs/contract.md); drafts are rebuilt from requests that left
defaults out, so a changed default changes drafts that exist: tests/data/defaults.json holds them.
"""

import re
import secrets
import time
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

import orjson
from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from draft_cache import DraftCache
from engine.catalog import DISPLAY_NAMES, App, Kind, Resource, find_resource, get_resource
from engine.editing import Shift
from engine.export import ANIMATION_KINDS, FONTS_OF_DEFAULTS, OTHER_APP
from engine.facts import MediaKind
from engine.script_file import Script_file
from engine.segments import (
    Animation,
    AnimationKind,
    Asked,
    Look,
    Mask,
    Media,
    MediaSegment,
    Segment,
    TrackType,
    Transition,
)
from engine.segments import Colour as Rgb
from engine.time import LONGEST, microseconds, seconds
from engine.tracks import Track
from errors import ConflictError, InvalidRequestError, UnknownNameError
from media.address import check_url
from store.history import Jump
from util import IDENTIFIER, is_identifier

_CONTROL_CHARACTER = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")  # line breaks and tabs are welcome
_COLOUR = re.compile(r"#?(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")


def _colour(value: str) -> str:
    if not _COLOUR.fullmatch(value):
        raise ValueError("must be a colour like #FF8800")
    digits = value.lstrip("#").upper()
    return "#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits))


def _identifier(value: str) -> str:
    if not is_identifier(value):
        raise ValueError("must be 1 to 128 letters, digits, '.', '_' or '-', and not dots alone")
    return value


def _address(value: str) -> str:
    check_url(value)
    return value


def at_most(count: int) -> BeforeValidator:
    """Refuse a longer list before its items are looked at: a body can hold a million."""

    def check(value: Any) -> Any:
        if isinstance(value, list) and len(value) > count:
            raise ValueError(f"must have at most {count} items")
        return value

    return BeforeValidator(check)


def _not_a_flag(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("must be a number, not true or false")
    return value


def printable(value: str) -> str:
    """Refuse what no text shows and some readers stop at.

    Raises:
        ValueError: there is a control character in it.
    """
    if _CONTROL_CHARACTER.search(value):
        raise ValueError("must not contain control characters")
    return value


def _open_end(value: Any) -> Any:
    """0 has always meant "to the end" at this end of the contract."""
    return None if value in (0, "0", "0.0") and value is not False else value


def _ripple(value: Any) -> Any:
    return {True: "track", False: "none"}[value] if isinstance(value, bool) else value


_MOST_FIELDS = 200  # no operation has half as many

LEAST_PIXELS, MOST_PIXELS = 16, 8_192

_BLUR = {1: 0.0625, 2: 0.375, 3: 0.75, 4: 1.0}
"""Background blur by its step in the app."""

# ---- aliases

Number = Annotated[float, BeforeValidator(_not_a_flag)]
Whole = Annotated[int, BeforeValidator(_not_a_flag)]

Identifier = Annotated[str, AfterValidator(_identifier), Field(json_schema_extra={"pattern": IDENTIFIER})]
Seconds = Annotated[Number, Field(ge=0, le=86_400, json_schema_extra={"x-unit": "s"})]
TimelineEnd = Annotated[
    Seconds, Field(validate_default=True, description="When it ends on the timeline, in seconds; after start.")
]
Length = Annotated[Number, Field(gt=0, le=86_400, json_schema_extra={"x-unit": "s"})]
OpenEnd = Annotated[Seconds | None, BeforeValidator(_open_end)]
MediaUrl = Annotated[
    str,
    Field(min_length=1, max_length=8_192, json_schema_extra={"format": "uri"}),
    AfterValidator(_address),
]
OffsetX = Annotated[Number, Field(ge=-10, le=10, description="Half canvas widths from the centre, right is positive.")]
OffsetY = Annotated[Number, Field(ge=-10, le=10, description="Half canvas heights from the centre, up is positive.")]
Scale = Annotated[Number, Field(gt=0, le=100, description="1 fits the medium into the canvas; 2 is twice as large.")]
Speed = Annotated[Number, Field(ge=0.1, le=100, description="2 plays twice as fast, 0.5 half as fast.")]
Volume = Annotated[Number, Field(ge=0, le=10, description="1 leaves the sound as it is, 0 is silent.")]
Opacity = Annotated[Number, Field(ge=0, le=1, description="0 is invisible, 1 is opaque.")]
Share = Annotated[Number, Field(ge=0, le=1)]
Percent = Annotated[Number, Field(ge=0, le=100)]
Degrees = Annotated[Number, Field(ge=-36_000, le=36_000, description="Degrees clockwise.")]
Colour = Annotated[str, AfterValidator(_colour), Field(json_schema_extra={"format": "color"})]
Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(printable)]
TrackName = Annotated[
    str,
    Field(min_length=1, max_length=100, description="Track to place it on; made if it is new."),
    AfterValidator(printable),
]
RelativeIndex = Annotated[
    Whole,
    Field(ge=-1_000, le=1_000, description="Among tracks of its type a higher one is in front; for a new track only."),
]
MaskCenterX = Annotated[
    Number,
    Field(
        ge=-10_000,
        le=10_000,
        description="Canvas pixels from the middle of the picture to the middle of the mask, right is positive.",
    ),
]
MaskCenterY = Annotated[
    Number,
    Field(
        ge=-10_000,
        le=10_000,
        description="Canvas pixels from the middle of the picture to the middle of the mask, up is positive.",
    ),
]
MaskSize = Annotated[
    Number,
    Field(gt=0, le=10, description="Main measure (height, diameter) as a fraction of the picture's height."),
]
Version = Annotated[Whole, Field(ge=1, le=2**53, description="A version of the draft, as edits and its history say.")]
Steps = Annotated[Whole, Field(ge=1, le=1_000_000, description="How many steps.")]
Limit = Annotated[Whole, Field(ge=1, le=1_000, description="Most of them in the answer.")]
Offset = Annotated[Whole, Field(ge=0, le=10**9, description="How many to pass over: those of the pages before.")]
Pixels = Annotated[Whole, Field(ge=LEAST_PIXELS, le=MOST_PIXELS, json_schema_extra={"x-unit": "px"})]


SegmentId = Annotated[
    str,
    Field(min_length=1, max_length=100, description="The segment, by the id that its add operation and get_draft say."),
]
KnownTrack = Annotated[str, Field(min_length=1, max_length=100, description="The track, by its name.")]
FrameRate = Annotated[Number, Field(ge=1, le=120)]
Ripple = Annotated[
    Literal["none", "track", "all"],
    BeforeValidator(_ripple),
    Field(
        description="What moves along to close the gap or to make room: none; track: what follows on the same track; "
        "all: what follows on every track. true means track, false none.",
    ),
]


LOG_FORMAT = "capcut-drafts-log/1"
"""What an exported draft says it is."""


# ---- checks and conversions that operations share


def new_draft_id() -> str:
    """An id as CapCutAPI makes them: `dfd_cat_`, the time, eight random hex digits."""
    return f"dfd_cat_{int(time.time())}_{secrets.token_hex(4)}"


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
    if len(params) > count:
        raise InvalidRequestError.about(field, f"{resource.name!r} has {count} sliders; give at most as many values")


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


# ---- groups


class Request(BaseModel):
    """Base of every request: unknown names and non-finite numbers are refused; null is as if left out."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, populate_by_name=True)

    example: ClassVar[dict[str, Any]]
    """A body that works as it stands, shown where the operation can be tried; all of them make one story."""

    @model_validator(mode="before")
    @classmethod
    def _null_is_left_out(cls, values: Any) -> Any:
        if isinstance(values, dict):
            if len(values) > _MOST_FIELDS:
                raise ValueError(f"the body must have at most {_MOST_FIELDS} fields")
            given = {name: value for name, value in values.items() if value is not None}
            for name, older in cls._older_names.items():
                if name in given:
                    given.pop(older, None)
            return given
        return values

    _older_names: ClassVar[dict[str, str]] = {}
    """Fields that have an older name too; the newer wins when both are given."""

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Read the older names off the fields."""
        super().__pydantic_init_subclass__(**kwargs)
        aliases = {name: field.validation_alias for name, field in cls.model_fields.items()}
        cls._older_names = {
            name: str(alias.choices[1]) for name, alias in aliases.items() if isinstance(alias, AliasChoices)
        }


class Edit(Request):
    """An operation that changes one draft."""

    draft_id: Identifier | None
    expected_version: Annotated[Whole, Field(ge=1, le=2**53)] | None = Field(
        None,
        description="Refuse the edit (409) unless the draft is at this version; the header If-Match says the same.",
    )


class InDraft(Edit):
    """An edit that starts the draft if it names none."""

    draft_id: Identifier | None = Field(None, description="The draft to change; left out, a new one is made.")
    width: Pixels = Field(1080, description="Canvas width in pixels; only when this call makes the draft.")
    height: Pixels = Field(1920, description="Canvas height in pixels; only when this call makes the draft.")


class OfDraft(Edit):
    """An edit of what is in a draft already."""

    draft_id: Identifier = Field(description="The draft to change.")

    def jump(self, name: Jump, request: dict[str, int], drafts: DraftCache, key: str) -> "Jumped":
        """Move among the draft's versions.

        Raises:
            ConflictError: there is nothing to undo or redo.
            NotFoundError: there is no such draft or version.
        """
        asked = orjson.dumps(request)
        history = drafts.jump(self.draft_id, name, asked, expected=self.expected_version, key=key)
        return Jumped(
            draft_id=self.draft_id,
            version=history.version,
            same_as=history.state,
            undoable=len(history.undoable),
            redoable=len(history.redoable),
        )


class OfSegment(OfDraft):
    """An edit of one segment."""

    segment_id: SegmentId


class OfTrack(OfDraft):
    """An edit of one track."""

    track_name: KnownTrack


class Rippling(Request):
    """An edit that others may move along with."""

    ripple: Ripple = "none"

    def shifts(self, script: Script_file, track_name: str, time: int, frames: int) -> list[Shift]:
        """Let what begins at `time` or later move by `frames`, if it is to move along."""
        if self.ripple == "none":
            return []
        return [Shift(script.grid.frame(time), frames, track_name if self.ripple == "track" else None)]

    def length(self, script: Script_file, segment: Segment) -> int:
        """Frames that a segment takes, by which others would move; 0 when none are to.

        Raises:
            ConflictError: nobody knows yet.
        """
        if self.ripple == "none":
            return 0
        if segment.end is None:
            message = f"where segment {segment.id} ends is known when its media is; give it an end with trim_segment"
            raise ConflictError.about("ripple", message)
        return script.grid.frame(segment.end) - script.grid.frame(segment.start)


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

    def segment(self, script: Script_file, segment_id: str, added: int) -> Segment:
        """The segment that is asked for; adding it and changing it later both build it here.

        Raises:
            InvalidRequestError: the draft's app cannot have it.
        """
        raise NotImplementedError

    @classmethod
    def times(cls, segment: Segment) -> dict[str, float]:
        """Where a segment of this kind stands and what plays, in this request's own fields."""
        raise NotImplementedError

    @classmethod
    def modern(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        """The same fields under their newest names."""
        newest = {older: name for name, older in cls._older_names.items()}
        return {newest.get(name, name): value for name, value in values.items() if newest.get(name) not in values}

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
        warnings = self.doubts(script) + late_index(script, self.track_name, index)
        script.place(self.track_name, segment, self.relative_index, self.starts_as)
        return Placed(**standing(script, self.track_name, segment), warnings=warnings)


_NOT_KEPT: set[str] = {
    *("draft_id", "width", "height", "expected_version", "draft_folder"),  # not about the segment
    *("track_name", "relative_index", "start", "end", "target_start"),  # the segment and its track know better
}


def late_index(script: Script_file, track_name: str, relative_index: int | None) -> list[str]:
    """A warning if the track is there already at another place among its like."""
    track = script.tracks.get(track_name)
    if track is None or relative_index in (None, track.relative_index):
        return []
    return [f"relative_index: track {track_name!r} exists, at {track.relative_index}; it stays there"]


def standing(script: Script_file, track_name: str, segment: Segment) -> dict[str, Any]:
    """The fields of an answer that say where a segment is."""
    return {
        "draft_id": script.draft_id,
        "version": script.version,
        "segment_id": segment.id,
        "track_name": track_name,
        "start": seconds(segment.start),
        "end": None if segment.end is None else seconds(segment.end),
    }


class Placement(Request):
    """Where something stands on the canvas."""

    transform_x: OffsetX = 0
    transform_y: OffsetY = 0
    scale_x: Scale = 1
    scale_y: Scale = 1

    def look(self, alpha: float = 1.0) -> Look:
        """The placement as the engine takes it."""
        return Look(self.transform_x, self.transform_y, self.scale_x, self.scale_y, alpha)


class Span(OnTrack):
    """A stretch of the timeline."""

    start: Seconds = Field(0, description="When it begins on the timeline, in seconds.")
    end: TimelineEnd

    _end_after_start = field_validator("end")(after_start)

    def span(self, script: Script_file) -> dict[str, Any]:
        """Start and duration of a segment, on the frame grid."""
        start, duration = script.grid.span(microseconds(self.start), microseconds(self.end))
        return {"start": start, "duration": duration}

    @classmethod
    def times(cls, segment: Segment) -> dict[str, float]:
        """See OnTrack."""
        return {"start": _named(segment.start), "end": _named(segment.end or segment.start)}


class Excerpt(OnTrack):
    """A part of a medium that plays, and where it goes on the timeline."""

    starts_as = "target_start"

    start: Seconds = Field(0, description="Where in the medium the clip begins, in seconds.")
    end: OpenEnd = Field(None, description="Where in the medium it ends, in seconds; 0 or left out: at its end.")
    duration: Length | None = Field(
        None, description="Length of the whole medium in seconds, if you know it; then the clip's end is known at once."
    )
    target_start: Seconds = Field(0, description="Where on the timeline the clip begins, in seconds.")
    speed: Speed = 1.0
    volume: Volume = 1.0

    _end_after_start = field_validator("end")(after_start)

    @field_validator("duration")
    @classmethod
    def _begins_before_its_end(cls, duration: float | None, info: ValidationInfo) -> float | None:
        return duration if info.data.get("end") else after_start(duration, info)

    def media(self, url: str, kind: MediaKind) -> Media:
        """The medium with what the caller says of it."""
        return Media(url, kind, None if self.duration is None else microseconds(self.duration))

    @classmethod
    def times(cls, segment: Segment) -> dict[str, float]:
        """See OnTrack. An open clip has no end."""
        assert isinstance(segment, MediaSegment)
        known = {"target_start": _named(segment.start), "start": _named(segment.source_start)}
        if segment.duration is None:
            return known
        return known | {"end": _named(segment.source_start + segment.source_duration(segment.duration))}

    def placed_in(self, script: Script_file) -> dict[str, Any]:
        """The ranges, speed and volume of a `MediaSegment`, on the frame grid."""
        start, end = microseconds(self.target_start), self.end or self.duration
        length = None if end is None else microseconds((end - self.start) / self.speed)
        return {
            "start": script.grid.nearest(start),
            "duration": None if length is None else script.grid.span(start, start + length)[1],
            "source_start": script.grid.nearest(microseconds(self.start)),
            "speed": self.speed,
            "volume": self.volume,
        }


def _named(time: int) -> float:
    """A time as a request can name it: the last frame of 24 hours may begin a little later."""
    return seconds(min(time, LONGEST))


class Blurred(Request):
    """What fills the canvas around a picture."""

    background_blur: Literal[1, 2, 3, 4] | None = Field(
        None, description="Fill the rest of the canvas with the picture, blurred: 1 weak to 4 strong. Main track only."
    )

    def blur(self) -> float | None:
        """The strength as the apps write it."""
        return _BLUR[self.background_blur] if self.background_blur else None


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
    mask_rotation: Degrees = Field(0.0, description="Turn of the mask in degrees clockwise.")
    mask_feather: Percent = Field(0.0, description="Softness of the mask's edge, 0 to 100.")
    mask_invert: bool = Field(False, description="Show what is outside of the mask instead.")
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
    script: Script_file, where: TrackType, kind: AnimationKind, field: str, name: str, duration: float
) -> Animation:
    """The animation of that name, which came in the request's `field`; `duration` in seconds.

    Raises:
        UnknownNameError: the draft's app has none of that name.
    """
    return Animation(kind, known(script.app, ANIMATION_KINDS[where, kind], name, field), microseconds(duration))


# ---- answers


class Answer(BaseModel):
    """What an operation gives back."""

    model_config = ConfigDict(frozen=True)

    warnings: list[str] = Field([], description="What was not done exactly as asked, and what to do about it.")

    def output(self) -> Any:
        """What stands as `output` in the answer's envelope."""
        dumped = self.model_dump(mode="json")
        return dumped | {"warnings": dumped.pop("warnings")}  # last, where a reader looks for them

    def attachment(self) -> tuple[str, bytes] | None:
        """Name and content of the file that a GET of it brings instead; None for most."""
        return None


class DraftAnswer(Answer):
    """An answer about one draft."""

    draft_id: str = Field(description="The draft.")
    draft_url: str = Field("", description="Where the saved draft can be downloaded.")
    version: int = Field(0, description="The draft's version after this call: it grows by one with every edit.")


class Jumped(DraftAnswer):
    """Where the draft is among its versions."""

    same_as: int = Field(description="The version that made it what it is now.")
    undoable: int = Field(description="How many steps can be undone.")
    redoable: int = Field(description="How many undone steps can be done again.")


class Placed(DraftAnswer):
    """A segment and where it is."""

    segment_id: str = Field(description="The segment; its id stays the same for the life of the draft.")
    track_name: str = Field(description="The track it is on.")
    start: float = Field(description="Where it begins on the timeline, in seconds, on a frame.")
    end: float | None = Field(description="Where it ends, in seconds; null until the length of its medium is known.")


class Moved(Placed):
    """A segment, where it is, and what moved along."""

    moved: int = Field(description="How many other segments moved along.")


class TrackState(DraftAnswer):
    """A track as it is now."""

    track_name: str = Field(description="The track.")
    type: TrackType = Field(description="What it takes.")
    relative_index: int = Field(description="Among tracks of its type a higher one is in front.")
    muted: bool = Field(description="Whether its sound is off.")
    hidden: bool = Field(description="Whether its pictures are not shown.")
    segments: int = Field(description="How many segments are on it.")


def track_state(script: Script_file, track: Track, warnings: Sequence[str] = ()) -> TrackState:
    """What an answer says of a track."""
    return TrackState(
        draft_id=script.draft_id,
        version=script.version,
        track_name=track.name,
        type=track.type,
        relative_index=track.relative_index,
        muted=track.muted,
        hidden=track.hidden,
        segments=len(track.segments),
        warnings=list(warnings),
    )
