"""add_track: make an empty track."""

from typing import get_args

from pydantic import Field

from engine.script_file import Script_file
from engine.segments import TrackType
from fields.answers import TrackState, track_state
from fields.requests import InDraft
from fields.words import RelativeIndex, TrackName


class AddTrack(InDraft):
    """Make an empty track; add operations make the tracks they name by themselves.

    It is written as soon as something is on it. An empty main video track keeps other video tracks in front of it.
    """

    example = {"draft_id": "first", "track_name": "lower thirds", "type": "text", "relative_index": 5}

    track_name: TrackName = Field(description="Its name, which no other track has.")
    type: TrackType = Field(description=f"What it takes: {', '.join(get_args(TrackType))}.")
    relative_index: RelativeIndex = Field(0, description="Among tracks of its type a higher one is in front.")


def add_track(req: AddTrack, script: Script_file) -> TrackState:
    """Add it behind those that are there.

    Raises:
        ConflictError: there is a track of that name.
    """
    return track_state(script, script.add_track(req.track_name, req.type, req.relative_index))
