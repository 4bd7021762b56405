"""remove_keyframes: let values of a segment stay the same again."""

from dataclasses import replace

from pydantic import Field

from engine.keyframes import Property
from engine.script_file import Script_file
from fields.answers import Placed, standing
from fields.requests import OfSegment


class RemoveKeyframes(OfSegment):
    """Take keyframes off a segment; its own parameters count again."""

    example = {"draft_id": "first", "segment_id": "37744819eb285effacbbbed42afa1c5a", "property": "alpha"}

    property: Property | None = Field(None, description="Only those of this property; left out: all of them.")


class Unkeyed(Placed):
    """The segment."""

    removed_keyframes_count: int = Field(description="How many keyframes were taken off.")


def remove_keyframes(req: RemoveKeyframes, script: Script_file) -> Unkeyed:
    """Put the segment without them in its place.

    Raises:
        SegmentNotFoundError: there is no such segment.
    """
    track, segment = script.get_segment(req.segment_id)
    left = tuple(one for one in segment.keyframes if req.property not in (None, one.name))
    removed = len(segment.keyframes) - len(left)
    if removed:
        with script.all_or_nothing():
            script.take(segment.id)
            script.place(track.name, replace(segment, keyframes=left))
    which = f"of {req.property}" if req.property else "at all"
    warnings = [] if removed else [f"segment {segment.id} has no keyframes {which}; nothing was changed"]
    there = standing(script, track.name, segment)
    return Unkeyed(**there, removed_keyframes_count=removed, warnings=warnings)
