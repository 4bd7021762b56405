"""create_asset: upload a medium, a font or subtitles."""

import io
from pathlib import Path

from pydantic import ConfigDict, Field, model_validator

from errors import InvalidRequestError
from fields.answers import Answer
from fields.assets import DescribedAsset, described
from fields.files import Base64, FormFile
from fields.requests import Changing
from fields.words import Name
from media.read import UnreadableMediaError
from services import Services


class CreateAsset(Changing):
    """Upload a video, picture, sound, font or subtitles; its `url` stands wherever a medium's URL is asked for.

    Send the file as multipart/form-data in the field `file`, or a small one as base64 in JSON. It is kept until it is
    deleted. The same content is kept once, under one id.
    """

    model_config = ConfigDict(json_schema_extra={"required": ["data_base64"]})  # in JSON; a form has its file instead

    example = {
        "data_base64": "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC",
        "name": "red.png",
    }

    file: FormFile | None = Field(None, description="The file, in a form.")
    data_base64: Base64 | None = Field(None, description="In JSON: the content in base64; a data: URL will do.")
    name: Name | None = Field(None, description="What to call it; left out: the name of the file that is sent.")

    @model_validator(mode="after")
    def _one_content(self) -> "CreateAsset":
        if (self.file is None) == (self.data_base64 is None):
            raise ValueError("send the file either as the field file of a form, or as data_base64 in JSON")
        return self


class CreatedAsset(Answer, DescribedAsset):
    """The asset."""


def create_asset(req: CreateAsset, services: Services) -> CreatedAsset:
    """Keep it, if it is something a draft can use.

    Raises:
        InvalidRequestError: it is nothing of use, empty or too large.
        ConflictError: there is no room for it.
    """

    field = "file" if req.file else "data_base64"
    content = req.file.stream if req.file else io.BytesIO(req.data_base64 or b"")
    content.seek(0)

    def identify(path: Path) -> str:
        try:
            return services.media.kind(path)
        except UnreadableMediaError as error:
            raise InvalidRequestError.about(field, str(error)) from None

    name = req.name or (req.file.own_name if req.file else "")
    return CreatedAsset.model_validate(described(services.assets.add(content, name, identify)))
