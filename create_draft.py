"""create_draft: start a draft."""

from pydantic import AliasChoices, Field

from draft_cache import now
from engine.profiles import get_profile
from engine.script_file import Script_file
from fields.answers import DraftAnswer
from fields.requests import Changing, new_draft_id
from fields.words import DraftName, FrameRate, Identifier, Pixels, folder_doubts
from services import Services
from settings import TargetName
from store.drafts import Row


class CreateDraft(Changing):
    """Start an empty draft with the canvas, frame rate and target app it is for."""

    example = {"draft_id": "first", "name": "My first draft"}

    draft_id: Identifier | None = Field(
        None, description="Id of the new draft: letters, digits, '.', '_' and '-'; left out, one is made."
    )
    name: DraftName | None = Field(
        None,
        validation_alias=AliasChoices("name", "title", "project_name"),
        description="Name shown in the app, and of its folder; left out: its id.",
    )
    width: Pixels = Field(1080, description="Canvas width in pixels.")
    height: Pixels = Field(1920, description="Canvas height in pixels.")
    fps: FrameRate = Field(
        30, description="Frames a second; 29.97 and the like mean the exact rate. Edges of clips are put on frames."
    )
    target: TargetName | None = Field(
        None,
        description="App it is for: capcut, capcut_legacy (6.x), jianying_5_9 or jianying_10 (6 and later), else as "
        "configured. Decides which names of transitions, masks, fonts and animations are known.",
    )


class Created(DraftAnswer):
    """The new draft."""


class Start(CreateDraft):
    """The first row of a log: what the draft was asked to be, with nothing left open."""

    target: TargetName
    ids_of: Identifier | None = None
    """Draft whose ids its segments have: a copy keeps those of its original, for its log speaks of them."""


def create_draft(req: CreateDraft, services: Services) -> Created:
    """Log its first operation; the same call sent again finds the draft it has made."""
    done = services.drafts.find(services.call_key)
    draft_id = done.draft_id if done else req.draft_id or new_draft_id()
    target = req.target or services.settings.default_target
    if not done:
        fields = req.model_dump(exclude_none=True) | {"draft_id": draft_id, "target": target}
        services.drafts.create(draft_id, req.name or draft_id, [first_row(Start(**fields))], services.call_key)
    return Created(
        draft_id=draft_id,
        version=1,
        draft_url=services.draft_path(draft_id, get_profile(target).app),
        warnings=folder_doubts(req.name, draft_id) if req.name else [],
    )


def first_row(req: Start) -> Row:
    """The row that a log begins with."""
    return Row(1, "create_draft", req.model_dump_json(exclude_unset=True).encode(), now())


def start(draft_id: str, req: Start) -> Script_file:
    """Make the empty draft that the first row of a log stands for."""
    script = Script_file(draft_id, req.width, req.height, req.fps, name=req.name or draft_id, target=req.target)
    script.ids_of = req.ids_of or draft_id
    script.begin(1)
    return script
