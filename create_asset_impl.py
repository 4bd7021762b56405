"""create_asset: upload a medium, a font or subtitles."""

import binascii
import io
import re
from base64 import b64decode
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from errors import InvalidRequestError
from fields.answers import Answer
from fields.assets import DescribedAsset, described
from fields.requests import Changing
from fields.words import Name
from media.read import UnreadableMediaError
from services import Services

_DATA_URL = re.compile(r"data:[^,]{0,200};base64,")


def _stream(value: Any) -> Any:
    """A file that the door received as it is, or base64."""
    if hasattr(value, "read"):
        return value
    if not isinstance(value, str):
        raise ValueError("must be base64 text; send a file as multipart/form-data, in the field file")
    head = _DATA_URL.match(value)
    try:
        return io.BytesIO(b64decode("".join(value[head.end() if head else 0 :].split()), validate=True))
    except (binascii.Error, ValueError):
        raise ValueError("is not base64; send a file as multipart/form-data, in the field file") from None


class CreateAsset(Changing):
    """Upload a video, picture, sound, font or subtitles; its `url` stands wherever a medium's URL is asked for.

    Send the file as multipart/form-data in the field `file`, or a small one as base64 in JSON. It is kept until it is
    deleted. The same content is kept once, under one id.
    """

    example = {
        "content": "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC",
        "name": "red.png",
    }

    content: Annotated[
        Any, BeforeValidator(_stream), WithJsonSchema({"type": "string", "contentEncoding": "base64", "minLength": 1})
    ] = Field(description="The file as base64; a data: URL will do.")
    name: Name | None = Field(None, description="What to call it; left out: the name of the file that is sent.")


class CreatedAsset(Answer, DescribedAsset):
    """The asset."""


def create_asset(req: CreateAsset, services: Services) -> CreatedAsset:
    """Keep it, if it is something a draft can use.

    Raises:
        InvalidRequestError: it is nothing of use, empty or too large.
        ConflictError: there is no room for it.
    """

    def identify(path: Path) -> str:
        try:
            return services.media.kind(path)
        except UnreadableMediaError as error:
            raise InvalidRequestError.about("content", str(error)) from None

    return CreatedAsset.model_validate(described(services.assets.add(req.content, req.name or "", identify)))
