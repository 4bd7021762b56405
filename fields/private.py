"""Headers of private media, as requests give them."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from media.private import origin

from .words import Checked

_ORIGIN = r"^https?://[^/?#@\s]+/?$"
_NAME = r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$"
_VALUE = r"^[\x21-\x7e]([\x20-\x7e]{0,8190}[\x21-\x7e])?$"
_OURS = re.compile(
    r"host|connection|content-.*|transfer-encoding|te|trailer|upgrade|expect|range|if-.*|accept-encoding|proxy-.*"
)
_MOST = 16


def _matching(pattern: str, why: str) -> Checked:
    def check(value: Any) -> Any:
        if not re.fullmatch(pattern, value):
            raise ValueError(why)
        return value

    return Checked(check, {"pattern": pattern})


def _origin(value: str) -> str:
    if not re.fullmatch(_ORIGIN, value) or not _has_origin(value):
        raise ValueError("must be an origin like https://media.example.com, without a path")
    return value


def _has_origin(value: str) -> bool:
    try:
        return bool(origin(value))
    except ValueError:  # a port that is none
        return False


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


_Few = Field(json_schema_extra={"maxProperties": _MOST})
_Origin = Annotated[str, Checked(_origin, {"pattern": _ORIGIN})]
_HeaderName = Annotated[str, _matching(_NAME, "must be the name of a header")]
_HeaderValue = Annotated[str, _matching(_VALUE, "must be 1 to 8,192 plain characters on one line")]
MediaHeaders = Annotated[
    dict[_Origin, Annotated[dict[_HeaderName, _HeaderValue], AfterValidator(_few), AfterValidator(_not_ours), _Few]],
    AfterValidator(_few),
    Field(
        repr=False,
        description="Headers that private media need, by the origin that they are sent to and no other, like "
        '{"https://media.example.com": {"Authorization": "Bearer ..."}}. They are in no draft, answer or log; those of '
        "a save are kept until it has ended.",
        json_schema_extra={"maxProperties": _MOST, "writeOnly": True},
    ),
]
