"""save_draft, retry_task and query_draft_status: make the folder the app opens, and say how far that is.

A save is a row of steps over one `_Save`, each with the percent at which it begins:

    fetch media and fonts -> settle the timeline -> write the folder -> lint -> pack -> upload, if asked to

To add a step: a function of a `_Save`, listed in STEPS. A save works on the draft as it was when it was asked for.
Nothing of it can be found before it is whole, and nothing a caller asked for is missing without being named.
"""

import json
import logging
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from copy import deepcopy
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, Field

import logs
from deploying import NotDeployedError, check_not_running, deploy, deploy_root
from engine.export import PlacedMedia, Timeline, write_timeline
from engine.ids import derived_id
from engine.imported import ImportedSegment
from engine.lint import PLACEHOLDER, Finding, lint, since
from engine.meta import RegisteredFile, registered, write_meta
from engine.paths import ClientOs, PathStyle
from engine.script_file import Cover, Script_file
from engine.segments import Segment, VideoSegment
from engine.settle import Change, OnConflict, Settled, settle
from engine.skeletons import Skeleton
from engine.time import SECOND, seconds
from errors import (
    ConflictError,
    DraftNotFoundError,
    MediaError,
    NoStorageError,
    NotFoundError,
    SaveFailedError,
    ServiceError,
    StorageError,
    StoreError,
)
from fields.answers import Answer
from fields.requests import Changing, Expecting, Request
from fields.tasks import Metadata, OfTask, SaveStatus, Wait, WebhookUrl
from fields.words import Identifier, Number, Target, Whole
from installers import installers
from media.library import Brought, Progress
from media.read import UnreadableMediaError
from services import Services
from skeletons import find_skeleton
from store.packing import pack
from store.tasks import Status, Task, TaskCancelledError, TaskTakenError, new_task
from targets import Plan, planned
from util import as_json, folder_name, url_to_hash

log = logging.getLogger(__name__)

