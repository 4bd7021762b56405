"""add_transition: let a clip give way to the next by a transition."""

from pydantic import AliasChoices, Field

from asked import change, settable
from engine.script_file import Script_file
from errors import ConflictError, InvalidRequestError
from fields.answers import Placed
from fields.requests import OfSegment
from fields.words import Length, Name


class AddTransition(OfSegment):
    """Let a clip or picture give way by a transition to the one that begins where it ends.

    The same as setting `transition` and `transition_duration` of the earlier of the two with update_segment; one that
    it had is replaced.
    """

    example = {
        "draft_id": "first",
        "segment_id": "37744819eb285effacbbbed42afa1c5a",
        "transition": "Dissolve",
        "transition_duration": 0.6,
    }

    transition: Name = Field(
        validation_alias=AliasChoices("transition", "name"), description="Transition by name, of the target app."
    )
    transition_duration: Length = Field(
        0.5,
        validation_alias=AliasChoices("transition_duration", "duration"),
        description="Its length in seconds; made an even number of frames.",
    )


def add_transition(req: AddTransition, script: Script_file) -> Placed:
    """Build the earlier clip again with the transition.

    Raises:
        InvalidRequestError: the segment can have none, or the app has none of that name.
        ConflictError: no clip begins where it ends.
    """
    track, segment = script.get_segment(req.segment_id)
    if "transition" not in settable(segment):
        raise InvalidRequestError.about("segment_id", f"is {segment.track_type}; clips and pictures have transitions")
    following = track.following(segment)
    if segment.end is not None and (following is None or following.start != segment.end):
        message = f"no clip on track {track.name!r} begins where it ends; move the next one there first"
        raise ConflictError.about("segment_id", message)
    asked = {"transition": req.transition, "transition_duration": req.transition_duration}
    return change(script, req.segment_id, asked)
