"""mute_track: turn a track's sound off or on."""

from pydantic import Field

from engine.script_file import Script_file
from fields.answers import TrackState, track_state
from fields.requests import OfTrack


class MuteTrack(OfTrack):
    """Turn the sound of a track off, or on again."""

    example = {"draft_id": "first", "track_name": "audio_main"}

    muted: bool = Field(True, description="true turns its sound off, false on again.")


def mute_track(req: MuteTrack, script: Script_file) -> TrackState:
    """Note it on the track; the apps keep the volumes of its segments."""
    track = script.set_track(req.track_name, muted=req.muted)
    silent = track.type not in ("video", "audio")
    return track_state(script, track, [f"track {track.name!r} is {track.type}: it has no sound"] if silent else [])
