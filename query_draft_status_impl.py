"""query_draft_status: say how far a save is, and what came of it."""

from typing import Annotated

from pydantic import Field

from fields.tasks import OfTask, SaveStatus
from fields.words import Number, Whole
from services import Services
from store.tasks import Status, Task


class QueryDraftStatus(OfTask):
    """Ask how far a save is, and what came of it; with `wait`, once there is something new to tell."""

    example = {"task_id": "first"}

    wait: Annotated[Number, Field(ge=0, le=600)] = Field(
        0, description="Longest time to wait, in seconds: for the end, or for what the next two fields say."
    )
    last_status: Status | None = Field(None, description="Answer as soon as the status is another than this.")
    after_progress: Annotated[Whole, Field(ge=0, le=100)] | None = Field(
        None, description="Answer as soon as the progress is beyond this, in percent."
    )

    def is_news(self, task: Task) -> bool:
        """Whether a state is one that the caller waits for, beside the last."""
        is_beyond = self.after_progress is not None and task.progress > self.after_progress
        return is_beyond or (self.last_status is not None and task.status != self.last_status)


def query_draft_status(req: QueryDraftStatus, services: Services) -> SaveStatus:
    """Tell the state of a save, at once or when it has changed.

    Raises:
        TaskNotFoundError: there is no such task, and no save of a draft of that id.
    """
    return services.state_of(services.tasks.wait(req.task_id, req.wait, req.is_news))
