"""The vocabulary: what each request parameter means, said once: meaning, unit and bounds.

An alias (`OffsetY`) is used by a group of fields (`groups.py`) or by an operation, which name field and default.
Descriptions are product text: they are what OpenAPI and tools show.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, get_args

import orjson
from pydantic import (
    AliasChoices,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
)
from pydantic_core import CoreSchema, core_schema

from engine.catalog import DISPLAY_NAMES, App
from engine.profiles import PROFILES
from media.address import DataUrl, check_url, is_data
from settings import PROFILE_ALIASES, TargetName
from util import IDENTIFIER, IDENTIFIER_LENGTH, folder_name, is_identifier

_PRINTABLE = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"  # line breaks and tabs are welcome
_ONE_LINE = (  # with something on it
    r"^[^\x00-\x1f\x7f\x85\u2028\u2029]*[^\x00-\x1f\x7f\x85\u2028\u2029\s][^\x00-\x1f\x7f\x85\u2028\u2029]*$"
)
_COLOUR = r"^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$"


@dataclass(frozen=True)
class Checked:
    """A check that says in our words what is wrong, beside what JSON Schema says of the same."""

    check: Callable[[Any], Any]
    keywords: dict[str, Any] = field(hash=False)
    first: bool = False
    """Before anything else is looked at."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Run the check before or after the type's own."""
        if self.first:
            return core_schema.no_info_before_validator_function(self.check, handler(source))
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """The type's own schema and the keywords."""
        return handler(schema) | self.keywords


def _colour(value: str) -> str:
    if not re.fullmatch(_COLOUR, value):
        raise ValueError("must be a colour like #FF8800")
    digits = value.lstrip("#").upper()
    return "#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits))


def _identifier(value: str) -> str:
    if not is_identifier(value):
        raise ValueError("must be 1 to 128 letters, digits, '.', '_' or '-', and not dots alone")
    return value


def _address(value: str) -> str:
    check_url(value)
    return DataUrl(value) if is_data(value) else value


_APPS: dict[str, App] = {**{app: app for app in DISPLAY_NAMES}, **{name: one.app for name, one in PROFILES.items()}}
_APPS |= {older: _APPS[name] for older, name in PROFILE_ALIASES.items()}


def _app(value: Any) -> App:
    if not isinstance(value, str) or value.casefold() not in _APPS:
        raise ValueError(f"must be one of {', '.join(_APPS)}")
    return _APPS[value.casefold()]


def _target(value: Any) -> Any:
    return PROFILE_ALIASES.get(value, value) if isinstance(value, str) else value


Target = Annotated[TargetName, Checked(_target, {"enum": [*get_args(TargetName), *PROFILE_ALIASES]}, first=True)]
"""An app that drafts are for; CapCutAPI's names for them are taken too."""


def at_most(count: int) -> Checked:
    """Refuse a longer list before its items are looked at: a body can hold a million."""

    def check(value: Any) -> Any:
        if isinstance(value, list) and len(value) > count:
            raise ValueError(f"must have at most {count} items")
        return value

    return Checked(check, {"maxItems": count}, first=True)


def _some(value: Any) -> Any:
    if not value:
        raise ValueError("must have at least one item")
    return value


some = Checked(_some, {"minItems": 1})
"""Refuse an empty list: pydantic's own bound counts an item that was refused as missing, and says so as well."""


