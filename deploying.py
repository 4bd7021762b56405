"""Put a saved draft where the app on this machine looks for it.

The draft is copied beside its place and takes it by renaming; what was there is kept in BACKUPS. The app's own list of
drafts is added to, and written anew by the app when it ends: so nothing is done while the app is running.
"""

import os
import shutil
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from filelock import FileLock

from engine.catalog import App
from engine.importing import plain_json
from engine.meta import index_entry, merged_index
from engine.paths import Destination
from errors import ConflictError, InvalidRequestError, ServiceError
from installers import APP_FOLDERS, PROCESSES
from util import as_json

BACKUPS = ".capcut-drafts-backup"
INDEX = "root_meta_info.json"


class NotDeployedError(Exception):
    """The draft could not be put there; the message says why, for the caller."""


def app_roots() -> list[Path]:
    """The drafts folders that the apps have on this machine (draft-format 4.4)."""
    base = os.environ.get("LOCALAPPDATA") if os.name == "nt" else os.path.expanduser("~/Movies")
    below = ("User Data", "Projects", "com.lveditor.draft")
    places = [Path(base or "/nowhere").joinpath(name, *below) for name in APP_FOLDERS.values()]
    return [place for place in places if place.is_dir()]


def root_meant(draft_folder: str | None, allowed: Sequence[Path] | None) -> Path | None:
    """The folder of drafts on this machine that a draft is for, if drafts may be put there; see `deploy_root`."""
    try:
        return deploy_root(draft_folder, allowed) if draft_folder else None
    except InvalidRequestError:
        return None  # it is one of the caller's machine


def deploy_root(draft_folder: str | None, allowed: Sequence[Path] | None) -> Path:
    """The folder of drafts on this machine that a caller means, of those below `allowed`; None: below the apps' own.

    Raises:
        InvalidRequestError: there is none, or drafts must not be put there.
    """
    allowed = app_roots() if allowed is None else allowed
    if not allowed:
        raise _refused("drafts are not put anywhere on this machine; the setting deploy_roots names where they may be")
    roots = [root.expanduser().resolve() for root in allowed]
    said = (draft_folder or "").strip().strip('"')
    if not said:
        if len(roots) > 1:
            raise InvalidRequestError.about("draft_folder", f"must be given: deploy_roots has {len(roots)} folders")
        return roots[0]
    try:
        place = Path(said).expanduser().resolve()
        is_there = place.is_dir()
    except (OSError, RuntimeError, ValueError) as error:
        raise InvalidRequestError.about("draft_folder", f"{said!r} cannot be looked at here: {error}") from None
    if not any(place.is_relative_to(root) for root in roots):
        raise _refused(f"{said!r} is not below one of the folders of the setting deploy_roots")
    if not is_there:
        raise InvalidRequestError.about("draft_folder", f"{said!r} is no folder on the machine of this service")
    return place


def _refused(message: str) -> ServiceError:
    return InvalidRequestError.about("deploy", message)


def check_not_running(app: App) -> list[str]:
    """See that the app is not running; with a warning when that cannot be seen.

    Raises:
        ConflictError: it is.
    """
    running, title = is_running(app), APP_FOLDERS[app]
    if running:
        message = f"{title} is running; quit it first, for it writes its list of drafts anew when it ends"
        raise ConflictError.about("deploy", message)
    if running is None:
        return [
            f"deploy: whether {title} is running cannot be seen here (psutil is not installed); restart it if it is"
        ]
    return []


def is_running(app: App) -> bool | None:
    """Whether the app is running on this machine, by the names of its processes; None when that cannot be seen."""
    try:
        import psutil
    except ImportError:
        return None
    wanted = {name.casefold() for name in PROCESSES[app]}
    names = (process.info["name"] or "" for process in psutil.process_iter(["name"]))
    return any(name.casefold().removesuffix(".exe") in wanted for name in names)


