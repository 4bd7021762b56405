"""What a request model found wrong, in plain words: for the board, and where a request holds a request."""

import re
from collections.abc import Collection, Sequence
from difflib import get_close_matches
from typing import Any

from errors import FieldProblem, InvalidRequestError

MOST_PROBLEMS = 20
"""How many problems an answer explains; a body can hold a million."""

_SHOULD = re.compile(r"^[A-Z][a-z]+ should ")
_COUNTED = re.compile(r" after validation, not (?:more than )?\d+$")
_PLAIN_WORDS = {
    "missing": "required and missing",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "int_parsing_size": "must be a whole number of fewer digits",
    "string_type": "must be a text",
    "string_unicode": "must be a text of valid Unicode characters",
    "string_too_short": "must not be empty",
    "is_instance_of": "must be a file: a part of the form with a filename",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "dict_type": "must be a JSON object",
    "tuple_type": "must be a list",
}


def refusal(problems: Sequence[Any], names: Collection[str], inside: str = "") -> InvalidRequestError:
    """Every problem at once, each beside the name of the field it is about; of very many the first.

    Args:
        problems: as pydantic lists them.
        names: the fields that there are, for hints.
        inside: the request field in which the model stands, if it is not the body itself.
    """
    fields = [
        FieldProblem(field=place(problem, inside), message=explain(problem, names))
        for problem in problems[:MOST_PROBLEMS]
    ]
    message = "; ".join(f"{f['field']}: {f['message']}" if f["field"] else f["message"] for f in fields)
    more = f"; and {len(problems) - MOST_PROBLEMS} more problems" if len(problems) > MOST_PROBLEMS else ""
    return InvalidRequestError(message + more, fields)


def explain(problem: Any, names: Collection[str]) -> str:
    """What is wrong, and what was meant if that can be guessed from `names`."""
    kind, where = problem["type"], problem["loc"]
    if kind == "extra_forbidden":
        # Only the top level has names to compare with; a name further in belongs to another model.
        return unknown_field(str(where[-1]), names if len(where) == 1 else ())
    if kind == "model_type":
        return "must be a JSON object" if where else "the body must be a JSON object"
    return _PLAIN_WORDS.get(kind) or _plain(str(problem["msg"]))


def _plain(message: str) -> str:
    """Pydantic's sentence as ours: what must be, and not what was counted on the way."""
    return _COUNTED.sub("", _SHOULD.sub("must ", message.removeprefix("Value error, ")))


_OTHER_WORDS = {
    "start_time": ("target_start", "start"),
    "end_time": ("end",),
    "target_start": ("start",),
    "duration": ("end",),
    "x": ("transform_x",),
    "y": ("transform_y",),
    "subtitle_text": ("srt", "cues"),
    "sticker_type": ("sticker_id",),
    "intensity": ("params",),
    "stroke_enabled": ("border_width",),
    "resolution": ("width", "height"),
    "output_path": ("draft_folder",),
    "draft_folder": (),
    "target": ("effect_category",),
}
"""What tools around CapCutAPI call fields, where it is not sure enough what they mean to take it for that."""


def unknown_field(name: str, names: Collection[str]) -> str:
    """Say that there is no such field, and which one is meant if it can be guessed."""
    meant = _OTHER_WORDS.get(name)
    near = get_close_matches(name, names, n=1) if meant is None else [word for word in meant if word in names]
    return f"unknown field, did you mean {' or '.join(map(repr, near))}?" if near else "unknown field"


def place(problem: Any, inside: str = "") -> str:
    """The field a problem is about, with dots between names."""
    return ".".join(str(part) for part in ((inside, *problem["loc"]) if inside else problem["loc"]))
