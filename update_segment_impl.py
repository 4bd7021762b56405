"""update_segment: change any parameter of a segment."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from asked import FIXED, change, model_of, settable
from engine.script_file import Script_file
from errors import InvalidRequestError
from fields.answers import Placed
from fields.requests import OfSegment
from fields.words import kept_as_json


class UpdateSegment(OfSegment):
    """Change parameters of a segment, those of the operation that added it.

    What is not in `set` stays as it is, times included: `start` and `end` of a clip choose from its medium, and
    `target_start` says where it goes, as in the operation that added it.
    """

    example = {
        "draft_id": "first",
        "segment_id": "cf1ad2f64cee56e59eff9d2f7f3fe861",
        "set": {"color": "#FFD700", "size": 12},
    }

    of_other_operations = frozenset({"set"})

    set: Annotated[dict[str, Any], BeforeValidator(kept_as_json)] = Field(
        min_length=1,
        description="Parameters by the names that the operation which added it has; null puts one back to its default.",
    )


def update_segment(req: UpdateSegment, script: Script_file) -> Placed:
    """Build the segment again with what is set."""
    _, segment = script.get_segment(req.segment_id)
    for field in (*FIXED, *model_of(segment).when_added):
        if field in req.set:
            why = "it is not about the segment" if field in FIXED else "it counts when the text is added only"
            message = f"cannot be set, {why}; {', '.join(settable(segment))} can"
            raise InvalidRequestError.about(f"set.{field}", message)
    return change(script, req.segment_id, req.set, inside="set")
