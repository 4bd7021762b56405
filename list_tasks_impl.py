"""list_tasks: which saves there are."""

from typing import Literal

from pydantic import Field

from fields.answers import Answer
from fields.pages import Paged
from fields.tasks import SaveStatus
from fields.words import Identifier
from services import Services
from store.tasks import Task


class ListTasks(Paged):
    """List saves, the latest first: of one draft, in one state, page by page."""

    example = {"draft_id": "first", "limit": 10}

    draft_id: Identifier | None = Field(None, description="Only saves of this draft.")
    status: Literal["initialized", "processing", "completed", "failed", "cancelled", "unfinished", "all"] = Field(
        "all", description="Only saves in this state; unfinished: initialized or processing."
    )


class TaskList(Answer):
    """One page of saves."""

    tasks: list[SaveStatus] = Field(description="The saves of this page, the latest first.")
    total: int = Field(description="How many there are on all pages.")


def list_tasks(req: ListTasks, services: Services) -> TaskList:
    """Look through the saves that are kept, which are those of the last `retention_days`."""
    fitting = [task for task in services.tasks.all() if _fits(task, req)]
    fitting.sort(key=lambda task: (task.created_at, task.task_id), reverse=True)
    page = req.page(fitting)
    return TaskList(tasks=[services.state_of(task) for task in page], total=len(fitting))


def _fits(task: Task, req: ListTasks) -> bool:
    if req.draft_id is not None and task.draft_id != req.draft_id:
        return False
    return req.status in ("all", task.status) or (req.status == "unfinished" and not task.is_finished)
