"""save_skeleton: keep an app's own project as what drafts are put into."""

import secrets
from typing import Annotated

from pydantic import Field

from draft_cache import now
from engine.skeletons import NotASkeletonError, skeleton_of
from errors import ConflictError, InvalidRequestError
from fields.answers import Answer
from fields.packed import Packed
from fields.requests import Changing
from fields.words import Identifier, Name
from incoming import META, IncomingDraft, incoming_draft, telling
from media.draft_files import UnreadableFolderError
from services import Services
from skeletons import KeptSkeleton

_LARGEST_FILE = 1_000_000


class SaveSkeleton(Packed, Changing):
    """Keep a project that an app made as a skeleton: drafts saved with it have that app's version and folder.

    Best is an empty project. Of one that is not, what it holds is left out. Give one of `document`, `zip` and `url`, as
    in import_draft; a zip of the folder brings its layout too.
    """

    example = {
        "skeleton_id": "my-capcut",
        "document": {
            "canvas_config": {"width": 1080, "height": 1920},
            "fps": 30.0,
            "materials": {},
            "new_version": "151.0.0",
            "platform": {"app_source": "cc", "app_version": "7.7.0", "os": "windows"},
            "tracks": [],
            "version": 360000,
        },
    }

    skeleton_id: Identifier | None = Field(None, description="Id of the skeleton; left out, one is made.")
    name: Name | None = Field(None, description="What it is called; left out: the app and its version.")
    replace: bool = Field(False, description="Take the place of the skeleton of that id, if there is one.")


class SavedSkeleton(Answer):
    """The skeleton that is kept."""

    skeleton_id: str = Field(description="The skeleton.")
    name: str = Field(description="What it is called.")
    target: str = Field(description="The target that drafts saved with it are for.")
    app_version: str = Field(description="Version of the app that made it.")
    client_os: str = Field(description="System that it was made on.")
    files: Annotated[list[str], Field(description="What is in its folder beside the timeline and its meta file.")]


def save_skeleton(req: SaveSkeleton, services: Services) -> SavedSkeleton:
    """Empty it, and keep it.

    Raises:
        InvalidRequestError: it is no draft, or encrypted, or does not say which app made it.
        MediaError: it cannot be fetched.
        ConflictError: there is a skeleton of that id, and it is not to be replaced.
    """
    found = incoming_draft(req, services)
    try:
        skeleton = skeleton_of(found.timeline(), found.meta_document(), found.copies, _files(found))
    except NotASkeletonError as error:
        raise InvalidRequestError.about(found.source, f"the project {error}") from None
    skeleton_id = req.skeleton_id or f"skeleton_{secrets.token_hex(6)}"
    version = str(skeleton.platform["app_version"])
    name = req.name or f"{skeleton.target} {version}"
    value = KeptSkeleton.of(skeleton, name, now()).packed()
    if not services.skeletons.put(skeleton_id, value, replace=req.replace):
        message = f"there is a skeleton {skeleton_id!r}; send replace: true to put this one in its place"
        raise ConflictError.about("skeleton_id", message)
    return SavedSkeleton(
        skeleton_id=skeleton_id,
        name=name,
        target=skeleton.target,
        app_version=version,
        client_os=skeleton.platform["os"],
        files=list(skeleton.files),
        warnings=found.warnings,
    )


def _files(found: IncomingDraft) -> dict[str, bytes]:
    """The small files of its folder; the large ones are media."""
    folder = found.folder
    if folder is None:
        return {}
    sizes = {path: entry.file_size for path, entry in folder.entries.items()}
    small = [path for path, size in sizes.items() if size <= _LARGEST_FILE and path not in (*found.copies, META)]
    try:
        with telling(found.source):
            return {path: folder.read(path, _LARGEST_FILE) for path in small}
    except UnreadableFolderError as error:  # it says a size and has another
        raise InvalidRequestError.about(found.source, str(error)) from None
