"""move_segment: put a segment elsewhere on the timeline."""

from pydantic import Field

from engine.editing import ripple, shifted, within_reach
from engine.script_file import Script_file
from engine.segments import Segment
from engine.time import microseconds
from errors import InvalidRequestError
from fields.answers import Moved, standing
from fields.groups import late_index
from fields.requests import OfSegment, Rippling
from fields.words import RelativeIndex, Seconds, TrackName


class MoveSegment(Rippling, OfSegment):
    """Move a segment to another time, another track, or both.

    With `ripple` what follows closes the gap that it leaves, and makes room where it goes.
    """

    example = {"draft_id": "first", "segment_id": "cf1ad2f64cee56e59eff9d2f7f3fe861", "start": 4}

    start: Seconds | None = Field(
        None, description="Where it begins on the timeline when all is done, in seconds; left out: as now."
    )
    track_name: TrackName | None = Field(
        None, description="Track of the same type to put it on, made if it is new; left out: as now."
    )
    relative_index: RelativeIndex | None = Field(
        None, description="Among tracks of its type a higher one is in front; for a new track only."
    )

    def moved(self, script: Script_file, segment: Segment) -> Segment:
        """The segment where it is to be.

        Raises:
            InvalidRequestError: the request says neither time nor track.
            ConflictError: it would reach past 24 hours.
        """
        if self.start is None and self.track_name is None:
            raise InvalidRequestError.about("start", "give start, track_name or both")
        if self.start is None:
            return segment
        frames = script.grid.frame(microseconds(self.start)) - script.grid.frame(segment.start)
        return within_reach(shifted(segment, script.grid, frames), script.grid, "start")


def move_segment(req: MoveSegment, script: Script_file) -> Moved:
    """Take the segment off, let others move along, put it where it is to be."""
    track, segment = script.get_segment(req.segment_id)
    there, target = req.moved(script, segment), req.track_name or track.name
    warnings, frames = late_index(script, target, req.relative_index), req.length(script, segment)
    with script.all_or_nothing():
        script.take(segment.id)
        closing = req.shifts(script, track.name, _behind(segment), -frames)
        moved = ripple(script, closing + req.shifts(script, target, there.start, frames), "ripple")
        script.place(target, there, req.relative_index or 0)
    return Moved(**standing(script, target, there), moved=moved, warnings=warnings)


def _behind(segment: Segment) -> int:
    return segment.start if segment.end is None else segment.end
