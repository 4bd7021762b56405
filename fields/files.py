"""Files that callers send, and the answer that says where one is."""

import base64
import binascii
import hashlib
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, BinaryIO

from pydantic import BeforeValidator, Field, InstanceOf
from pydantic.json_schema import SkipJsonSchema

from fields.answers import Answer

_NOT_SHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class SentFile:
    """A file of a form, as it came: on the disk, if it is not small."""

    stream: BinaryIO
    name: str = ""
    """What it was called where it comes from."""

    @property
    def own_name(self) -> str:
        """Its name without folders, which some clients send, and control characters; at most 200 characters."""
        return _NOT_SHOWN.sub("", re.split(r"[/\\]", self.name)[-1]).strip()[:200]

    def digest(self) -> str:
        """What tells it from others."""
        self.stream.seek(0)
        found = hashlib.sha256()
        while chunk := self.stream.read(1 << 20):
            found.update(chunk)
        return found.hexdigest()

    def write(self, target: Path) -> None:
        """Put its content into a file."""
        self.stream.seek(0)
        with target.open("wb") as written:
            shutil.copyfileobj(self.stream, written, 1 << 20)


def _decoded(text: object) -> object:
    """The bytes that a text in base64 stands for, with or without `data:...;base64,` before it."""
    if not isinstance(text, str):
        raise ValueError("must be a text in base64")
    if not text.strip():
        raise ValueError("must not be empty")
    try:
        return base64.b64decode(
            "".join(text.partition(";base64,")[2 if text.startswith("data:") else 0].split()), validate=True
        )
    except (binascii.Error, ValueError):
        raise ValueError("is not base64") from None


FormFile = Annotated[InstanceOf[SentFile], SkipJsonSchema()]
"""A field that only a form can give."""
Base64 = Annotated[bytes, BeforeValidator(_decoded, json_schema_input_type=str), Field(min_length=1)]
Prefix = Annotated[
    str,
    Field(
        max_length=200,
        pattern=r"^\w[\w.-]*(/\w[\w.-]*)*$",
        description="What the object's name begins with, like a folder: letters, digits, ., _, - and / between.",
    ),
]


class Stored(Answer):
    """A file in the storage."""

    success: bool = Field(True, description="It is there.")
    oss_url: str = Field(description="A link to it, good for 24 hours; into a folder for as long as the file is there.")
    object: str = Field(description="Its name in the storage.")
