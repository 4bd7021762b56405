"""What a medium may be called by: a web address, a built-in sample, an upload, or a file on this machine.

Pure: nothing here touches the network or the file that a path names, so a request can be refused when it is made.
"""

import os
import re
from base64 import b64decode
from pathlib import Path
from urllib.parse import unquote, urlsplit

import orjson

from errors import MediaError, shown

from .samples import sample_path

ASSET_SCHEME = "asset://"
"""What the address of an upload begins with; its id follows."""

NO_SOURCE = "not an http(s) URL, a built-in sample, an upload, a data: URL or a file under a media root"
LONGEST = 8_192
"""Characters of an address that does not hold its content itself."""

_ON_WINDOWS = os.name == "nt"
_CONTROL_CHARACTER = re.compile(r"[\x00-\x1f\x7f]")
_ASSET = re.compile(rf"{ASSET_SCHEME}([0-9a-f]{{32}})")
_NAMED = re.compile(rb'"(?:(?:video|image|audio)_(?:url|path)|url)"\s*:\s*("https?://(?:[^"\\]|\\.)*")', re.IGNORECASE)
_IN_TEXT = re.compile(r"https?://\S+", re.IGNORECASE)
_WINDOWS_PATH = re.compile(r"[A-Za-z]:[\\/]|\\\\")


def check_url(url: str) -> None:
    """Refuse a URL that could never be fetched.

    Raises:
        ValueError: what is wrong with it, in words for the caller.
    """
    if not url.strip():
        raise ValueError("is empty")
    if url != url.strip():
        raise ValueError("has spaces around it")
    if _CONTROL_CHARACTER.search(url):
        raise ValueError("contains a control character")
    if "{{" in url or "}}" in url:
        raise ValueError("contains a placeholder ({{...}}) that was not filled in")
    if is_data(url):
        data_content(url)
        return
    if len(url) > LONGEST:
        raise ValueError(f"must have at most {LONGEST:,} characters")
    if is_web(url):
        _check_web_address(url)
    elif not asset_id(url) and _sample(url) is None:
        local_path(url)


class DataUrl(str):
    """A data: URL that was checked where a medium is asked for."""

    __slots__ = ()


def is_data(url: str) -> bool:
    """Whether `url` holds what it names (RFC 2397)."""
    return url[:5].lower() == "data:"


def data_content(url: str) -> bytes:
    """What a data: URL holds. Its media type is not believed, as that of no server is.

    Raises:
        ValueError: what is wrong with it, in words for the caller.
    """
    head, comma, body = url.partition(",")
    if not comma or not head.lower().endswith(";base64"):
        raise ValueError("is a data: URL that is not in base64; write data:image/png;base64,...")
    try:
        content = b64decode(unquote(body) if "%" in body else body, validate=True)
    except ValueError:
        raise ValueError("is a data: URL whose base64 is damaged or cut short") from None
    if not content:
        raise ValueError("is a data: URL with nothing in it")
    return content


def is_web(url: str) -> bool:
    """Whether `url` is an http or https address."""
    return url.lower().startswith(("http://", "https://"))


def asset_id(url: str) -> str:
    """The id of the upload that `url` names; empty for any other address."""
    found = _ASSET.fullmatch(url)
    return found[1] if found else ""


def web_addresses(request: bytes) -> list[str]:
    """The web addresses of media that a request, as JSON, names anywhere; quick, for every edit is asked."""
    return list(dict.fromkeys(orjson.loads(found) for found in _NAMED.findall(request)))


def loggable(url: str) -> str:
    """`url` without what may be secret: no query, no user name."""
    if is_data(url):
        return shown(url)
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}" if is_web(url) else url


def without_secrets(text: str) -> str:
    """`text` with the web addresses in it as they may be logged."""
    return _IN_TEXT.sub(lambda found: _loggable(found[0]), text)


def _loggable(url: str) -> str:
    try:
        return loggable(url)
    except ValueError:
        return "(an address)"


def local_path(url: str, on_windows: bool = _ON_WINDOWS) -> str:
    """The absolute path that `url` spells, existing or not.

    Raises:
        ValueError: it spells none.
    """
    path = _file_url_path(url) if url.lower().startswith("file:") else url
    if _WINDOWS_PATH.match(path) and not on_windows:
        raise ValueError("is a Windows path, but this server does not run on Windows; upload the file or give a URL")
    # A path that starts with two slashes or backslashes names another machine, which Windows would log on to.
    is_absolute = _WINDOWS_PATH.match(path) if on_windows else path.startswith("/")
    if not is_absolute or path.startswith(("//", "\\\\")):
        raise ValueError(NO_SOURCE)
    return path


def _check_web_address(url: str) -> None:
    try:
        host, _ = urlsplit(url).hostname, urlsplit(url).port
    except ValueError as error:
        raise ValueError(f"is not a valid URL: {error}") from None
    if not host:
        raise ValueError("is not a valid URL: it names no host")


def _sample(url: str) -> Path | None:
    try:
        return sample_path(url)
    except MediaError as error:
        raise ValueError(error.reason) from None


def _file_url_path(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ValueError(NO_SOURCE) from None
    if parts.netloc not in ("", "localhost"):
        raise ValueError("is a file URL that names a host; write file:///path/to/file")
    path = unquote(parts.path)
    if _CONTROL_CHARACTER.search(path):
        raise ValueError("contains a control character")
    return path[1:] if _WINDOWS_PATH.match(path[1:]) else path
