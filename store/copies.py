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
    return [replace(row, key="", request=named.get(row.name, row.request)) for row in rows]
