"""remove_segment: take a segment off the timeline."""

from engine.editing import ripple
from engine.script_file import Script_file
from fields.answers import Moved, standing
from fields.requests import OfSegment, Rippling


class RemoveSegment(Rippling, OfSegment):
    """Take a segment off the timeline; its track stays, even when it is empty then."""

    example = {"draft_id": "first", "segment_id": "de3eba27a9d757bf8495f25744664c09"}


def remove_segment(req: RemoveSegment, script: Script_file) -> Moved:
    """Take it off and let others close the gap; the answer says where it was."""
    track, segment = script.get_segment(req.segment_id)
    frames = req.length(script, segment)
    with script.all_or_nothing():
        script.take(segment.id)
        moved = ripple(script, req.shifts(script, track.name, segment.end or segment.start, -frames), "ripple")
    return Moved(**standing(script, track.name, segment), moved=moved)
