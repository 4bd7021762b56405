"""split_segment: cut a segment in two."""

from pydantic import Field

from asked import model_of, without
from engine.editing import halves
from engine.script_file import Script_file
from engine.segments import Segment
from engine.time import FrameGrid, microseconds, seconds
from errors import InvalidRequestError
from fields.answers import Placed, standing
from fields.requests import OfSegment
from fields.words import Seconds


class SplitSegment(OfSegment):
    """Cut a segment in two at a time.

    The left part keeps the id and how it comes in; the right part is new, and has how it goes out, transition included.
    """

    example = {"draft_id": "first", "segment_id": "37744819eb285effacbbbed42afa1c5a", "at": 1}

    at: Seconds = Field(description="Where to cut, in seconds on the timeline; inside the segment.")

    def cut(self, grid: FrameGrid, segment: Segment) -> int:
        """Where to cut, on a frame.

        Raises:
            InvalidRequestError: there is not a frame on each side.
        """
        at = grid.nearest(microseconds(self.at))
        if segment.start < at and (segment.end is None or at < segment.end):
            return at
        until = "the end of its media" if segment.end is None else f"{seconds(segment.end):g} s"
        message = (
            f"must be inside the segment, at least a frame from its edges: {seconds(segment.start):g} s to {until}"
        )
        raise InvalidRequestError.about("at", message)


class Split(Placed):
    """The left part under the old id, and the right part."""

    new_segment_id: str = Field(description="The right part.")
    new_start: float = Field(description="Where the right part begins on the timeline, in seconds.")
    new_end: float | None = Field(
        description="Where it ends, in seconds; null until the length of its medium is known."
    )


def split_segment(req: SplitSegment, script: Script_file) -> Split:
    """Put both parts in place of the whole."""
    track, segment = script.get_segment(req.segment_id)
    model = model_of(segment)
    left, right = halves(segment, script.grid, req.cut(script.grid, segment), script.new_id())
    left, right = without(left, model.at_its_end), without(right, model.at_its_start)
    with script.all_or_nothing():
        script.take(segment.id)
        script.place(track.name, left, field="at")
        script.place(track.name, right, field="at")
    end = None if right.end is None else seconds(right.end)
    there = standing(script, track.name, left)
    return Split(**there, new_segment_id=right.id, new_start=seconds(right.start), new_end=end)
