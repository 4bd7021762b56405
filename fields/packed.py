"""Drafts that requests bring: as JSON, as a zip, or by URL. What is in them `incoming.py` reads."""

import base64
import binascii
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema, field_validator

from util import as_json

from .requests import Request
from .words import MediaUrl

MOST_BYTES = 64_000_000
"""Size of the largest timeline; an hour of captions is one or two."""


def _as_text(value: Any) -> Any:
    return as_json(value).decode() if isinstance(value, dict) else value


def _as_bytes(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return base64.b64decode(value, validate=True)
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
    WithJsonSchema({"type": "string", "minLength": 8, "pattern": "^[A-Za-z0-9+/]+={0,2}$"}),
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

    @field_validator("url")
    @classmethod
    def _one_of_them(cls, url: str | None, info: ValidationInfo) -> str | None:
        given = [name for name in ("document", "zip") if info.data.get(name) is not None] + ["url"] * bool(url)
        if len(given) > 1:
            raise ValueError(f"give one of document, zip and url, not {' and '.join(given)}")
        return url
