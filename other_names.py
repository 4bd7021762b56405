"""Further names of operations: what older clients and documents call them.

Each is served on both faces beside the operation's own routes, and is in the OpenAPI document. To add one: a line in
OTHER_NAMES. For a name that has no counterpart here: what to do instead, in NOT_HERE.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from fields.kinds import LIST_NAMES


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
    OtherName("execute_workflow", "batch"),
    OtherName("export_to_capcut", "save_draft"),
    OtherName("get_task", "query_draft_status", methods=("GET", "POST")),
    OtherName("export_status", "query_draft_status", methods=("GET", "POST")),
)

_LINK = "generate_draft_url answers the link that downloads a draft"
_GIVE_THE_URL = (
    "give the medium's URL to add_video, add_image or add_audio, or upload it with create_asset first; upload_to_oss "
    "puts a file where it has a URL, if the service has a storage"
)

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
    "list_uploads": "list_assets lists uploads, list_drafts drafts",
    "delete_upload": "delete_asset deletes an upload, delete_draft a draft",
    "export_draft_to_video": "no video is rendered here: save_draft makes the draft, and the app exports it",
    "reload_desktop": "the app is not on this machine: open the draft there again",
    "api/drafts/list": "list_drafts lists drafts",
    "api/drafts/delete": "delete_draft deletes a draft",
    "api/drafts/download": _LINK,
    "api/draft/download": _LINK,
    "api/drafts/batch-download": _LINK,
    "api/draft/long_poll_status": "query_draft_status with wait and last_status answers once it is another",
}
"""Routes that documents or relatives of CapCutAPI have, with all below them, and what is here for it."""


def not_here(path: str) -> str | None:
    """What to use instead of a route that is not here; None where that is not known."""
    below = f"{path.strip('/')}/"
    return next((instead for name, instead in NOT_HERE.items() if below.startswith(f"{name}/")), None)
