"""Pure odds and ends. If it passes about 150 lines, something in it has a room of its own."""

import hashlib
import json
import re
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from difflib import get_close_matches
from typing import Any

import orjson

IDENTIFIER = r"^\.*[A-Za-z0-9_-][A-Za-z0-9._-]*$"
"""What ids of drafts and tasks are made of; not dots alone, for they name folders. At most IDENTIFIER_LENGTH."""
IDENTIFIER_LENGTH = 128

LAST_MILLISECOND = 253_402_300_799_999
"""The last time that `utc` can name, in milliseconds since 1970: the end of the year 9999."""

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_NOT_IN_FILE_NAMES = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]+')
_DEVICES = r"(con|prn|aux|nul|conin\$|conout\$|com[\d¹²³]|lpt[\d¹²³])(\.|$)"
_BESIDE_DRAFTS = r"root_meta_info\.json|install\.(md|sh|bat|json)$"
RESERVED_ON_WINDOWS = re.compile(_DEVICES, re.IGNORECASE)
"""Names that are devices there, whatever comes after a dot."""
_RESERVED = re.compile(f"{_DEVICES}|{_BESIDE_DRAFTS}", re.IGNORECASE)
"""What folders of drafts must not be called: devices, the app's list of drafts, what installs a draft."""


def url_to_hash(url: str, length: int = 16) -> str:
    """Name a medium by its address: the first `length` hex digits of the SHA-256 of `url`."""
    return hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()[:length]


def is_identifier(text: str) -> bool:
    """Whether `text` may be the id of a draft or a task."""
    return len(text) <= IDENTIFIER_LENGTH and re.fullmatch(IDENTIFIER, text) is not None


def folder_name(name: str, fallback: str) -> str:
    """Make `name` fit to name a folder on Windows, macOS and Linux; `fallback`, made fit, if nothing is left of it.

    At most 60 characters: longer names broke the apps' own lists (draft-format, 3.1).
    """
    cleaned = _NOT_IN_FILE_NAMES.sub("_", name).strip(" .")[:60].rstrip(" .")
    if not cleaned.strip("_"):
        return folder_name(fallback, "draft") if fallback != "draft" else fallback
    return f"_{cleaned}" if _RESERVED.match(cleaned) else cleaned


def utc(milliseconds: int) -> str:
    """A time since 1970 as callers read it: 2026-11-22T18:00:00.000Z; past 1970 to 9999 the nearest."""
    moment = _EPOCH + timedelta(milliseconds=min(max(milliseconds, 0), LAST_MILLISECOND))
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def nearest(word: str, words: Iterable[str], count: int = 3) -> list[str]:
    """The `count` of `words` that look most like `word`, best first."""
    return get_close_matches(word, list(words), n=count, cutoff=0.4)


def as_json(value: Any) -> bytes:
    """`value`, in which all numbers are finite, as JSON.

    Whole numbers past 64 bits and halves of characters, which few files have, stay what they are.
    """
    try:
        return bytes(memoryview(orjson.dumps(value)))  # in as many bytes: orjson answers what it had put aside for more
    except orjson.JSONEncodeError:
        return json.dumps(value, separators=(",", ":")).encode()