def _not_a_flag(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("must be a number, not true or false")
    return value


def kept_as_json(value: Any) -> Any:
    """Refuse what the log could not keep: half of a character, numbers past 64 bits, hundreds of brackets.

    Raises:
        ValueError: there is some of that in it.
    """
    try:
        orjson.dumps(value)
    except orjson.JSONEncodeError as error:
        raise ValueError(f"must be plain JSON with valid Unicode characters: {error}") from None
    return value


def finite(value: Any) -> Any:
    """Refuse NaN and infinity at any depth of plain JSON: the log would keep them as null.

    Raises:
        ValueError: there is one.
    """
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:
        raise ValueError("must not contain NaN or infinity") from None
    return value


def _printable(value: str) -> str:
    """Refuse what no text shows and some readers stop at."""
    if not re.fullmatch(_PRINTABLE, value):
        raise ValueError("must not contain control characters")
    return value


def _one_line(value: str) -> str:
    if not re.fullmatch(_ONE_LINE, value):
        raise ValueError("must be one line that is not blank, without tabs")
    return value


def folder_doubts(name: str, draft_id: str) -> list[str]:
    """A warning if the folders of a draft, and so the draft in the app, cannot be called as the draft is."""
    shown = folder_name(name, draft_id)
    if shown == name:
        return []
    return [f"name: {name!r} cannot name a folder on every system; in the app the draft will be named {shown!r}"]


def _open_end(value: Any) -> Any:
    """0 has always meant "to the end" at this end of the contract."""
    return None if value in (0, "0", "0.0") and value is not False else value


def _unknown_length(value: Any) -> Any:
    """Clients that do not know how long a medium is say so with 0 or -1."""
    return None if value in (0, -1, "0", "-1") and value is not False else value


def _numeral(value: Any) -> Any:
    if isinstance(value, str):
        return int(value) if value.isdecimal() and value.isascii() and len(value) < 3 else value
    return int(value) if isinstance(value, float) and value.is_integer() else _not_a_flag(value)


def _ripple(value: Any) -> Any:
    return {True: "track", False: "none"}[value] if isinstance(value, bool) else value


NUMERAL = BeforeValidator(_numeral)
"""For a choice among numbers, which may be texts like all numbers."""
PRINTABLE = Checked(_printable, {"pattern": _PRINTABLE})
"""No control characters."""
LEAST_PIXELS, MOST_PIXELS = 16, 8_192
Number = Annotated[float, BeforeValidator(_not_a_flag)]
Whole = Annotated[int, BeforeValidator(_not_a_flag)]
Identifier = Annotated[str, Checked(_identifier, {"pattern": IDENTIFIER, "maxLength": IDENTIFIER_LENGTH})]
Seconds = Annotated[Number, Field(ge=0, le=86_400, json_schema_extra={"x-unit": "s"})]
TimelineEnd = Annotated[
    Seconds,
    Field(
        validate_default=True,
        validation_alias=AliasChoices("end", "end_time"),
        description="When it ends on the timeline, in seconds; after start.",
    ),
]
Length = Annotated[Number, Field(gt=0, le=86_400, json_schema_extra={"x-unit": "s"})]
OpenEnd = Annotated[Seconds | None, BeforeValidator(_open_end)]
KnownLength = Annotated[Length | None, BeforeValidator(_unknown_length)]
ADDRESS = Checked(_address, {"format": "uri"})
"""The mark of fields that name media."""
MediaUrl = Annotated[str, Field(min_length=1), ADDRESS]
OffsetX = Annotated[
    Number,
    Field(
        ge=-10,
        le=10,
        validation_alias=AliasChoices("transform_x", "pos_x"),
        description="Half canvas widths from the centre, right is positive.",
    ),
]
OffsetY = Annotated[
    Number,
    Field(
        ge=-10,
        le=10,
        validation_alias=AliasChoices("transform_y", "pos_y"),
        description="Half canvas heights from the centre, up is positive.",
    ),
]
Scale = Annotated[Number, Field(gt=0, le=100, description="1 fits the medium into the canvas; 2 is twice as large.")]
Speed = Annotated[Number, Field(ge=0.1, le=100, description="2 plays twice as fast, 0.5 half as fast.")]
Volume = Annotated[Number, Field(ge=0, le=10, description="1 leaves the sound as it is, 0 is silent.")]
Opacity = Annotated[Number, Field(ge=0, le=1, description="0 is invisible, 1 is opaque.")]
Share = Annotated[Number, Field(ge=0, le=1)]
Percent = Annotated[Number, Field(ge=0, le=100)]
Degrees = Annotated[Number, Field(ge=-36_000, le=36_000, description="Degrees clockwise.")]
Colour = Annotated[str, Checked(_colour, {"format": "color", "pattern": _COLOUR})]
Name = Annotated[str, Field(min_length=1, max_length=200), PRINTABLE]
DraftName = Annotated[Name, Checked(_one_line, {"pattern": _ONE_LINE})]
Font = Annotated[Name, Field(validation_alias=AliasChoices("font", "font_type"))]
TrackName = Annotated[
    str,
    Field(min_length=1, max_length=100, description="Track to place it on; made if it is new."),
    PRINTABLE,
]
RelativeIndex = Annotated[
    Whole,
    Field(ge=-1_000, le=1_000, description="Among tracks of its type a higher one is in front; for a new track only."),
]
MaskCenterX = Annotated[
    Number,
    Field(
        ge=-10_000,
        le=10_000,
        description="Canvas pixels from the middle of the picture to the middle of the mask, right is positive.",
    ),
]
MaskCenterY = Annotated[
    Number,
    Field(
        ge=-10_000,
        le=10_000,
        description="Canvas pixels from the middle of the picture to the middle of the mask, up is positive.",
    ),
]
MaskSize = Annotated[
    Number,
    Field(gt=0, le=10, description="Main measure (height, diameter) as a fraction of the picture's height."),
]
MaskRotation = Annotated[Degrees, Field(description="Turn of the mask in degrees clockwise.")]
MaskFeather = Annotated[Percent, Field(description="Softness of the mask's edge, 0 to 100.")]
MaskInvert = Annotated[bool, Field(description="Show what is outside of the mask instead.")]
AppName = Annotated[App, BeforeValidator(_app)]
Version = Annotated[Whole, Field(ge=1, le=2**53, description="A version of the draft, as edits and its history say.")]
Steps = Annotated[Whole, Field(ge=1, le=1_000_000, description="How many steps.")]
Limit = Annotated[Whole, Field(ge=1, le=1_000, description="Most of them in the answer.")]
Offset = Annotated[Whole, Field(ge=0, le=10**9, description="How many to pass over: those of the pages before.")]
Pixels = Annotated[Whole, Field(ge=LEAST_PIXELS, le=MOST_PIXELS, json_schema_extra={"x-unit": "px"})]
SegmentId = Annotated[
    str,
    Field(min_length=1, max_length=100, description="The segment, by the id that its add operation and get_draft say."),
]
KnownTrack = Annotated[str, Field(min_length=1, max_length=100, description="The track, by its name.")]
FrameRate = Annotated[Number, Field(ge=1, le=120)]
Ripple = Annotated[
    Literal["none", "track", "all"],
    BeforeValidator(_ripple),
    Field(
        description="What moves along to close the gap or to make room: none; track: what follows on the same track; "
        "all: what follows on every track. true means track, false none.",
    ),
]
LOG_FORMAT = "capcut-drafts-log/1"
"""What an exported draft says it is."""
