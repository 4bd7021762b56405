"""add_filter: lay a filter over a stretch of the timeline."""

from pydantic import AliasChoices, Field

from engine.script_file import Script_file
from engine.segments import FilterSegment
from fields.answers import Placed
from fields.groups import OnTrack, Span
from fields.pictures import filter_in
from fields.requests import InDraft
from fields.words import Name, Percent, TimelineEnd, TrackName


class AddFilter(Span, OnTrack, InDraft):
    """Lay a filter over everything that is shown during a stretch of the timeline."""

    example = {"draft_id": "first", "filter": "BW 2", "start": 4, "end": 6, "filter_intensity": 60}

    filter: Name = Field(
        validation_alias=AliasChoices("filter", "filter_type", "name"),
        description="Filter by name, of the draft's target app.",
    )
    filter_intensity: Percent = Field(
        100.0, validation_alias=AliasChoices("filter_intensity", "intensity"), description="Its strength, 0 to 100."
    )
    end: TimelineEnd = 3
    track_name: TrackName = "filter_01"

    def segment(self, script: Script_file, segment_id: str, added: int) -> FilterSegment:
        """See OnTrack."""
        chosen = filter_in(script.app, self.filter, self.filter_intensity, "filter")
        return FilterSegment(**self.marks(segment_id, added), **self.span(script), filter=chosen)


def add_filter(req: AddFilter, script: Script_file) -> Placed:
    """Place the filter on its track."""
    return req.put(script)
