"""move_track: put a track before or behind others."""

from engine.script_file import Script_file
from fields.answers import TrackState, track_state
from fields.requests import OfTrack
from fields.words import RelativeIndex


class MoveTrack(OfTrack):
    """Put a track in front of or behind the others of its type."""

    example = {"draft_id": "first", "track_name": "text_main", "relative_index": 2}

    relative_index: RelativeIndex


def move_track(req: MoveTrack, script: Script_file) -> TrackState:
    """Change its place; the main video track has none to choose."""
    warnings = []
    if script.get_track(req.track_name) is script.main_track:
        warnings = [f"relative_index: {req.track_name!r} is the main video track, which stays behind all others"]
    return track_state(script, script.set_track(req.track_name, relative_index=req.relative_index), warnings)