def deploy(
    folder: Path, destination: Destination, meta: Mapping[str, Any], keep: int, client_os: str, lock: Path
) -> list[str]:
    """Put a copy of the draft `folder` in its place; with warnings.

    Args:
        folder: of the saved draft.
        destination: where it is to stand; the root is there.
        meta: its meta document.
        keep: how many backups of drafts of that name stay.
        client_os: whose way of writing paths the list has.
        lock: a file by which one process at a time puts drafts into folders.

    Raises:
        NotDeployedError: it could not be done; what was there is there still.
    """
    place = Path(destination.folder)
    work = place.parent / BACKUPS / f".{time.time_ns()}{_PART}"  # where no app looks for drafts
    try:
        with FileLock(lock):
            _clean(work.parent)
            try:
                shutil.copytree(folder, work, copy_function=_copy)
                _swap(work, place)
            finally:
                _clean(work.parent)
            _prune(place, keep)
            return _register(place.parent / INDEX, _entry(destination, meta, client_os))
    except OSError as error:
        raise NotDeployedError(f"{place}: {error.strerror or type(error).__name__}") from error


_PART = ".part"
"""How what is being copied ends; it begins with a dot, as no draft's name does."""


def _copy(source: str, target: str) -> None:
    """Copy a file; that which cannot be copied ends the whole, and is not left to the end of it."""
    try:
        shutil.copy2(source, target)
    except OSError as error:
        raise NotDeployedError(f"{target}: {error.strerror or type(error).__name__}") from error


def _clean(backups: Path) -> None:
    """Remove what a process left behind that was ended while it copied, and the folder if nothing else is in it."""
    for left in backups.glob(f".*{_PART}"):
        shutil.rmtree(left, ignore_errors=True)
    with suppress(OSError):
        backups.rmdir()


def _entry(destination: Destination, meta: Mapping[str, Any], client_os: str) -> dict[str, Any]:
    if client_os == "windows":
        return index_entry(meta, destination, "\\", "draft_content.json")
    return index_entry(meta, destination, "/", "draft_info.json")


def _swap(work: Path, place: Path) -> None:
    """Let `work` take its place, and what was there be kept."""
    if not os.path.lexists(place):
        work.rename(place)
        return
    backup = _backups(place) / time.strftime(f"%Y%m%d-%H%M%S-{time.time_ns() % 10**9:09}")
    backup.parent.mkdir(exist_ok=True)
    place.rename(backup)
    try:
        work.rename(place)
    except OSError:
        backup.rename(place)
        raise


def _backups(place: Path) -> Path:
    """The folder of what was in that place before."""
    return place.parent / BACKUPS / place.name


def _prune(place: Path, keep: int) -> None:
    """Remove all but the latest backups of a name."""
    for old in sorted(_backups(place).glob("*"))[:-keep]:
        if old.is_dir() and not old.is_symlink():
            shutil.rmtree(old, ignore_errors=True)
        else:
            with suppress(OSError):
                old.unlink()


def _register(index: Path, entry: Mapping[str, Any]) -> list[str]:
    """Add a draft to the app's list, of which a copy stays. What cannot be read is left as it is."""
    try:
        before = plain_json(index.read_bytes())
        after = merged_index(before, entry)
    except FileNotFoundError:
        return [
            f"deploy: there is no {INDEX} in that folder; the app finds the draft by itself, or its list is elsewhere"
        ]
    except ValueError as error:
        return [f"deploy: {INDEX} cannot be read and is left as it is ({error}); the app may find the draft by itself"]
    except OSError as error:
        return [_not_listed(error)]
    fresh = index.with_name(f".{INDEX}.new")
    try:
        shutil.copy2(index, index.with_name(f"{INDEX}.bak"))
        fresh.write_bytes(as_json(after))
        shutil.copymode(index, fresh)
        fresh.replace(index.resolve())
    except OSError as error:
        fresh.unlink(missing_ok=True)
        return [_not_listed(error)]
    return []


def _not_listed(error: OSError) -> str:
    why = error.strerror or type(error).__name__
    return f"deploy: the draft stands in its place, but {INDEX} could not be changed ({why}); restart the app"
