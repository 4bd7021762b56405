"""create_draft: start a draft."""

import secrets
import time

from pydantic import Field

from engine.profiles import get_profile
from engine.script_file import Script_file
from fields import DraftAnswer, FrameRate, Identifier, Name, Pixels, Request
from services import Services
from settings import TargetName
from store.drafts import Row


class CreateDraft(Request):
    """Start an empty draft with the canvas, frame rate and target app it is for."""

    example = {"draft_id": "first", "name": "My first draft"}

    draft_id: Identifier | None = Field(
        None, description="Id of the new draft: letters, digits, '.', '_' and '-'; left out, one is made."
    )
    name: Name | None = Field(None, description="Name shown in the app, and of its folder; left out: its id.")
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


def create_draft(req: CreateDraft, services: Services) -> Created:
    """Log its first operation and remember it."""
    draft_id = req.draft_id or new_draft_id()
    exact = req.model_copy(update={"draft_id": draft_id, "target": req.target or services.settings.default_target})
    services.drafts.create(draft_id, Row(1, "create_draft", exact.model_dump_json(exclude_none=True).encode()))
    app = get_profile(str(exact.target)).app
    return Created(draft_id=draft_id, version=1, draft_url=services.draft_path(draft_id, app))


def start(draft_id: str, req: CreateDraft) -> Script_file:
    """Make the empty draft that the first row of a log stands for."""
    assert req.target is not None, "the log holds the target that was settled on"
    script = Script_file(draft_id, req.width, req.height, req.fps, name=req.name or draft_id, target=req.target)
    script.begin(1)
    return script


def new_draft_id() -> str:
    """An id as CapCutAPI makes them: `dfd_cat_`, the time, eight random hex digits."""
    return f"dfd_cat_{int(time.time())}_{secrets.token_hex(4)}"
