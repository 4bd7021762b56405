"""Headers of private media, kept for as long as a save may need them, and no longer.

They stand beside the task, never in it: a task is told to callers and webhooks. What ends a save removes them; what is
left by a crash has an end.
"""

from collections.abc import Mapping

import orjson

from .records import Records

_DAY = 86_400.0  # a save that is begun again after a crash needs them; one that nobody begins does not


class PrivateHeaders:
    """Headers by the task that fetches with them."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def keep(self, task_id: str, headers: Mapping[str, Mapping[str, str]]) -> None:
        """Keep them until they are forgotten, a day at most.

        Raises:
            StoreError: they cannot be kept.
        """
        if headers:
            self._records.put("private", task_id, orjson.dumps(headers), _DAY)

    def of(self, task_id: str) -> dict[str, dict[str, str]]:
        """Those of a task.

        Raises:
            StoreError: they cannot be read.
        """
        found: dict[str, dict[str, str]] = orjson.loads(self._records.get("private", task_id) or b"{}")
        return found

    def forget(self, task_id: str) -> None:
        """Remove them.

        Raises:
            StoreError: they may still be there.
        """
        kept = self._records.get("private", task_id)
        if kept is not None:
            self._records.swap("private", task_id, kept, None)
