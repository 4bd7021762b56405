"""add_adjust: change the colours of all that is shown during a stretch of the timeline."""

from engine.script_file import Script_file
from engine.segments import AdjustSegment
from errors import InvalidRequestError
from fields.adjust import Adjusting, unproven
from fields.answers import Placed
from fields.groups import OnTrack, Span
from fields.requests import InDraft
from fields.words import TimelineEnd, TrackName


class AddAdjust(Adjusting, Span, OnTrack, InDraft):
    """Adjust the colours of everything that is shown during a stretch of the timeline."""

    example = {"draft_id": "first", "brightness": 10, "contrast": 20, "temperature": -15, "start": 1, "end": 4}

    end: TimelineEnd = 3
    track_name: TrackName = "adjust_01"

    def segment(self, script: Script_file, segment_id: str, added: int) -> AdjustSegment:
        """See OnTrack.

        Raises:
            InvalidRequestError: nothing is to be adjusted.
        """
        adjustments = self.adjustments()
        if not adjustments:
            names = ", ".join(Adjusting.model_fields)
            raise InvalidRequestError(f"give one of these another value than 0: {names}")
        return AdjustSegment(**self.marks(segment_id, added), **self.span(script), adjustments=adjustments)

    def doubts(self, script: Script_file) -> list[str]:
        """See OnTrack."""
        return [unproven(script.app)]


def add_adjust(req: AddAdjust, script: Script_file) -> Placed:
    """Place the adjustments on their track."""
    return req.put(script)
