"""A whole draft as one JSON: what create_timeline takes and get_timeline gives."""

from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import (
    AliasChoices,
    BeforeValidator,
    Field,
    PlainValidator,
    TypeAdapter,
    ValidationError,
    WithJsonSchema,
    field_validator,
)

from engine.keyframes import Property
from engine.segments import TrackType

from .requests import Request
from .words import (
    DraftName,
    FrameRate,
    Identifier,
    Length,
    MediaUrl,
    Name,
    Pixels,
    RelativeIndex,
    Seconds,
    Target,
    TrackName,
    at_most,
    finite,
    kept_as_json,
)

MOST_SEGMENTS = 20_000

Json = Annotated[dict[str, Any], BeforeValidator(finite), BeforeValidator(kept_as_json)]


_SECONDS, _LENGTH = TypeAdapter(Seconds), TypeAdapter(Length)


def _starting(value: Any) -> float | None:
    if value in ("auto", None):
        return None
    try:
        return _SECONDS.validate_python(value)
    except ValidationError:
        raise ValueError("must be a number of seconds from 0 to 86400, or auto") from None


def _lasting(value: Any) -> float | Literal["end"] | None:
    if value in ("end", "auto", None):
        return "end" if value == "end" else None
    try:
        return _LENGTH.validate_python(value)
    except ValidationError:
        raise ValueError("must be a number of seconds greater than 0, up to 86400, or auto or end") from None


_NUMBER_OR_WORD: dict[str, Any] = {"type": ["number", "string"], "minimum": 0, "maximum": 86_400, "x-unit": "s"}
Start = Annotated[float | None, PlainValidator(_starting), WithJsonSchema(_NUMBER_OR_WORD | {"pattern": "^auto$"})]
Lasting = Annotated[
    float | Literal["end"] | None,
    PlainValidator(_lasting),
    WithJsonSchema(_NUMBER_OR_WORD | {"pattern": "^(auto|end)$", "exclusiveMinimum": 0}),
]


class TimelineKeyframe(Request):
    """A value that a segment has at a time."""

    property: Property = Field(description="What has it.")
    time: Seconds = Field(description="When, in seconds from the start of the segment; put on a frame.")
    value: float | str = Field(description="The value, as add_video_keyframe takes it.")
    easing: Any = Field("linear", description="How it goes on to the next, as add_video_keyframe takes it.")


class TimelineSegment(Request):
    """A segment: the operation that adds it, its parameters, and where it stands."""

    operation: Name = Field(description="The operation that adds it: add_video, add_text, add_effect ...")
    alias: Identifier | None = Field(None, description="What other segments call it.")
    start: Start = Field(
        None,
        description="Where it begins on the timeline, in seconds, or with `after` how long after that one ends; auto "
        "or left out: as its parameters say, else where the one before it on its track ends.",
    )
    after: Identifier | None = Field(
        None, description="It begins where the segment of that alias ends, on whatever track."
    )
    length: Lasting = Field(
        None,
        description="How long it is on the timeline, in seconds; end: to the end of all the others; auto or left out: "
        "as its parameters say, else as its medium or as its operation does by itself.",
    )
    parameters: Json = Field({}, description="Parameters of the operation, but for the track and what is said here.")
    keyframes: Annotated[tuple[TimelineKeyframe, ...], at_most(2_000)] = Field(
        (), description="Its values that change."
    )


class TimelineTrack(Request):
    """A track with its segments."""

    track_name: TrackName
    type: TrackType | None = Field(None, description="What it takes; for one without segments.")
    relative_index: RelativeIndex = 0
    muted: bool = Field(False, description="Whether its sound is off.")
    hidden: bool = Field(False, description="Whether its pictures are not shown.")
    segments: Annotated[tuple[TimelineSegment, ...], at_most(MOST_SEGMENTS)] = Field((), description="In any order.")


class TimelineCover(Request):
    """What the draft's cover shows, as set_cover takes it."""

    image_url: MediaUrl | None = Field(None, description="A picture.")
    time: Seconds | None = Field(None, description="What is shown then.")


class Timeline(Request):
    """A canvas and what is on it."""

    name: DraftName | None = Field(None, description="Name shown in the app.")
    width: Pixels = Field(1080, description="Canvas width in pixels.")
    height: Pixels = Field(1920, description="Canvas height in pixels.")
    fps: FrameRate = Field(30, description="Frames a second.")
    target: Target | None = Field(
        None,
        validation_alias=AliasChoices("target", "draft_profile"),
        description="App it is for, as in create_draft.",
    )
    cover: TimelineCover | None = Field(None, description="What its cover shows; left out: what is shown first.")
    tracks: Annotated[tuple[TimelineTrack, ...], at_most(2_000)] = Field(
        description="From back to front, as far as their kinds leave it open."
    )

    @field_validator("tracks")
    @classmethod
    def _told_apart(cls, tracks: tuple[TimelineTrack, ...]) -> tuple[TimelineTrack, ...]:
        _once([track.track_name for track in tracks], "track")
        segments = [segment for track in tracks for segment in track.segments]
        _once([segment.alias for segment in segments if segment.alias], "alias")
        if len(segments) > MOST_SEGMENTS:
            raise ValueError(f"must have at most {MOST_SEGMENTS} segments together")
        return tracks

    def placed(self) -> "Iterator[tuple[str, TimelineTrack, TimelineSegment]]":
        """Every segment with its place in the JSON and its track."""
        for number, track in enumerate(self.tracks):
            for place, segment in enumerate(track.segments):
                yield f"tracks.{number}.segments.{place}", track, segment


def _once(names: list[str], what: str) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise ValueError(f"must not have the {what} {twice[0]!r} twice")
