"""save_draft: make the folder that the app opens."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

from pydantic import AliasChoices, Field

from deploying import check_not_running, deploy_root, root_meant
from engine.paths import ClientOs, PathStyle
from engine.settle import OnConflict
from errors import ConflictError
from fields.private import MediaHeaders
from fields.requests import Changing, Expecting
from fields.tasks import Metadata, SaveStatus, Wait, WebhookUrl
from fields.words import Identifier, Target
from saving.job import SaveJob, start
from services import Services
from skeletons import find_skeleton
from store.tasks import new_task
from targets import planned
from util import folder_name


class SaveDraft(Expecting, Changing):
    """Save a draft: fetch its media and make the folder that the app opens, packed as a zip."""

    example = {"draft_id": "first", "wait": 15}

    draft_id: Identifier = Field(description="The draft to save.")
    draft_folder: Annotated[str, Field(max_length=4_096)] | None = Field(
        None,
        description="The app's drafts folder on the computer the draft is for, in any form that its system has; media "
        "are found wherever it lies.",
    )
    target: Target | None = Field(
        None,
        validation_alias=AliasChoices("target", "draft_profile"),
        description="App that this save is for, if not the draft's own; refused when that lacks a name the draft uses.",
    )
    client_os: ClientOs | None = Field(
        None,
        description="System of the computer the draft is for, which the timeline declares; left out: the one that has "
        "such a draft_folder, else Windows.",
    )
    skeleton: Identifier | None = Field(
        None, description="Skeleton to put the draft into: it has the version and the folder of the app that made it."
    )
    deploy: bool | None = Field(
        None,
        validation_alias=AliasChoices("deploy", "auto_deploy"),
        description="Put the draft into draft_folder on the service's own machine, and into the list of the app, which "
        "must not be running; what was there is kept. Left out: if that is a drafts folder of an app there, or below "
        "one of the deploy_roots, and the app is not running.",
    )
    path_style: PathStyle = Field(
        "portable",
        description="How media are named: portable, by the apps' own sign for the draft's folder; absolute, by the "
        "full path below draft_folder.",
    )
    on_conflict: OnConflict | None = Field(
        None, description="When an open clip reaches into the next: trim it, drop the later-added, or error."
    )
    upload: bool | None = Field(
        None, description="Put the zip into the storage of the service; left out: as is_upload_draft is set."
    )
    wait: Wait = 0
    webhook_url: WebhookUrl | None = Field(
        None, description="Address that is told by a POST how the save ended; see test_webhook and list_deliveries."
    )
    metadata: Metadata = {}
    media_headers: MediaHeaders = {}


def save_draft(req: SaveDraft, services: Services) -> SaveStatus:
    """Start the save, and wait for it as long as asked.

    Raises:
        DraftNotFoundError: there is no such draft.
        DraftChangedError: it is not at the version that the caller expects.
        ConflictError: the app is running on the machine that the draft is to be put on.
        InvalidRequestError: there is no such folder, or target, system and folder do not go with each other.
        NoStorageError: it is to be uploaded, and there is nowhere to.
        SaveFailedError: it failed within the time waited.
    """
    script = services.drafts.snapshot(req.draft_id)
    req.check(script.version)
    skeleton_id = req.skeleton or ("" if req.target else script.skeleton)
    root = _root(req, services.settings.deploy_roots)
    plan, warnings = planned(
        script,
        folder_name(script.name, script.draft_id),
        target=req.target,
        client_os=req.client_os,
        path_style=req.path_style,
        draft_folder=str(root) if root else req.draft_folder,
        skeleton=find_skeleton(skeleton_id, services, "skeleton").skeleton if skeleton_id else None,
    )
    plan = replace(plan, skeleton=skeleton_id, deploy=bool(root))
    try:
        warnings += check_not_running(plan.profile.app) if plan.deploy else []
    except ConflictError as error:
        if req.deploy:
            raise
        plan = replace(plan, deploy=False)
        warnings.append(f"not put into draft_folder: {error}")
    uploads = services.settings.is_upload_draft if req.upload is None else req.upload
    if uploads:
        services.storage_for("upload")
    on_conflict = req.on_conflict or services.settings.on_conflict
    asked = {**asdict(plan), "on_conflict": on_conflict, "upload": uploads, "warnings": warnings}
    incarnation = services.drafts.entry(req.draft_id).incarnation
    task = new_task(script.draft_id, script.version, plan.target, incarnation, asked)
    task = replace(task, metadata=req.metadata, webhook_url=req.webhook_url or "", base_url=services.base_url)
    return start(SaveJob(services, task, script), req.wait, req.dry_run, req.media_headers)


def _root(req: SaveDraft, allowed: tuple[Path, ...] | None) -> Path | None:
    """The folder of drafts on this machine to put the draft into, if that is wanted."""
    if req.deploy is None:
        return root_meant(req.draft_folder, allowed)
    return deploy_root(req.draft_folder, allowed) if req.deploy else None
