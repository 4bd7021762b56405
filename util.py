"""Pure odds and ends. If it passes about 150 lines, something in it has a room of its own."""

import hashlib
import re
from collections.abc import Iterable
from difflib import get_close_matches

_NOT_IN_FILE_NAMES = re.compile(r'[<>:"/\\|?*\x00-\x1f]+')
_RESERVED_ON_WINDOWS = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


def url_to_hash(url: str, length: int = 16) -> str:
    """Name a medium by its address: the first `length` hex digits of the SHA-256 of `url`."""
    return hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()[:length]


def folder_name(name: str, fallback: str) -> str:
    """Make `name` fit to name a folder on Windows, macOS and Linux; `fallback` if nothing is left of it.

    At most 60 characters: longer names broke the apps' own lists (draft-format, 3.1).
    """
    cleaned = _NOT_IN_FILE_NAMES.sub("_", name).strip(" .")[:60].rstrip(" .")
    if not cleaned.strip("_"):
        return fallback
    return f"_{cleaned}" if _RESERVED_ON_WINDOWS.match(cleaned) else cleaned


def nearest(word: str, words: Iterable[str], count: int = 3) -> list[str]:
    """The `count` of `words` that look most like `word`, best first."""
    return get_close_matches(word, list(words), n=count, cutoff=0.4)
