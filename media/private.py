"""Headers that private media need, for what one caller has fetched; each goes to one origin and to no other.

They are secrets. Nothing logs them, no answer has them, and a redirect to another origin leaves them behind. What was
fetched with them is kept apart: a copy is for those who have the same headers.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from urllib.parse import urlsplit

import orjson

from util import url_to_hash

Headers = Mapping[str, Mapping[str, str]]
"""By the origin that they are for, like https://media.example.com."""

_given: ContextVar[Headers | None] = ContextVar("media_headers", default=None)
_PORTS = {"http": 80, "https": 443}


@contextmanager
def private(headers: Headers) -> Iterator[None]:
    """Send those headers with what is fetched meanwhile by this thread and those that it has begun."""
    token = _given.set({origin(place): headers[place] for place in headers})
    try:
        yield
    finally:
        _given.reset(token)


def headers_for(url: str) -> dict[str, str]:
    """The headers that go with a request for `url`."""
    given = _given.get()
    return dict(given.get(origin(url), {})) if given else {}


def scope(url: str) -> str:
    """What tells a copy of `url` that was had with headers from others; empty for one that anybody may have."""
    headers = headers_for(url)
    return url_to_hash(orjson.dumps(headers, option=orjson.OPT_SORT_KEYS).decode(), 40) if headers else ""


def origin(url: str) -> str:
    """Scheme, host and port of a web address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}:{parts.port or _PORTS.get(parts.scheme)}"
