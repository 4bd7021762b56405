"""create_draft: start a draft."""

import re
from typing import Annotated

from pydantic import AfterValidator, AliasChoices, Field

from draft_cache import now
from engine.imported import Folder
from engine.importing import imported_script, parsed
from engine.profiles import get_profile
from engine.script_file import Script_file
from fields.answers import DraftAnswer
from fields.requests import Changing, Request, new_draft_id
from fields.words import DraftName, FrameRate, Identifier, Pixels, Target, folder_doubts
from services import Services
from settings import TargetName
from skeletons import target_of_new
from store.drafts import Row
from store.imports import KEPT_FILES


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
    target: Target | None = Field(
        None,
        validation_alias=AliasChoices("target", "draft_profile"),
        description="App it is for: capcut, capcut_legacy (6.x), jianying_5_9 or jianying_10 (6 and later), else as "
        "configured. Decides which names of transitions, masks, fonts and animations are known.",
    )
    skeleton: Identifier | None = Field(
        None,
        description="Skeleton that its saves put it into, which decides the target; a skeleton or target that a save "
        "is given comes before it.",
    )


class Created(DraftAnswer):
    """The new draft."""


def _in_folder(path: str) -> str:
    if (
        not path
        or path.startswith("/")
        or any(part in ("", ".", "..") or _ODD.search(part) for part in path.split("/"))
    ):
        raise ValueError("must be a path in the draft folder")
    return path


_ODD = re.compile(r"[\\:\x00-\x1f]")
InFolder = Annotated[str, Field(max_length=1_000), AfterValidator(_in_folder)]


class ImportedDraft(Request):
    """What a draft was imported as."""

    document: str
    """Its timeline, as JSON."""
    meta: str = ""
    """Its draft_meta_info.json; empty when there was none."""
    copies: tuple[InFolder, ...] = ()
    """Where in its folder the timeline was."""
    files: Annotated[str, Field(pattern=KEPT_FILES)] = ""
    """What names the other files of its folder."""


class Start(CreateDraft):
    """The first row of a log: what the draft was asked to be, with nothing left open."""

    target: TargetName
    ids_of: Identifier | None = None
    """Draft whose ids its segments have: a copy keeps those of its original, for its log speaks of them."""
    imported: ImportedDraft | None = None
    """What it was imported as; canvas and frame rate are in there then."""


def create_draft(req: CreateDraft, services: Services) -> Created:
    """Log its first operation; the same call sent again finds the draft it has made.

    Raises:
        NotFoundError: there is no such skeleton.
        InvalidRequestError: the skeleton is one of another target.
        DraftExistsError: there is a draft of that id.
    """
    done = services.drafts.find(services.call_key)
    draft_id = done.draft_id if done else req.draft_id or new_draft_id()
    target = services.drafts.snapshot(draft_id).target if done else target_of_new(req.target, req.skeleton, services)
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
    """Make the draft that the first row of a log stands for: empty, or as it was imported."""
    name = req.name or draft_id
    if req.imported:
        script = _imported(draft_id, name, req, req.imported)
    else:
        script = Script_file(draft_id, req.width, req.height, req.fps, name=name, target=req.target)
        script.ids_of, script.skeleton = req.ids_of or draft_id, req.skeleton or ""
    script.begin(1)
    return script


def _imported(draft_id: str, name: str, req: Start, given: ImportedDraft) -> Script_file:
    folder = Folder(given.meta.encode(), given.copies, given.files)
    document, ids_of = parsed(given.document), req.ids_of or ""
    return imported_script(draft_id, document, name=name, target=req.target, ids_of=ids_of, folder=folder)
