"""Logs that become those of other drafts. Pure."""

from collections.abc import Sequence
from dataclasses import replace

import orjson

from .drafts import Row


def copied(rows: Sequence[Row], of: str, draft_id: str, name: str) -> list[Row]:
    """The log of the draft `of` as that of `draft_id`, called `name`.

    Its segments keep their ids: later operations speak of them. So the first row says whose ids they are.
    """
    first = rows[0].asked()
    ids_of = first.get("ids_of") or of
    start = first | {"draft_id": draft_id, "name": name, "ids_of": ids_of}
    return [replace(row, key="", request=orjson.dumps(start) if row.number == 1 else row.request) for row in rows]
