"""Further names of operations: what older clients and documents call them.

Each is served on both faces beside the operation's own routes, and is in the OpenAPI document. To add one: a line in
OTHER_NAMES. For a name that has no counterpart here: what to do instead, in NOT_HERE.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from list_types_impl import LIST_NAMES


@dataclass(frozen=True)
class OtherName:
    """Another name of an operation."""

    name: str
    operation: str
    fields: Mapping[str, str] = field(default_factory=dict)
    """Fields that the name stands for; a caller need not give a body then."""
    methods: tuple[str, ...] = ("POST",)
    """GET takes the fields as a query."""
    summary: str = ""
    """What it does, where the operation's own summary says more."""


OTHER_NAMES = (
    *(
        OtherName(
            f"get_{kind}_types",
            "list_types",
            fields={"kind": kind},
            methods=("GET", "POST"),
            summary=f"List the names of kind {kind}.",
        )
        for kind in LIST_NAMES
    ),
    OtherName("get_video_duration", "get_duration"),
    OtherName("export_to_capcut", "save_draft"),
    OtherName("export_status", "query_draft_status", methods=("GET", "POST")),
)

_GIVE_THE_URL = "there are no uploads: give the medium's URL to add_video, add_image or add_audio"

_FROM_A_DRAFT = "no list of them is known; read their ids in a draft that the app made, in materials.effects"
_BUBBLES = f"{_FROM_A_DRAFT} of type text_shape, and give add_text bubble_effect_id and bubble_resource_id"
_TEXT_EFFECTS = f"{_FROM_A_DRAFT} of type text_effect, and give add_text effect_effect_id"

NOT_HERE = {
    "get_bubble_types": _BUBBLES,
    "get_text_bubble_types": _BUBBLES,
    "get_text_effect_types": _TEXT_EFFECTS,
    "get_flower_text_types": _TEXT_EFFECTS,
    "upload_video": _GIVE_THE_URL,
    "upload_image": _GIVE_THE_URL,
    "upload_audio": _GIVE_THE_URL,
    "list_uploads": f"{_GIVE_THE_URL}; list_drafts lists drafts",
    "delete_upload": f"{_GIVE_THE_URL}; delete_draft deletes a draft",
    "export_draft_to_video": "no video is rendered here: save_draft makes the draft, and the app exports it",
    "execute_workflow": "send the operations one by one; the first that changes a draft starts it",
}
"""Routes that documents of CapCutAPI name and no version of it has, and lists that nobody can make."""