_COVER = "draft_cover.jpg"


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
    deploy: bool = Field(
        False,
        validation_alias=AliasChoices("deploy", "auto_deploy"),
        description="Put the draft into draft_folder, which is one of the deploy_roots on this machine, and into the "
        "list of the app, which must not be running; what was there is kept.",
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


class QueryDraftStatus(OfTask):
    """Ask how far a save is, and what came of it; with `wait`, once there is something new to tell."""

    example = {"task_id": "first"}

    wait: Annotated[Number, Field(ge=0, le=600)] = Field(
        0, description="Longest time to wait, in seconds: for the end, or for what the next two fields say."
    )
    last_status: Status | None = Field(None, description="Answer as soon as the status is another than this.")
    after_progress: Annotated[Whole, Field(ge=0, le=100)] | None = Field(
        None, description="Answer as soon as the progress is beyond this, in percent."
    )

    def is_news(self, task: Task) -> bool:
        """Whether a state is one that the caller waits for, beside the last."""
        is_beyond = self.after_progress is not None and task.progress > self.after_progress
        return is_beyond or (self.last_status is not None and task.status != self.last_status)


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
    root = str(deploy_root(req.draft_folder, services.settings.deploy_roots)) if req.deploy else req.draft_folder
    plan, warnings = planned(
        script,
        folder_name(script.name, script.draft_id),
        target=req.target,
        client_os=req.client_os,
        path_style=req.path_style,
        draft_folder=root,
        skeleton=find_skeleton(req.skeleton, services, "skeleton").skeleton if req.skeleton else None,
    )
    plan = replace(plan, skeleton=req.skeleton or "", deploy=req.deploy)
    if plan.deploy:
        warnings += check_not_running(plan.profile.app)
    uploads = services.settings.is_upload_draft if req.upload is None else req.upload
    if uploads:
        services.storage_for("upload")
    on_conflict = req.on_conflict or services.settings.on_conflict
    asked = {**asdict(plan), "on_conflict": on_conflict, "upload": uploads, "warnings": warnings}
    incarnation = services.drafts.entry(req.draft_id).incarnation
    task = new_task(script.draft_id, script.version, plan.target, incarnation, asked)
    task = replace(task, metadata=req.metadata, webhook_url=req.webhook_url or "", base_url=services.base_url)
    return _started(_Save(services, task, script), req.wait, req.dry_run)


class RetryTask(OfTask, Changing):
    """Do a failed or cancelled save again: the same version of the draft with the same options, as a new task."""

    example = {"task_id": "first", "wait": 15}

    wait: Wait = 0


def retry_task(req: RetryTask, services: Services) -> SaveStatus:
    """Start it anew, and wait for it as long as asked.

    Raises:
        TaskNotFoundError: there is no such task, and no save of a draft of that id.
        ConflictError: it has not failed.
        DraftNotFoundError: its draft is gone.
        SaveFailedError: it failed again within the time waited.
    """
    old = services.tasks.get(req.task_id)
    if not old.has_failed:
        advice = "save_draft saves it as it is now" if old.is_finished else "cancel_task ends it"
        raise ConflictError.about("task_id", f"save {old.task_id!r} is {old.status}, and has not failed; {advice}")
    fresh = new_task(old.draft_id, old.draft_version, old.target, old.incarnation, old.asked)
    told: dict[str, Any] = {"metadata": old.metadata, "webhook_url": old.webhook_url, "base_url": old.base_url}
    task = replace(fresh, retry_of=old.task_id, **told)
    return _started(_made_of(task, services), req.wait, req.dry_run)


def _started(save: "_Save", wait: float, dry_run: bool) -> SaveStatus:
    services, task = save.services, save.task
    if dry_run:
        services.tasks.add(task)
        _try_out(save)
        return services.outcome(task.task_id, 0).model_copy(update={"task_id": ""})  # there is no such task
    if task.webhook_url:
        services.webhooks.expect(task)
    services.tasks.add(task)
    if task.webhook_url:
        services.tasks.follow(task.task_id, services.webhooks.hear)
    services.runner.submit(save)
    return services.outcome(task.task_id, wait)


def _made_of(task: Task, services: Services) -> "_Save":
    """The save that a task stands for, on the draft as it was when it was asked for.

    Raises:
        DraftNotFoundError: the draft is gone.
        StoreError: the draft cannot be read just now.
    """
    _check_same(task, services)
    script = services.drafts.snapshot(task.draft_id, task.draft_version)
    return _Save(services, task, script)


def resume(task: Task, services: Services) -> None:
    """Begin a save that another process was asked for, or that was cut off by its end; more than once is too often."""
    try:
        save = _made_of(task, services)
        if task.tries > MOST_TRIES:
            raise SaveFailedError(f"the service ended {MOST_TRIES} times while saving it", status=500)
    except StoreError:
        raise  # that passes; the task can be taken over again
    except ServiceError as error:
        failure = (error.status, error.code)
        message = f"the service ended during the save, and it could not go on: {error}"
        with suppress(TaskTakenError):
            services.tasks.update(task.task_id, status="failed", message=message, failure=failure)
    else:
        services.runner.submit(save)


def _check_same(task: Task, services: Services) -> None:
    """Make sure that the draft is still the one whose save was asked for.

    Raises:
        DraftNotFoundError: it is gone; there may be another of its id.
    """
    if services.drafts.entry(task.draft_id).incarnation != task.incarnation:
        raise DraftNotFoundError(task.draft_id)


MOST_TRIES = 2
"""How often a save is begun: one that ends the service every time must not do so for ever."""


def query_draft_status(req: QueryDraftStatus, services: Services) -> SaveStatus:
    """Tell the state of a save, at once or when it has changed.

    Raises:
        TaskNotFoundError: there is no such task, and no save of a draft of that id.
    """
    return services.state_of(services.tasks.wait(req.task_id, req.wait, req.is_news))


class DownloadDraft(Request):
    """Get the zip of a draft."""

    example = {"draft_id": "first"}

    draft_id: Identifier = Field(description="The draft.")
    task_id: Identifier | None = Field(None, description="One of its saves; left out: as it is now, saved if need be.")
    is_capcut: str | None = Field(None, description="Accepted; the draft knows its app.")


class Download(Answer):
    """The zip of a draft, or the state of the save that makes it."""

    archive: Path | None = Field(description="The zip.")
    state: SaveStatus | None = Field(description="The save that is under way.")


def download_draft(req: DownloadDraft, services: Services) -> Download:
    """Find the zip; save a draft that has changed since, or was never saved.

    Raises:
        NotFoundError: there is no such save.
        DraftNotFoundError: there is no such draft.
        SaveFailedError: it could not be saved.
    """
    if req.task_id:
        return _kept(req.draft_id, req.task_id, services)
    if req.draft_id in services.drafts:
        return _download_current(req.draft_id, services)
    archive = None if services.store.entry(req.draft_id) else services.saved.archive(req.draft_id)
    if archive is None:
        services.drafts.version(req.draft_id)  # says why there is none
    return Download(archive=archive, state=None)


def _kept(draft_id: str, task_id: str, services: Services) -> Download:
    archive = services.saved.archive(draft_id, task_id)
    if archive is None:
        raise NotFoundError(f"task_id: no save {task_id!r} of draft {draft_id!r} is kept; save it again")
    return Download(archive=archive, state=None)


def _download_current(draft_id: str, services: Services) -> Download:
    latest, wait = services.tasks.latest(draft_id), services.settings.save_wait
    entry = services.drafts.entry(draft_id)
    saved = latest and (latest.incarnation, latest.draft_version) == (entry.incarnation, entry.version)
    if latest and saved and (not latest.has_failed or _is_whole(latest)):
        state = services.state_of(services.tasks.wait(latest.task_id, wait))
    else:
        state = save_draft(SaveDraft(draft_id=draft_id, wait=wait, upload=False), services)
    task = services.tasks.get(state.task_id)
    if task.has_failed and not _is_whole(task):
        raise SaveFailedError(state.message, state.model_dump(mode="json"), *task.failure)
    if not task.is_finished:
        return Download(archive=None, state=state)
    return _kept(draft_id, state.task_id, services)


NOT_DEPLOYED = (409, "not_deployed")
"""Status and code of saves whose draft could not be put into its folder on this machine."""


def _is_whole(task: Task) -> bool:
    """Whether there is a draft with everything that is in it, be it that it could not be put elsewhere."""
    return task.has_archive and (task.status == "completed" or task.failure[1] in (StorageError.code, NOT_DEPLOYED[1]))


class _StoppingError(Exception):
    """This process is about to end; the save is done again by the next."""


@dataclass
class _Save:
    services: Services
    task: Task
    script: Script_file

    work: Path = Path()
    brought: Brought = field(default_factory=Brought)
    files: dict[str, RegisteredFile] = field(default_factory=dict)
    fonts: dict[str, str] = field(default_factory=dict)
    """Paths of font files by URL, as the draft names them."""
    lost_fonts: dict[str, str] = field(default_factory=dict)
    """Why others cannot be had."""
    settled: Settled | None = None
    timeline: Timeline | None = None
    meta: dict[str, Any] = field(default_factory=dict)
    deploy_error: str = ""
    upload_error: str = ""

    @property
    def task_id(self) -> str:
        return self.task.task_id

    @property
    def on_conflict(self) -> OnConflict:
        return self.task.asked["on_conflict"]  # type: ignore[no-any-return]

    @property
    def plan(self) -> Plan:
        return Plan.of(self.task.asked, self.task.target)

    @cached_property
    def skeleton(self) -> Skeleton | None:
        """What the draft is put into.

        Raises:
            NotFoundError: it has been deleted since the save was asked for.
        """
        name = self.plan.skeleton
        return find_skeleton(name, self.services, "skeleton").skeleton if name else None

    @property
    def name(self) -> str:
        return folder_name(self.script.name, self.script.draft_id)

    @property
    def folder(self) -> Path:
        return self.work / self.name

    @property
    def archive(self) -> Path:
        return self.work / f"{self.name}.zip"

    def run(self) -> None:
        """Take every step; leave nothing behind when one fails."""
        try:
            self.work = self.services.saved.begin(self.script.draft_id, self.task_id, self.task.tries)
            for percent, message, step in STEPS:
                if self.services.stopping.is_set():
                    raise _StoppingError
                self.tell(status="processing", progress=percent, message=message)
                step(self)
            _check_same(self.task, self.services)
            self.services.tasks.check(self.task_id)
            self.work = self.services.saved.finish(self.work)
            self.services.saved.prune(self.script.draft_id, self.services.settings.keep_saves)
            self.conclude()
        except _StoppingError:
            log.warning("save %s is left to the next process", self.task_id)
            self.abandon()
        except TaskCancelledError:
            log.warning("save %s was cancelled", self.task_id)
            if self.work != Path():
                self.services.saved.abandon(self.work)
        except TaskTakenError:
            log.warning("save %s goes on in another process", self.task_id)
            self.abandon()
        except ServiceError as error:
            self.fail(str(error), error.status, error.code)
        except OSError as error:
            log.error("save %s: %s", self.task_id, error)  # with the path, which callers need not know
            self.fail(f"the draft could not be written: {error.strerror or type(error).__name__}")

    def crashed(self) -> None:
        """Say so when a step failed in a way nobody foresaw."""
        self.fail(f"internal error; the log has it under request {logs.request_id.get()}", code="internal_error")

    def fail(self, message: str, status: int = 500, code: str = "save_failed") -> None:
        """End without a draft."""
        self.abandon()
        log.warning("save %s of draft %s failed: %s", self.task_id, self.script.draft_id, message)
        with suppress(TaskTakenError):  # then it is the other process that says how it ends
            self.tell(status="failed", message=message, failure=(status, code))

    def abandon(self) -> None:
        """Remove what there is of the draft, if it has come to that."""
        if self.work.suffix == ".part":
            self.services.saved.abandon(self.work)

    def conclude(self) -> None:
        """End with a draft: failed all the same if a medium kept something out of it."""
        lost, ended = self.lost(), {"progress": 100, "has_archive": True}
        message = f"{self.saved}{self.not_deployed}{self.not_uploaded}"
        if lost:
            message = f"saved without {lost}; draft_url leads to the draft without them{self.not_uploaded}"
            log.warning("save %s of draft %s lacks %s", self.task_id, self.script.draft_id, lost)
            self.tell(status="failed", message=message, **ended)
        elif self.deploy_error:
            self.tell(status="failed", message=message, failure=NOT_DEPLOYED, **ended)
        elif self.upload_error:
            failure = (StorageError.status, StorageError.code)
            self.tell(status="failed", message=message, failure=failure, **ended)
        else:
            self.tell(status="completed", message=self.saved, **ended)

    def lost(self) -> str:
        """What a medium keeps out of the draft; empty: nothing."""
        assert self.settled is not None
        lost = [change for change in self.settled.removed if change.cause == "media"]
        if not lost:
            return ""
        more = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
        return f"{len(lost)} of its segments: {lost[0].url or lost[0].segment_id}: {lost[0].reason}{more}"

    @property
    def saved(self) -> str:
        """What came of it; fonts that are missing are named at once, for the draft does not look as asked."""
        if not self.lost_fonts:
            return "the draft is saved"
        url, reason = next(iter(self.lost_fonts.items()))
        more = f" and {len(self.lost_fonts) - 1} more" if len(self.lost_fonts) > 1 else ""
        return f"the draft is saved, but a font could not be had: {url}: {reason}{more}"

    @property
    def not_deployed(self) -> str:
        """What came of putting it into its folder, if that is nothing."""
        why = self.deploy_error
        return f", but not put into its folder: {why}; draft_url leads to it" if why else ""

    @property
    def not_uploaded(self) -> str:
        """What came of the upload, if that is nothing."""
        why = self.upload_error
        return f", but it was not uploaded: {why}; draft_url leads to it on this service" if why else ""

    def tell(self, **changes: Any) -> None:
        self.services.tasks.update(self.task_id, **changes)

    def warn(self, warnings: list[str]) -> None:
        self.services.tasks.update(self.task_id, lambda task: {"warnings": [*task.warnings, *warnings]})


def _unpack(save: _Save) -> None:
    """Put what stood beside an imported timeline where it stood."""
    name = save.script.base.folder.files if save.script.base else ""
    if name and not save.services.imports.put(name, save.folder):
        save.warn(
            ["the files that were imported with the draft are not on this service; what it shows of them is missing"]
        )


def _fetch(save: _Save) -> None:
    """Bring every medium once, into the folder it belongs in."""
    urls = list(dict.fromkeys(medium.url for medium in save.script.media()))
    save.tell(total_files=len(urls))

    def tell(progress: Progress) -> None:
        save.tell(
            completed_files=progress.done,
            downloaded_bytes=progress.fetched_bytes,
            total_bytes=progress.total_bytes,
            progress=10 + int(progress.share * 60),
            message=f"fetched {progress.done} of {len(urls)} media",
        )

    incoming = save.work / ".incoming"  # no draft has such a name
    incoming.mkdir()
    save.brought = save.services.media.bring_all(urls, incoming, tell)
    for url in (url for url in urls if url in save.brought.found):  # in the draft's order, not that of arrival
        medium = save.brought.found[url]
        place = _free(save.folder / "assets" / medium.folder / medium.path.name)
        place.parent.mkdir(parents=True, exist_ok=True)
        medium.path.rename(place)
        relative = place.relative_to(save.folder).as_posix()
        local_id = derived_id(save.task_id, "local", url)
        save.files[url] = RegisteredFile(local_id, place.name, f"./{relative}", medium.facts, place.stat().st_size)
    incoming.rmdir()


def _free(place: Path) -> Path:
    """`place`, or one beside it if there is a file that was imported."""
    while place.exists():
        place = place.with_stem(f"{place.stem}_")
    return place


def _fetch_fonts(save: _Save) -> None:
    """Bring the font files. A text whose font cannot be had is there in another: it is named, and not left out."""
    wanted = save.script.font_urls()
    if not wanted:
        return
    incoming = save.work / ".fonts"  # no draft has such a name
    incoming.mkdir()
    found, save.lost_fonts = save.services.media.bring_fonts(wanted, incoming)
    for url, path in found.items():
        place = _free(save.folder / _FONTS / path.name)
        place.parent.mkdir(parents=True, exist_ok=True)
        path.rename(place)
        save.fonts[url] = f"{save.plan.folder or PLACEHOLDER}/{_FONTS}/{place.name}"
    shutil.rmtree(incoming, ignore_errors=True)  # something half fetched may be in it


_FONTS = "assets/fonts"


def _font_warnings(save: _Save) -> list[str]:
    wanted = save.script.font_urls()
    lost = [f"font {url}: {why}; {_shown_otherwise(len(wanted[url]))}" for url, why in save.lost_fonts.items()]
    if save.fonts and not save.plan.folder:
        lost.append(
            "no app was seen to find fonts in the draft's folder wherever that lies: give draft_folder, "
            "and the texts name them by their full path"
        )
    return lost


def _shown_otherwise(texts: int) -> str:
    return f"the {texts} texts in it show another font" if texts > 1 else "the text in it shows another font"


def _settle(save: _Save) -> None:
    """Give every clip its length; name what that changed."""
    known = {url: file.facts for url, file in save.files.items()}
    save.settled = settled = settle(save.script, known, save.brought.failed, save.on_conflict)
    failed = [
        {"url": url, "reason": reason, "segments": [one.segment_id for one in settled.removed if one.url == url]}
        for url, reason in save.brought.failed.items()
    ]
    failed += [
        {"url": url, "reason": reason, "segments": save.script.font_urls()[url]}
        for url, reason in save.lost_fonts.items()
    ]
    used = [f"{url}: {medium.warning}" for url, medium in save.brought.found.items() if medium.warning]
    earlier = save.services.tasks.get(save.task_id).warnings
    warnings = [*earlier, *settled.warnings, *used, *_font_warnings(save)]
    if save.name != save.script.name:
        warnings.append(f"the draft is named {save.name!r}: {save.script.name!r} cannot name a folder on every system")
    if not settled.script.duration:
        warnings.append("the draft has nothing on its timeline")
    save.tell(
        warnings=warnings,
        failed_files=failed,
        removed_segments=_reported(settled, "removed"),
        trimmed_segments=_reported(settled, "trimmed"),
    )


def _reported(settled: Settled, action: Literal["removed", "trimmed"]) -> list[dict[str, Any]]:
    return [_as_json(change) for change in settled.changes if change.action == action]


def _as_json(change: Change) -> dict[str, Any]:
    return {
        "segment_id": change.segment_id,
        "track_name": change.track_name,
        "url": change.url,
        "start": seconds(change.start),
        "end": None if change.end is None else seconds(change.end),
        "reason": change.reason,
    }


def _compose(save: _Save) -> None:
    """Make the documents."""
    assert save.settled is not None
    script, plan, base = save.settled.script, save.plan, save.script.base
    placed = {
        url: PlacedMedia(file.facts, f"{PLACEHOLDER}/{file.path.removeprefix('./')}", file.name, file.local_id)
        for url, file in save.files.items()
    }
    skeleton = save.skeleton
    blank = skeleton.blank() if skeleton else None
    save.timeline = write_timeline(
        script, placed, fonts=save.fonts, target=plan.target, identity=save.task_id, blank=blank
    )
    lacking = [] if base is None or base.folder.meta else _of_the_app(save)
    meta = write_meta(
        plan.profile,
        name=save.name,
        identity=save.task_id,
        duration=script.duration,
        files=[*lacking, *save.files.values()],
        now=int(time.time() * SECOND),
        destination=plan.destination,
        imported=_own_meta(save),
    )
    save.timeline.document, save.meta = plan.timeline(save.timeline.document), plan.meta(meta)


def _own_meta(save: _Save) -> dict[str, Any] | None:
    """The meta document that the draft begins with, if not the target's."""
    base = save.script.base
    if base and base.folder.meta:
        return json.loads(base.folder.meta)  # type: ignore[no-any-return]
    return deepcopy(save.skeleton.meta) if save.skeleton and save.skeleton.meta else None


def _write(save: _Save) -> None:
    """Write the documents and the cover beside the media."""
    assert save.timeline is not None
    profile, base = save.plan.profile, save.script.base
    save.folder.mkdir(exist_ok=True)
    content, others = as_json(save.timeline.document), list(base.folder.copies if base else ())
    files = _layout(save)
    if save.skeleton:
        others = save.skeleton.places(save.timeline.document["id"])
    for name, said in (files | dict.fromkeys((*profile.timeline_files, *others), content)).items():
        place = save.folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(said)
    (save.folder / "draft_meta_info.json").write_bytes(as_json(save.meta))
    save.warn(save.timeline.warnings + _draw_cover(save))


def _layout(save: _Save) -> dict[str, bytes]:
    """What else is in the folder of the skeleton."""
    if save.skeleton is None or save.timeline is None:
        return {}
    document = save.timeline.document
    return save.skeleton.layout(document["id"], int(time.time() * SECOND), document["platform"]["os"])


def _of_the_app(save: _Save) -> list[RegisteredFile]:
    """The media of an imported timeline that came without its meta document."""
    assert save.timeline is not None
    own = {file.local_id for file in save.files.values()}
    return [file for file in registered(save.timeline.document) if file.local_id not in own]


def _draw_cover(save: _Save) -> list[str]:
    """Draw what the draft's cover is to show; with warnings when that is not there: no draft fails for its cover."""
    warnings: list[str] = []
    if save.script.cover == Cover() and (save.folder / _COVER).exists():
        return []  # the one that was imported
    try:
        source, at = _chosen(save)
    except MediaError as error:
        warnings.append(f"the cover shows what the draft shows first: {error}")
        source, at = _shown(save, None)
    script = save.script
    if script.cover.time is not None and source is None:
        warnings.append(f"the cover is plain: no video or picture is shown at {seconds(script.cover.time):g} s")
    try:
        save.services.cover(save.folder / _COVER, script.width, script.height, source, at)
    except UnreadableMediaError as error:
        warnings.append(f"the draft has no cover: {error}")
    shutil.rmtree(_cover_folder(save), ignore_errors=True)
    return warnings


def _chosen(save: _Save) -> tuple[Path | None, int]:
    """The file that the cover shows, and where in it, in microseconds.

    Raises:
        MediaError: the picture that was chosen cannot be had.
    """
    url = save.script.cover.url
    if url is None:
        return _shown(save, save.script.cover.time)
    if url in save.files:
        return save.folder / save.files[url].path, 0
    _cover_folder(save).mkdir()
    medium = save.services.media.bring(url, _cover_folder(save))
    if medium.facts.kind == "audio":
        raise MediaError(url, "a sound shows nothing")
    return medium.path, 0


def _cover_folder(save: _Save) -> Path:
    return save.work / ".cover"  # no draft has such a name


def _shown(save: _Save, time: int | None) -> tuple[Path | None, int]:
    """The file that the draft shows at `time`, with None: first, and where in it, in microseconds."""
    pictures = list(_pictures(save))
    if time is not None:
        pictures = [one for one in pictures if one.segment.start <= time < (one.segment.end or one.segment.start)][:1]
    if not pictures:
        return None, 0
    first = min(pictures, key=lambda one: one.segment.start)  # of those that begin together the one at the back
    into = 0 if time is None else round((time - first.segment.start) * first.speed)
    return first.file, first.source_start + into


@dataclass(frozen=True)
class _Picture:
    """What is shown, in a file that is there."""

    segment: Segment
    file: Path
    source_start: int
    speed: float


def _pictures(save: _Save) -> Iterator[_Picture]:
    assert save.settled is not None
    for track, segment in save.settled.script.segments():
        if track.hidden:
            continue
        if isinstance(segment, VideoSegment):
            file = save.folder / save.files[segment.media.url].path
            yield _Picture(segment, file, segment.source_start, segment.speed)
        elif isinstance(segment, ImportedSegment) and segment.kind == "video":
            imported, playing = _file_of(save, segment), segment.playing()
            if imported:
                yield _Picture(segment, imported, playing.source_start, playing.speed)


def _file_of(save: _Save, segment: ImportedSegment) -> Path | None:
    """The medium of what was imported, if it is in the folder."""
    if segment.media:
        return save.folder / save.files[segment.media.url].path if segment.media.url in save.files else None
    path = segment.shown.document().get("path") if segment.shown else None
    if not isinstance(path, str) or not path.startswith(PLACEHOLDER):
        return None
    file = (save.folder / path.removeprefix(PLACEHOLDER).lstrip("/")).resolve()
    return file if file.is_file() and file.is_relative_to(save.folder.resolve()) else None


def _lint(save: _Save) -> None:
    """Refuse to hand out a draft that breaks a rule of the format: that is a fault of ours."""
    assert save.timeline is not None
    old, findings = since(_before(save), lint(save.timeline.document, save.meta))
    save.tell(findings=[finding.as_json() for finding in findings])
    if old:
        save.warn(
            [f"{len(old)} findings on what was imported as it is, like {old[0].rule}, {old[0].place}: {old[0].message}"]
        )
    broken = [finding for finding in findings if finding.severity == "error"]
    if broken:
        first = f"{broken[0].rule}, {broken[0].place}: {broken[0].message}"
        raise SaveFailedError(f"the draft would not open right ({first}); please report this", status=500)


def _before(save: _Save) -> list[Finding]:
    """The findings on the draft as it was imported: what an app wrote is left as it is."""
    if save.script.base is None:
        return []
    first = save.services.drafts.snapshot(save.script.draft_id, 1)
    return lint(save.plan.timeline(write_timeline(first, {}).document), save.meta)


def _pack(save: _Save) -> None:
    """Pack the folder, and what installs it; ends if it was cancelled."""
    plan = save.plan
    folder = plan.folder if plan.path_style == "absolute" else ""
    pack(save.folder, save.archive, installers(plan.profile.app, save.meta, folder), save.tell)


def _upload(save: _Save) -> None:
    """Put the zip where others fetch it, if that was asked for. A draft that stays here is a draft all the same."""
    if not save.task.asked.get("upload"):
        return
    name = f"drafts/{save.script.draft_id}/{save.task_id}/{save.archive.name}"
    try:
        storage = save.services.storage_for("upload")
        save.services.uploads.note(save.script.draft_id, name)
        storage.put(save.archive, name, _upload_progress(save))
    except (StorageError, NoStorageError) as error:  # it was there when the save was asked for
        log.warning("save %s of draft %s was not uploaded: %s", save.task_id, save.script.draft_id, error)
        save.upload_error = str(error)
        save.tell(upload_error=save.upload_error)
    else:
        save.tell(storage=storage.kind, stored_as=name)


def _upload_progress(save: _Save) -> Callable[[int], None]:
    """Tells each further percent: it is heard for every few KB."""
    size, told = save.archive.stat().st_size, 0

    def sent(count: int) -> None:
        nonlocal told
        if save.services.stopping.is_set():
            raise _StoppingError
        if (percent := count * 100 // size) != told:
            told = percent
            progress = 90 + min(percent, 100) * 9 // 100
            save.tell(progress=progress, message=f"uploaded {count:,} of {size:,} bytes")

    return sent


def _deploy(save: _Save) -> None:
    """Put the draft where the app on this machine looks for it, if it is whole."""
    plan = save.plan
    if not plan.deploy or save.lost():
        return
    system = "windows" if os.name == "nt" else "mac"  # that of this machine
    try:
        check_not_running(plan.profile.app)
        settings = save.services.settings
        lock = settings.data_dir / "deploy.lock"
        save.warn(deploy(save.folder, plan.destination, save.meta, settings.keep_saves, system, lock))
        save.tell(deployed_to=plan.folder)
    except (NotDeployedError, ConflictError) as error:
        save.deploy_error = str(error)


STEPS: tuple[tuple[int, str, Callable[[_Save], None]], ...] = (
    (3, "unpacking what was imported", _unpack),
    (5, "fetching media", _fetch),
    (70, "fetching fonts", _fetch_fonts),
    (71, "settling the timeline", _settle),
    (73, "writing the draft", _compose),
    (74, "writing the draft", _write),
    (78, "checking the draft", _lint),
    (80, "packing the draft", _pack),
    (88, "putting the draft into its folder", _deploy),
    (90, "uploading the draft", _upload),
)
"""Percent at which each begins, what callers are told, and what it does."""


def _try_out(save: _Save) -> None:
    """Do what a save does up to the writing, with what can be learned of the media in a few seconds."""
    try:
        for step in (_look, _settle, _compose, _lint):
            step(save)
    except ServiceError as error:
        save.fail(str(error), error.status, error.code)
        return
    if lost := save.lost():
        save.fail(f"would be saved without {lost}", SaveFailedError.status, SaveFailedError.code)
    else:
        unseen = "fonts and the cover" if save.script.font_urls() else "the cover"
        save.tell(message=f"dry run: the draft can be saved; {unseen} were not looked at")


def _look(save: _Save) -> None:
    """Learn of the media what a save would."""
    urls = {medium.url for medium in save.script.media()}
    save.brought = Brought(failed=save.services.learn(urls))
    for url, facts in save.services.media.facts(urls).items():
        name = url_to_hash(url)
        save.files[url] = RegisteredFile(derived_id(save.task_id, "local", url), name, f"./{name}", facts, 0)
    save.tell(total_files=len(urls))
