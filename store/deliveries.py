"""What is to be told to webhooks, and what came of telling it: one delivery for each task that has a webhook.

It is kept before the task begins, so that the end of a task is told even when the service ends just then.
"""

import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import orjson

from .records import Records

State = Literal["waiting", "delivered", "given_up"]
_CLAIM_SECONDS = 120.0  # longer than any attempt takes


@dataclass(frozen=True)
class Attempt:
    """One try to tell."""

    at: int
    """Milliseconds since 1970."""
    status: int | None
    """What the receiver answered; None: nothing."""
    error: str
    """Why it does not count; empty: it does."""
    seconds: float
    """How long it took."""


@dataclass(frozen=True)
class Delivery:
    """Never changes; a later state is a new one."""

    task_id: str
    url: str
    state: State = "waiting"
    due_at: int = 0
    """Not before; milliseconds since 1970."""
    attempts: list[Attempt] = field(default_factory=list)

    def after(self, attempt: Attempt, state: State, due_at: int) -> "Delivery":
        """The delivery after one more attempt."""
        return replace(self, attempts=[*self.attempts, attempt], state=state, due_at=due_at)


class Deliveries:
    """Deliveries by task, kept for `keep` seconds."""

    def __init__(self, records: Records, keep: float) -> None:
        self._records, self._keep = records, keep

    def add(self, delivery: Delivery) -> None:
        """Keep a new one.

        Raises:
            StoreError: it could not be stored.
        """
        self._records.put("delivery", delivery.task_id, _packed(delivery), self._keep)
        self._records.put("undelivered", delivery.task_id, b"1", self._keep)

    def get(self, task_id: str) -> Delivery | None:
        """The delivery of a task; None when it has no webhook."""
        packed = self._records.get("delivery", task_id)
        return _unpacked(packed) if packed else None

    def waiting(self) -> list[Delivery]:
        """Those that are neither delivered nor given up."""
        keys = self._records.keys("undelivered")
        return [_unpacked(packed) for packed in self._records.get_many("delivery", keys).values()]

    def work_on(self, task_id: str, work: Callable[[Delivery], Delivery]) -> None:
        """Put what `work` makes of a delivery in its place, unless somebody is at it."""
        claim = secrets.token_hex(8).encode()
        if not self._records.swap("delivering", task_id, None, claim, _CLAIM_SECONDS):
            return
        try:
            delivery = self.get(task_id)
            if delivery is not None and delivery.state == "waiting":
                self._keep_as(work(delivery))
        finally:
            self._records.swap("delivering", task_id, claim, None)

    def _keep_as(self, delivery: Delivery) -> None:
        self._records.put("delivery", delivery.task_id, _packed(delivery), self._keep)
        if delivery.state != "waiting":
            self.forget(delivery.task_id)

    def forget(self, task_id: str) -> None:
        """Try to deliver it no more."""
        self._records.swap("undelivered", task_id, b"1", None)


def _packed(delivery: Delivery) -> bytes:
    return orjson.dumps(asdict(delivery))


def _unpacked(packed: bytes) -> Delivery:
    fields: dict[str, Any] = orjson.loads(packed)
    return Delivery(**fields | {"attempts": [Attempt(**attempt) for attempt in fields["attempts"]]})
