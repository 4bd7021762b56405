"""upload_to_oss: a file that the caller sends into the storage."""

from pathlib import Path

from pydantic import ConfigDict, Field, model_validator

from errors import InvalidRequestError
from fields.files import Base64, FormFile, Prefix, Stored
from fields.requests import Changing
from media.first_bytes import UnreadableMediaError
from media.library import LocalMedium
from services import Services


class UploadToOss(Changing):
    """Put a picture, video or sound into the storage of the service (OSS, S3 or a folder), for a link to it.

    As a form (multipart/form-data) with the file as `file`, or as JSON with its content in base64.
    """

    model_config = ConfigDict(json_schema_extra={"required": ["data_base64"]})  # in JSON; a form has its file instead

    example = {"filename": "dot.gif", "data_base64": "R0lGODlhAQABAIAAAAUEBAAAACwAAAAAAQABAAACAkQBADs="}

    file: FormFile | None = Field(None, description="The file, in a form.")
    data_base64: Base64 | None = Field(None, description="In JSON: the content in base64.")
    filename: str = Field("", max_length=1_000, description="Accepted; the name in the storage is a new one.")
    content_type: str = Field("", max_length=200, description="Accepted; the type is what the content is.")
    prefix: Prefix = "capcut"

    @model_validator(mode="after")
    def _one_content(self) -> "UploadToOss":
        if (self.file is None) == (self.data_base64 is None):
            raise ValueError("send the file either as the field file of a form, or as data_base64 in JSON")
        return self

    def write(self, target: Path) -> None:
        """Put the content into a file."""
        if self.file:
            self.file.write(target)
        else:
            target.write_bytes(self.data_base64 or b"")


def upload_to_oss(req: UploadToOss, services: Services) -> Stored:
    """Look at it, put it there.

    Raises:
        NoStorageError: the service has no storage.
        InvalidRequestError: it is no picture, video or sound.
        StorageError: it could not be put there.
    """
    services.storage_for("upload_to_oss")
    with services.moment() as folder:
        path = folder / "file"
        req.write(path)
        try:
            medium = LocalMedium(path, services.media.identify(path))
        except UnreadableMediaError as error:
            raise InvalidRequestError.about("file" if req.file else "data_base64", str(error)) from None
        name, link = services.store_medium(medium, req.prefix)
    return Stored(oss_url=link, object=name)
