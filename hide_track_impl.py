"""hide_track: show nothing of a track, or show it again."""

from pydantic import Field

from engine.script_file import Script_file
from fields.answers import TrackState, track_state
from fields.requests import OfTrack


class HideTrack(OfTrack):
    """Hide what is on a track, or show it again."""

    example = {"draft_id": "first", "track_name": "image_main"}

    hidden: bool = Field(True, description="true hides what is on it, false shows it again.")


def hide_track(req: HideTrack, script: Script_file) -> TrackState:
    """Note it on the track."""
    track = script.set_track(req.track_name, hidden=req.hidden)
    unseen = track.type == "audio"
    return track_state(script, track, [f"track {track.name!r} is audio: nothing of it is seen"] if unseen else [])
