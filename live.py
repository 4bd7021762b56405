"""Progress over Socket.IO: who sends `subscribe_progress` {task_id} hears `progress_update` until the save ends.

It stands beside the HTTP door on the same port, under /socket.io/, on the same observers as the stream of events. The
library is imported by the first request there: no other needs it. Each client is an observer of its own; a room of the
library would be a second list of the same clients.

Which transports there are follows from the server. WebSockets need the connection itself, which gunicorn hands on and
waitress does not. Long polling needs all requests of a client in one process, which gunicorn with several does not do.
"""

import logging
from collections.abc import Callable, Iterable
from threading import Lock
from typing import Any

from errors import ServiceError
from fields.tasks import SaveStatus
from services import Services
from store.tasks import Task

log = logging.getLogger(__name__)

PLACE = "/socket.io/"
Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


class LiveDoor:
    """Serves what is under PLACE, and hands on all else to `others`."""

    def __init__(self, others: Wsgi, services: Callable[[], Services]) -> None:
        self._others, self._services = others, services
        self._lock = Lock()
        self._served: Wsgi | None = None

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request."""
        if not environ.get("PATH_INFO", "").startswith(PLACE):
            return self._others(environ, start_response)
        with self._lock:
            if self._served is None:
                self._served = _opened(environ, self._services())
        return self._served(environ, start_response)


def transports(environ: dict[str, Any], processes: int) -> list[str]:
    """Those that work with the server that sent `environ`, one of so many processes."""
    if "gunicorn.socket" not in environ:
        return ["polling"]
    return ["websocket"] if processes > 1 else ["polling", "websocket"]


def _opened(environ: dict[str, Any], services: Services) -> Wsgi:
    import socketio  # 0.3 s, and five packages that come along

    ways = transports(environ, services.settings.processes)
    server = socketio.Server(async_mode="threading", transports=ways, logger=False, engineio_logger=False)
    clients = _Clients(server, services)
    server.on("connect", clients.connect)
    server.on("disconnect", clients.disconnect)
    server.on("subscribe_progress", clients.subscribe)
    served: Wsgi = socketio.WSGIApp(server)
    return served


class _Clients:
    """Those who are connected to this process, and what each follows."""

    def __init__(self, server: Any, services: Services) -> None:
        self._server, self._services = server, services
        self._hosts: dict[str, str] = {}
        self._stops: dict[str, list[Callable[[], None]]] = {}

    def connect(self, client: str, environ: dict[str, Any]) -> bool:
        """Let a client in, if there is a place for it: each holds a thread."""
        if not self._services.streams.acquire(blocking=False):
            log.warning("a Socket.IO client was turned away: max_streams are connected")
            return False
        reached = f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST', '')}"
        self._hosts[client] = (self._services.settings.draft_domain or reached).rstrip("/")
        self._stops[client] = []
        return True

    def disconnect(self, client: str, *_: Any) -> None:
        """Let go of a client."""
        stops = self._stops.pop(client, None)
        if stops is not None:
            self._services.streams.release()
        for stop in stops or ():
            stop()

    def subscribe(self, client: str, asked: Any = None) -> dict[str, Any]:
        """Tell a client of a task from now on, first of its last state; what is answered is the acknowledgement."""
        try:
            state = self._services.board["watch_task"](asked, self._services)
        except ServiceError as error:
            return {"success": False, "error": str(error), "code": error.code}
        assert isinstance(state, SaveStatus)
        stop = self._services.tasks.follow(state.task_id, lambda task: self._tell(client, task))
        self._stops.get(client, []).append(stop)
        return {"success": True, "task_id": state.task_id}

    def _tell(self, client: str, task: Task) -> None:
        told = self._services.state_of(task).output()
        if told["draft_url"].startswith("/"):
            told["draft_url"] = self._hosts.get(client, "") + told["draft_url"]
        self._server.emit("progress_update", told, to=client)
