"""Saves as jobs: begun, done step by step, done again by another process."""

import logging
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import logs
from errors import DraftNotFoundError, SaveFailedError, ServiceError, StoreError
from fields.tasks import SaveStatus
from media.address import without_secrets
from media.private import Headers, private
from saving.delivery import deploy_folder, pack_folder, upload
from saving.documents import compose, lint_documents, write
from saving.media import fetch, fetch_fonts, look, unpack
from saving.outcome import conclude
from saving.save import Save, StoppingError
from saving.timeline import settle_timeline
from services import Services
from store.tasks import Task, TaskCancelledError, TaskTakenError

log = logging.getLogger(__name__)

STEPS: tuple[tuple[int, str, Callable[[Save], None]], ...] = (
    (3, "unpacking what was imported", unpack),
    (5, "fetching media", fetch),
    (70, "fetching fonts", fetch_fonts),
    (71, "settling the timeline", settle_timeline),
    (73, "writing the draft", compose),
    (74, "writing the draft", write),
    (78, "checking the draft", lint_documents),
    (80, "packing the draft", pack_folder),
    (88, "putting the draft into its folder", deploy_folder),
    (90, "uploading the draft", upload),
)
"""Percent at which each begins, what callers are told, and what it does."""

MOST_TRIES = 2
"""How often a save is begun: one that ends the service every time must not do so for ever."""


class SaveJob(Save):
    """A save that takes all its steps."""

    _is_left = False
    """To another process, which needs the headers of its media."""

    def run(self) -> None:
        """Take every step; leave nothing behind when one fails."""
        try:
            self._run()
        finally:
            if not self._is_left:
                with suppress(StoreError):  # they have an end
                    self.services.private.forget(self.task_id)

    def _run(self) -> None:
        try:
            with private(self.services.private.of(self.task_id)):
                self._take_steps()
        except StoppingError:
            self._leave("this process ends")
        except StoreError as error:
            self._leave(str(error))
        except TaskCancelledError:
            log.warning("save %s was cancelled", self.task_id)
            if self.work != Path():
                self.services.saved.abandon(self.work)
        except TaskTakenError:
            log.warning("save %s goes on in another process", self.task_id)
            self._is_left = True
            self.abandon()
        except ServiceError as error:
            self.fail(str(error), error.status, error.code)
        except OSError as error:
            log.error("save %s: %s", self.task_id, error)  # with the path, which callers need not know
            self.fail(f"the draft could not be written: {error.strerror or type(error).__name__}")

    def _leave(self, why: str) -> None:
        """Leave it to whoever takes it over, which is this process too when the store is there again."""
        log.warning("save %s is left to the next process: %s", self.task_id, why)
        self._is_left = True
        self.abandon()
        with suppress(StoreError):  # then its lease runs out
            self.services.tasks.give_back(self.task)

    def _take_steps(self) -> None:
        self.work = self.services.saved.begin(self.script.draft_id, self.task_id, self.task.tries)
        for percent, message, step in STEPS:
            self.go_on()
            self.tell(status="processing", progress=percent, message=message)
            step(self)
        _check_same(self.task, self.services)
        self.services.tasks.check(self.task_id)
        self.work = self.services.saved.finish(self.work)
        self.services.saved.prune(self.script.draft_id, self.services.settings.keep_saves)
        conclude(self)

    def crashed(self) -> None:
        """Say so when a step failed in a way nobody foresaw."""
        self.fail(f"internal error; the log has it under request {logs.request_id.get()}", code="internal_error")

    def fail(self, message: str, status: int = 500, code: str = "save_failed") -> None:
        """End without a draft."""
        self.abandon()
        log.warning("save %s of draft %s failed: %s", self.task_id, self.script.draft_id, without_secrets(message))
        with suppress(TaskTakenError):  # then it is the other process that says how it ends
            self.tell(status="failed", message=message, failure=(status, code))

    def try_out(self) -> None:
        """Do what a save does up to the writing, with what can be learned of the media in a few seconds."""
        try:
            with private(self.services.private.of(self.task_id)):
                for step in (look, settle_timeline, compose, lint_documents):
                    step(self)
        except ServiceError as error:
            self.fail(str(error), error.status, error.code)
            return
        if lost := self.lost():
            self.fail(f"would be saved without {lost}", SaveFailedError.status, SaveFailedError.code)
        else:
            unseen = "fonts and the cover" if self.script.font_urls() else "the cover"
            self.tell(message=f"dry run: the draft can be saved; {unseen} were not looked at")


def start(save: SaveJob, wait: float, dry_run: bool, headers: Headers) -> SaveStatus:
    """Begin it, and answer its state after `wait` seconds at most; as a dry run only say how it would end.

    `headers` are those that its media need.

    Raises:
        SaveFailedError: it failed within that time.
    """
    services, task = save.services, save.task
    services.private.keep(task.task_id, headers)
    if dry_run:
        services.tasks.add(task)
        save.try_out()
        return services.outcome(task.task_id, 0).model_copy(update={"task_id": ""})  # there is no such task
    if task.webhook_url:
        services.webhooks.expect(task)
    services.tasks.add(task)
    if task.webhook_url:
        services.tasks.follow(task.task_id, services.webhooks.hear)
    services.runner.submit(save)
    return services.outcome(task.task_id, wait)


def job_of(task: Task, services: Services) -> SaveJob:
    """The save that a task stands for, on the draft as it was when it was asked for.

    Raises:
        DraftNotFoundError: the draft is gone.
        StoreError: the draft cannot be read just now.
    """
    _check_same(task, services)
    return SaveJob(services, task, services.drafts.snapshot(task.draft_id, task.draft_version))


def resume(task: Task, services: Services) -> None:
    """Begin a save that another process was asked for, or that was cut off by its end; more than once is too often."""
    try:
        save = job_of(task, services)
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
