"""relink: let the media of a draft folder be found where it lies now."""

import io
import zipfile
from typing import Annotated, Any

from pydantic import AliasChoices, Field

from engine.paths import FolderError, PathStyle, drafts_root, relinked
from errors import InvalidRequestError
from fields.answers import Answer, Attachment
from fields.packed import Packed
from incoming import META, incoming_draft
from services import Services
from util import as_json

Folder = Annotated[str, Field(max_length=4_096)]


class Relink(Packed):
    """Write the media paths of a draft anew whose folder was moved or renamed.

    Give the draft as in import_draft: a zip of its folder, its URL, or the timeline as `document` with its `meta`. What
    is to be put in the folder comes back, as a zip to be unpacked there if the call accepts `application/zip`. Nothing
    is kept here, and media need not be in the zip. The next save of a draft of this service takes `draft_folder` and
    `path_style` for the same.
    """

    example = {
        "document": {"tracks": [], "materials": {"videos": [{"id": "V", "path": "C:/Old/mine/assets/a.mp4"}]}},
        "meta": {"draft_fold_path": "C:/Old/mine", "draft_root_path": "C:/Old", "draft_materials": []},
        "folder": "D:\\Drafts\\mine",
    }

    folder: Folder = Field(
        validation_alias=AliasChoices("folder", "new_folder"),
        description="The draft's own folder as it is now, with its name, in any form that its system has.",
    )
    old_folder: Folder | None = Field(
        None, description="Where it was; left out: where its meta file says that it lies."
    )
    path_style: PathStyle = Field(
        "portable", description="How its media are named from now on: portable, to be moved again, or absolute."
    )


class Relinked(Answer):
    """The files to put into the folder."""

    media_types = ("application/zip",)

    files: dict[str, Any] = Field(description="Each file by its path in the folder: JSON to write there.")
    paths: int = Field(description="How many paths of media were changed.")

    def attachment(self) -> Attachment:
        """The files as a zip, to be unpacked in the folder."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for path, document in self.files.items():
                archive.writestr(path, as_json(document))
        return Attachment("relinked.zip", packed.getvalue(), "application/zip")


def relink(req: Relink, services: Services) -> Relinked:
    """Rewrite what lies below the old folder.

    Raises:
        InvalidRequestError: it is no draft, or encrypted, or nobody says where it was.
        MediaError: it cannot be fetched.
    """
    found = incoming_draft(req, services)
    document, meta = found.timeline(), found.meta_document()
    new = _read(req.folder, "folder")
    old = _read(req.old_folder or str(meta.get("draft_fold_path") or ""), "old_folder", optional=True)
    if not old and req.old_folder:
        raise InvalidRequestError.about("old_folder", "only that computer knows what it stands for; give the full path")
    if not new:
        raise InvalidRequestError.about("folder", "only that computer knows what it stands for; give the full path")
    document, meta, count = relinked(document, meta, old, new, req.path_style)
    places = found.copies or ("draft_content.json", "draft_info.json", "template-2.tmp")
    files = dict.fromkeys(places, document) | ({META: meta} if meta else {})
    doubts = [] if old else ["old_folder: nobody says where it was, so only portable paths are known to be its own"]
    return Relinked(files=files, paths=count, warnings=found.warnings + doubts)


def _read(said: str, field: str, *, optional: bool = False) -> str:
    if optional and not said:
        return ""
    try:
        return drafts_root(said).path
    except FolderError as error:
        raise InvalidRequestError.about(field, str(error)) from None
