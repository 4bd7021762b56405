"""cancel_task: end a save."""

from fields.requests import Changing
from fields.tasks import OfTask, SaveStatus
from services import Services


class CancelTask(OfTask, Changing):
    """Cancel a save that has not ended. It stops between two files or steps, and leaves nothing."""

    example = {"task_id": "first"}


def cancel_task(req: CancelTask, services: Services) -> SaveStatus:
    """End it as cancelled, in whichever process it runs.

    Raises:
        TaskNotFoundError: there is no such task, and no save of a draft of that id.
        TaskFinishedError: it has ended.
    """
    return services.state_of(services.tasks.cancel(req.task_id))
