"""list_deliveries: what became of telling a webhook."""

from typing import Literal

from pydantic import BaseModel, Field

from fields.answers import Answer
from fields.tasks import OfTask
from media.address import loggable
from services import Services
from util import utc


class ListDeliveries(OfTask):
    """See what became of telling the webhook of a save how it ended: each attempt, and when the next is due."""

    example = {"task_id": "first"}


class ListedAttempt(BaseModel):
    """One try to tell."""

    at: str = Field(description="When, as UTC.")
    status: int | None = Field(description="What the webhook answered; null: nothing.")
    error: str = Field(description="Why it does not count as told; empty: it does.")
    seconds: float = Field(description="How long it took.")


class DeliveryLog(Answer):
    """What became of telling a webhook."""

    task_id: str = Field(description="The save.")
    webhook: str = Field(description="Its webhook, without a query; empty: it has none.")
    state: Literal["none", "waiting", "delivered", "given_up"] = Field(
        description="none: it has no webhook; waiting: for its end, or for the next attempt."
    )
    next_attempt_at: str = Field(description="When the next attempt is due, as UTC; empty: there is none.")
    attempts: list[ListedAttempt] = Field(description="The attempts, the first first.")


def list_deliveries(req: ListDeliveries, services: Services) -> DeliveryLog:
    """Find the save, and its log.

    Raises:
        TaskNotFoundError: there is no such task, and no save of a draft of that id.
    """
    task = services.tasks.get(req.task_id)
    log = services.webhooks.log_of(task.task_id)
    if log is None:
        return DeliveryLog(task_id=task.task_id, webhook="", state="none", next_attempt_at="", attempts=[])
    is_due = log.state == "waiting" and (task.is_finished or bool(log.attempts))
    attempts = [
        ListedAttempt(at=utc(one.at), status=one.status, error=one.error, seconds=one.seconds) for one in log.attempts
    ]
    return DeliveryLog(
        task_id=task.task_id,
        webhook=loggable(log.url),
        state=log.state,
        next_attempt_at=utc(log.due_at) if is_due else "",
        attempts=attempts,
    )
