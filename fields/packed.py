"""Drafts that requests bring: as JSON, as a zip, or by URL. What is in them `incoming.py` reads."""

import base64
import binascii
import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from util import as_json

from .requests import Request
from .words import MediaUrl

MOST_BYTES = 64_000_000
"""Size of the largest timeline; an hour of captions is one or two."""


def _as_text(value: Any) -> Any:
    if not isinstance(value, str):
        return as_json(value).decode() if isinstance(value, dict) else value
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError("has half a character; write it as \\ud83d") from None
    return value


def _as_bytes(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    encoded = "".join(re.sub(r"^\s*data:[^,]{0,200};base64,", "", value).split())
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("must be a zip in base64, or the body itself, sent as application/zip") from None


JsonText = Annotated[
    str,
    BeforeValidator(_as_text),
    Field(min_length=2, max_length=MOST_BYTES),
    WithJsonSchema({"type": ["object", "string"], "minLength": 2, "maxLength": MOST_BYTES}),
]
Zip = Annotated[
    bytes,
    BeforeValidator(_as_bytes),
    WithJsonSchema({"type": "string", "minLength": 8, "pattern": r"^(data:[^,]*;base64,)?[A-Za-z0-9+/\s]+={0,2}\s*$"}),
]


class Packed(Request):
    """A request that brings a draft which an app wrote, in one of several ways."""

    document: JsonText | None = Field(
        None, description="The timeline of the draft (draft_content.json), as JSON or as a text that is JSON."
    )
    meta: JsonText | None = Field(None, description="Its draft_meta_info.json, beside document.")
    zip: Zip | None = Field(None, description="The whole draft folder as a zip, in base64.")
    url: MediaUrl | None = Field(
        None, description="Where the zip or the timeline is: an http(s) URL, or a file under a media root."
    )
