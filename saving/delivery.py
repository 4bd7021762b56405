"""Where a draft goes that is made: into a zip, a folder of this machine, a storage."""

import logging
import os
from collections.abc import Callable

from deploying import NotDeployedError, check_not_running, deploy
from errors import ConflictError, NoStorageError, StorageError
from installers import installers
from saving.save import Save
from store.packing import pack

log = logging.getLogger(__name__)


def pack_folder(save: Save) -> None:
    """Pack the folder, and what installs it; ends if it was cancelled.

    Raises:
        NoRoomError: there is none for another time its size.
    """
    plan = save.plan
    folder = plan.folder if plan.path_style == "absolute" else ""
    size = sum(path.stat().st_size for path in save.folder.rglob("*") if path.is_file())
    save.services.room.make(size, "the zip of the draft")

    def on_file() -> None:
        save.go_on()
        save.tell()

    pack(save.folder, save.archive, installers(plan.profile.app, save.meta, folder), on_file)


def deploy_folder(save: Save) -> None:
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


def upload(save: Save) -> None:
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


def _upload_progress(save: Save) -> Callable[[int], None]:
    """Tells each further percent: it is heard for every few KB."""
    size, told = save.archive.stat().st_size, 0

    def sent(count: int) -> None:
        nonlocal told
        save.go_on()
        if (percent := count * 100 // size) != told:
            told = percent
            progress = 90 + min(percent, 100) * 9 // 100
            save.tell(progress=progress, message=f"uploaded {count:,} of {size:,} bytes")

    return sent
