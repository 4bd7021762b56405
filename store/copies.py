"""Logs that become those of other drafts. Pure."""

from collections.abc import Sequence
from dataclasses import replace

import orjson

from .drafts import Row


def copied(rows: Sequence[Row], of: str, draft_id: str, name: str) -> list[Row]:
    """The log of the draft `of` as that of `draft_id`, called `name`.

    Its segments keep their ids: later operations speak of them. So the first row says whose ids they are. It is
    called so from its first version on: what the draft was renamed to is no name of its copy.
    """
    first = rows[0].asked()
    ids_of = first.get("ids_of") or of
    start = first | {"draft_id": draft_id, "name": name, "ids_of": ids_of}
    named = {"create_draft": orjson.dumps(start), "rename_draft": orjson.dumps({"name": name})}
    return [replace(row, key="", request=named.get(row.name) or _renamed(row, name)) for row in rows]


def _renamed(row: Row, name: str) -> bytes:
    """The request of a row; of a batch with `name` where it renames the draft."""
    if row.name != "batch" or b'"rename_draft"' not in row.request:
        return row.request
    batch = row.asked()
    for step in batch["operations"]:
        if step["operation"] == "rename_draft":
            step["request"] = {"name": name}
    return orjson.dumps(batch)
