"""trim_segment: change where a segment begins or ends."""

from pydantic import Field, field_validator

from engine.editing import earliest_start, ripple, shifted, trimmed, within_reach
from engine.script_file import Script_file
from engine.segments import Segment
from engine.time import FrameGrid, microseconds, seconds
from errors import InvalidRequestError
from fields.answers import Moved, standing
from fields.groups import after_start
from fields.requests import OfSegment, Rippling
from fields.words import Seconds


class TrimSegment(Rippling, OfSegment):
    """Cut something off a segment at either edge, or let it show more.

    What plays at any time in between stays the same: trimming the start of a clip makes it begin later in its medium.
    With `ripple` the segment goes on beginning where it did, and what follows moves by what it is shorter or longer.
    """

    example = {"draft_id": "first", "segment_id": "37744819eb285effacbbbed42afa1c5a", "end": 2.5}

    start: Seconds | None = Field(None, description="New start on the timeline in seconds; left out: as now.")
    end: Seconds | None = Field(None, description="New end on the timeline in seconds; left out: as now.")

    _end_after_start = field_validator("end")(after_start)

    def edges(self, grid: FrameGrid, segment: Segment) -> tuple[int, int | None]:
        """Start and end that the segment is to have, on frames.

        Raises:
            InvalidRequestError: neither is given, nothing would be left, or its medium begins later.
        """
        if self.start is None and self.end is None:
            raise InvalidRequestError.about("end", "give start, end or both")
        start = segment.start if self.start is None else grid.nearest(microseconds(self.start))
        end = segment.end if self.end is None else grid.nearest(microseconds(self.end))
        if end is not None and end <= start:
            message = f"less than a frame would be left; the segment {_where(segment)}"
            raise InvalidRequestError.about("start" if self.end is None else "end", message)
        earliest = earliest_start(segment, grid)
        if start < earliest:
            message = f"its medium begins at {seconds(earliest):g} s of the timeline; that is the earliest start"
            raise InvalidRequestError.about("start", message, earliest_start=seconds(earliest))
        return start, end


def trim_segment(req: TrimSegment, script: Script_file) -> Moved:
    """Put the trimmed segment in place of the whole one, and let others move along."""
    track, segment = script.get_segment(req.segment_id)
    left = within_reach(trimmed(segment, script.grid, *req.edges(script.grid, segment)), script.grid, "end")
    grid, frames = script.grid, req.length(script, segment)
    if req.ripple != "none":
        left = shifted(left, grid, grid.frame(segment.start) - grid.frame(left.start))
    with script.all_or_nothing():
        script.take(segment.id)
        following = req.shifts(script, track.name, segment.end or segment.start, req.length(script, left) - frames)
        moved = ripple(script, following, "ripple")
        script.place(track.name, left, field="end" if req.start is None else "start")
    return Moved(**standing(script, track.name, left), moved=moved)


def _where(segment: Segment) -> str:
    until = "runs to the end of its media" if segment.end is None else f"ends at {seconds(segment.end):g} s"
    return f"begins at {seconds(segment.start):g} s and {until}"
