"""get_draft: read a draft back as tracks and segments with every parameter."""

from typing import Any

from pydantic import BaseModel, Field

from asked import operation_of, parameters
from engine.keyframes import Curve, Easing, Keyframe, Property
from engine.script_file import Script_file
from engine.segments import Segment
from engine.time import seconds
from engine.tracks import Track
from errors import NotFoundError
from fields.answers import DraftAnswer
from fields.requests import Request
from fields.words import Identifier, Version
from services import Services
from util import utc


class GetDraft(Request):
    """Read a draft: its canvas, tracks and segments, each with every parameter of the operation that added it."""

    example = {"draft_id": "first"}

    draft_id: Identifier = Field(description="The draft to read.")
    at_version: Version | None = Field(None, description="Read it as it was at this version; left out: as it is.")


class DraftKeyframe(BaseModel):
    """A value that a segment has at a time."""

    property: Property = Field(description="What has it.")
    time: float = Field(description="When, in seconds on the timeline.")
    value: float = Field(description="The value, as a number.")
    easing: Easing | Curve = Field(
        description="How it goes on to the next, as add_video_keyframe takes it: a name, or what is left of one that "
        "was cut as [x1, y1, x2, y2]."
    )


class DraftSegment(BaseModel):
    """A segment."""

    segment_id: str = Field(description="Its id.")
    operation: str = Field(description="The operation that added it.")
    start: float = Field(description="Where it begins on the timeline, in seconds.")
    end: float | None = Field(description="Where it ends, in seconds; null until the length of its medium is known.")
    parameters: dict[str, Any] = Field(description="What that operation would add it with, as it is now.")
    keyframes: list[DraftKeyframe] = Field(description="Its values that change, by property and time.")


class DraftTrack(BaseModel):
    """A track."""

    track_name: str = Field(description="Its name.")
    type: str = Field(
        description="What it takes: video, audio, filter, effect, sticker or text; imported ones may take other things."
    )
    relative_index: int = Field(description="Among tracks of its type a higher one is in front.")
    muted: bool = Field(description="Whether its sound is off.")
    hidden: bool = Field(description="Whether its pictures are not shown.")
    segments: list[DraftSegment] = Field(description="In order of time.")


class DraftContent(DraftAnswer):
    """What is in a draft."""

    name: str = Field(description="Its name in the app.")
    target: str = Field(description="The app it is for.")
    skeleton: str = Field(description="The skeleton that its saves put it into; empty for none.")
    width: int = Field(description="Canvas width in pixels.")
    height: int = Field(description="Canvas height in pixels.")
    fps: float = Field(description="Frames a second.")
    created_at: str = Field(description="When it was made, as UTC.")
    changed_at: str = Field(description="When it was last edited, as UTC.")
    bytes: int = Field(description="Size of its operations.")
    cover_url: str | None = Field(description="The picture that its cover shows, if set_cover chose one.")
    cover_time: float | None = Field(description="When on the timeline its cover is taken, if set_cover chose that.")
    duration: float = Field(description="Where the last segment ends, in seconds; open clips count as an instant.")
    tracks: list[DraftTrack] = Field(description="From back to front as they are drawn; then those with nothing on.")


def get_draft(req: GetDraft, services: Services) -> DraftContent:
    """Look at a copy; nothing is fetched and nothing is changed.

    Raises:
        DraftNotFoundError: there is no such draft.
        NotFoundError: there is no such version.
    """
    script = _read(req, services)
    entry = services.drafts.entry(req.draft_id)
    return DraftContent(
        draft_id=script.draft_id,
        version=script.version,
        name=script.name,
        target=script.target,
        skeleton=script.skeleton,
        width=script.width,
        height=script.height,
        fps=float(script.rate),
        created_at=utc(entry.created_at),
        changed_at=utc(entry.changed_at),
        bytes=entry.bytes,
        cover_url=script.cover.url,
        cover_time=None if script.cover.time is None else seconds(script.cover.time),
        duration=seconds(script.duration),
        tracks=[_track(track) for track in script.in_order()],
    )


def _read(req: GetDraft, services: Services) -> Script_file:
    try:
        return services.drafts.snapshot(req.draft_id, req.at_version)
    except NotFoundError as error:
        error.rename("version", "at_version")
        raise


def _track(track: Track) -> DraftTrack:
    return DraftTrack(
        track_name=track.name,
        type=track.type,
        relative_index=track.relative_index,
        muted=track.muted,
        hidden=track.hidden,
        segments=[_segment(track, segment) for segment in track.segments],
    )


def _segment(track: Track, segment: Segment) -> DraftSegment:
    return DraftSegment(
        segment_id=segment.id,
        operation=operation_of(segment),
        start=seconds(segment.start),
        end=None if segment.end is None else seconds(segment.end),
        parameters=parameters(track, segment),
        keyframes=[_keyframe(segment, one) for one in segment.keyframes],
    )


def _keyframe(segment: Segment, one: Keyframe) -> DraftKeyframe:
    time = seconds(segment.start + one.time)
    return DraftKeyframe(property=one.name, time=time, value=one.value, easing=one.easing)
