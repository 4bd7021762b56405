"""watch_task: how far a save is, told as it goes on."""

from collections.abc import Iterator

from fields.answers import Event
from fields.tasks import OfTask, SaveStatus
from services import Services

_SILENCE = 10.0  # seconds; then a sign of life is sent, by which both sides find out that the other has gone


class WatchTask(OfTask):
    """Watch a save: GET streams its state and each change of it as server-sent events; POST answers the state."""

    example = {"task_id": "first"}


def watch_task(req: WatchTask, services: Services) -> SaveStatus:
    """Find the save.

    Raises:
        TaskNotFoundError: there is no such task, and no save of a draft of that id.
    """
    return services.state_of(services.tasks.get(req.task_id))


def task_events(state: SaveStatus, services: Services) -> Iterator[Event | None]:
    """The state as it is now, then each that follows, up to the last; None for a sign of life."""
    with services.tasks.following(state.task_id) as following:
        while not services.stopping.is_set():
            task = following(_SILENCE)
            if task is None:
                yield None
                continue
            yield Event("end" if task.is_finished else "progress", services.state_of(task).output())
            if task.is_finished:
                return
