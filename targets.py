"""What a save is for: the app, the system and the folder, decided before it begins and the same at every try."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from engine.export import write_timeline
from engine.paths import (
    LONGEST_ON_WINDOWS,
    ClientOs,
    Destination,
    DraftsRoot,
    FolderError,
    PathStyle,
    absolute,
    declared_for,
    drafts_root,
    registered_at,
)
from engine.profiles import Profile, get_profile
from engine.script_file import Script_file
from engine.settle import settle
from engine.skeletons import Skeleton, target_within
from errors import InvalidRequestError, UnknownNameError

_SYSTEMS: dict[ClientOs, str] = {"windows": "Windows", "mac": "macOS"}
_LONGEST_WITHIN = len("/assets/video/video_0123456789abcdef.mp4")


@dataclass(frozen=True)
class Plan:
    """What a save is for. Tasks keep it as plain data."""

    target: str
    client_os: ClientOs | None = None
    """The system that the timeline is declared for; None: that of the target's template."""
    path_style: PathStyle = "portable"
    folder: str = ""
    root: str = ""
    skeleton: str = ""
    """Id of the skeleton that the draft is put into; empty for none."""
    deploy: bool = False
    """Whether it is put there on this machine."""

    @classmethod
    def of(cls, asked: Mapping[str, Any], target: str) -> "Plan":
        """The plan that a task has kept; `target` is that of tasks which kept none."""
        names = {field.name for field in fields(cls)}
        return cls(**{"target": target} | {name: value for name, value in asked.items() if name in names})

    @property
    def profile(self) -> Profile:
        """The target."""
        return get_profile(self.target)

    @property
    def destination(self) -> Destination:
        """Where the folder will stand."""
        return Destination(self.folder, self.root)

    def timeline(self, document: dict[str, Any]) -> dict[str, Any]:
        """The timeline as this save hands it out."""
        document = declared_for(document, self.client_os) if self.client_os else document
        return absolute(document, self.folder) if self.path_style == "absolute" else document

    def meta(self, meta: dict[str, Any]) -> dict[str, Any]:
        """The meta document as this save hands it out."""
        return registered_at(meta, self.folder) if self.path_style == "absolute" else meta


def planned(
    script: Script_file,
    name: str,
    *,
    target: str | None = None,
    client_os: ClientOs | None = None,
    path_style: PathStyle = "portable",
    draft_folder: str | None = None,
    skeleton: Skeleton | None = None,
) -> tuple[Plan, list[str]]:
    """Decide what a save of `script` is for; with warnings. `name` is that of the folder.

    Raises:
        InvalidRequestError: a field does not go with another, or with the draft.
        UnknownNameError: the draft uses a name that the app of `target` lacks.
    """
    target = _with_skeleton(script, target, skeleton) if skeleton else target
    _check_target(script, target)
    root = _root(draft_folder)
    if root and root.client_os and client_os and root.client_os != client_os:
        message = f"{draft_folder!r} is a path of {_SYSTEMS[root.client_os]}; leave client_os out, or give its path"
        raise InvalidRequestError.about("client_os", message)
    if path_style == "absolute" and not (root and root.path):
        why = f"{draft_folder!r} means something on that computer alone" if root else "it needs draft_folder"
        raise InvalidRequestError.about("path_style", f"{why}; give the full path of the app's drafts folder")
    destination = root.holding(name) if root else Destination()
    told = client_os or (root.client_os if root and script.base is None else None)
    plan = Plan(target or script.target, told, path_style, destination.folder, destination.root)
    return plan, _doubts(root, destination, draft_folder) + _made_elsewhere(skeleton, told)


def _root(draft_folder: str | None) -> DraftsRoot | None:
    if draft_folder is None or not draft_folder.strip():
        return None
    try:
        return drafts_root(draft_folder)
    except FolderError as error:
        raise InvalidRequestError.about("draft_folder", str(error)) from None


def _with_skeleton(script: Script_file, target: str | None, skeleton: Skeleton) -> str:
    """The target of a draft that is put into a skeleton."""
    if script.base:
        raise InvalidRequestError.about("skeleton", "the draft was imported and has its own app's folder; leave it out")
    return target_within(skeleton.target, target)


def _check_target(script: Script_file, target: str | None) -> None:
    """See that the draft can be one for `target`: that costs a look at all of it only when the app is another."""
    if target is None or target == script.target:
        return
    if script.base:
        message = f"the draft was imported and stays what its app wrote, for {script.target}; leave target out"
        raise InvalidRequestError.about("target", message)
    if get_profile(target).app != script.app:
        try:
            write_timeline(settle(script, {}).script, {}, target=target)
        except UnknownNameError as error:
            raise error.at("target") from None


def _made_elsewhere(skeleton: Skeleton | None, client_os: ClientOs | None) -> list[str]:
    own = skeleton.platform["os"] if skeleton else None
    if own is None or client_os in (None, own):
        return []
    return [
        f"skeleton: it was made on {_SYSTEMS[own]}, and the draft is declared for {_SYSTEMS[client_os]}; if the app "
        "there does not open it, save a skeleton of a project that was made there"
    ]


def _doubts(root: DraftsRoot | None, destination: Destination, said: str | None) -> list[str]:
    if root and not root.path:
        return [
            f"draft_folder: only that computer knows what {said!r} stands for; the app finds the media all the same"
        ]
    longest = len(destination.folder) + _LONGEST_WITHIN
    if root and root.client_os == "windows" and longest > LONGEST_ON_WINDOWS:
        return [
            f"draft_folder: paths of media in it have {longest} characters, and Windows takes {LONGEST_ON_WINDOWS}; "
            "give a shorter folder or name"
        ]
    return []
