"""Headers of private media, as requests give them."""

import re
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import AfterValidator, Field, WithJsonSchema

_PORT = r"[0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]"
_ORIGIN = rf"^https?://[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*(:({_PORT}))?/?$"
_NAME = r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$"
_VALUE = r"^[\x21-\x7e]([\x20-\x7e]{0,8190}[\x21-\x7e])?$"
_OURS = re.compile(
    r"host|connection|content-.*|transfer-encoding|te|trailer|upgrade|expect|range|if-.*|accept-encoding|proxy-.*"
)
_MOST = 16


def _matching(pattern: str, why: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(why)
        return value

    return check


def _few(value: dict[str, Any]) -> dict[str, Any]:
    if len(value) > _MOST:
        raise ValueError(f"must have at most {_MOST} of them")
    return value


def _not_ours(headers: dict[str, str]) -> dict[str, str]:
    """Refuse what says how a file is fetched, which is not for the caller to say."""
    for name in headers:
        if _OURS.fullmatch(name.lower()):
            raise ValueError(f"must not have {name}: the service says that itself")
    return headers


_Origin = Annotated[
    str, AfterValidator(_matching(_ORIGIN, "must be an origin like https://media.example.com, without a path"))
]
_HeaderName = Annotated[str, AfterValidator(_matching(_NAME, "must be the name of a header"))]
_HeaderValue = Annotated[str, AfterValidator(_matching(_VALUE, "must be 1 to 8,192 plain characters on one line"))]
_OfOrigin = Annotated[dict[_HeaderName, _HeaderValue], AfterValidator(_few), AfterValidator(_not_ours)]
_SCHEMA = {
    "type": "object",
    "maxProperties": _MOST,
    "propertyNames": {"pattern": _ORIGIN},
    "additionalProperties": {
        "type": "object",
        "maxProperties": _MOST,
        "propertyNames": {"pattern": _NAME},
        "additionalProperties": {"type": "string", "pattern": _VALUE},
    },
}
MediaHeaders = Annotated[
    dict[_Origin, _OfOrigin],
    AfterValidator(_few),
    Field(
        repr=False,
        description="Headers that private media need, by the origin that they are sent to and no other, like "
        '{"https://media.example.com": {"Authorization": "Bearer ..."}}. They are in no draft, answer or log; those of '
        "a save are kept until it has ended.",
    ),
    WithJsonSchema(_SCHEMA),
]
