"""Ours beside what the apps write: every field that is in all of their drafts is in ours, with a type they use.

`data/app_fields.json` holds the fields and JSON types of app-written drafts by target, and nothing of their content.
"""

import json
from itertools import chain
from pathlib import Path

import pytest

from .test_export import rich_script, written

RECORDED = json.loads((Path(__file__).parent / "data" / "app_fields.json").read_text(encoding="utf-8"))
TYPES = {
    type(None): "null",
    str: "string",
    int: "number",
    float: "number",
    bool: "boolean",
    list: "array",
    dict: "object",
}


def ours(document, kind):
    if kind == "document":
        return [document]
    if kind.endswith(" segment"):
        tracks = [track for track in document["tracks"] if track["type"] == kind.removesuffix(" segment")]
        return list(chain.from_iterable(track["segments"] for track in tracks))
    return document["materials"][kind]


@pytest.mark.parametrize("target, kind", [(target, kind) for target, kinds in RECORDED.items() for kind in kinds])
def test_every_field_of_the_apps_is_there_with_a_type_of_theirs(target, kind):
    recorded = RECORDED[target][kind]
    for entry in ours(written(rich_script(target)), kind):
        assert set(recorded) <= set(entry), set(recorded) - set(entry)
        wrong = {name: entry[name] for name, types in recorded.items() if not fits(entry[name], types)}
        assert not wrong, wrong


def fits(value, types):
    """Whether the apps write such a value there. Null stands for an object that only the user's doing makes."""
    return TYPES[type(value)] in types or (value is None and "object" in types)
