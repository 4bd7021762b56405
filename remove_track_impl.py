"""remove_track: take a track away."""

from engine.script_file import Script_file
from fields.answers import TrackState, track_state
from fields.requests import OfTrack


class RemoveTrack(OfTrack):
    """Take a track away with everything on it."""

    example = {"draft_id": "first", "track_name": "effect_01"}


def remove_track(req: RemoveTrack, script: Script_file) -> TrackState:
    """Take it away; the answer says what it was."""
    return track_state(script, script.remove_track(req.track_name))
