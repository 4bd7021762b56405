"""Progress over Socket.IO: who sends `subscribe_progress` {task_id} hears `progress_update` until the save ends.

It stands beside the HTTP door on the same port, under /socket.io/, on the same observers as the stream of events. The
library is imported by the first request there: no other needs it. Each client is an observer of its own; a room of the
library would be a second list of the same clients.

Which transports there are follows from the server. WebSockets need the connection itself, which gunicorn hands on and
waitress does not. Long polling needs all requests of a client in one process, which gunicorn with several does not do.
"""

import logging
from collections.abc import Callable, Iterable
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qs

import logs
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
        logs.request_id.set(logs.new_request_id())
        ways = transports(environ, self._services().settings.processes)
        if parse_qs(environ.get("QUERY_STRING", "")).get("transport", ways)[0] not in ways:
            return _refused(ways, start_response)
        with self._lock:
            if self._served is None:
                self._served = _opened(ways, self._services())
        return self._served(environ, start_response)


def transports(environ: dict[str, Any], processes: int) -> list[str]:
    """Those that work with the server that sent `environ`, one of so many processes."""
    if "gunicorn.socket" not in environ:
        return ["polling"]
    return ["websocket"] if processes > 1 else ["polling", "websocket"]


def _refused(ways: list[str], start_response: Any) -> list[bytes]:
    """Say what to connect with: clients that are told nothing begin with long polling."""
    start_response("400 BAD REQUEST", [("Content-Type", "text/plain; charset=utf-8")])
    return [f"this service speaks Socket.IO with transports: {ways} only; tell the client so\n".encode()]


def _opened(ways: list[str], services: Services) -> Wsgi:
    import socketio  # 0.3 s, and five packages that come along

    quiet = log.getChild("library")  # by itself it prints to the terminal
    quiet.setLevel(logging.WARNING)
    # Each event is handled in its client's thread: else a client could begin as many threads as it sends events.
    server = socketio.Server(
        async_mode="threading", async_handlers=False, transports=ways, logger=quiet, engineio_logger=quiet
    )
    clients = _Clients(server, services)
    server.on("connect", clients.connect)
    server.on("disconnect", clients.disconnect)
    server.on("subscribe_progress", clients.subscribe)
    Thread(target=clients.leave_at_the_end, name="live", daemon=True).start()
    served: Wsgi = socketio.WSGIApp(server)
    return served


class _Clients:
    """Those who are connected to this process, and what each follows."""

    def __init__(self, server: Any, services: Services) -> None:
        self._server, self._services = server, services
        self._lock = Lock()
        self._hosts: dict[str, str] = {}
        self._follows: dict[str, dict[str, Callable[[], None]]] = {}
        """What ends each by client and task."""

    def connect(self, client: str, environ: dict[str, Any]) -> bool:
        """Let a client in, if there is a place for it: each holds a thread."""
        if not self._services.streams.acquire(blocking=False):
            log.warning("a Socket.IO client was turned away: max_streams are connected")
            return False
        reached = f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST', '')}"
        with self._lock:
            self._hosts[client] = (self._services.settings.draft_domain or reached).rstrip("/")
            self._follows[client] = {}
        return True

    def disconnect(self, client: str, *_: Any) -> None:
        """Let go of a client."""
        with self._lock:
            follows = self._follows.pop(client, None)
            self._hosts.pop(client, None)
        if follows is None:
            return
        self._services.streams.release()
        for stop in follows.values():
            stop()

    def leave_at_the_end(self) -> None:
        """Once the process is about to end, disconnect all: each holds a thread that its end would wait for."""
        self._services.stopping.wait()
        with self._lock:
            clients = list(self._follows)
        for client in clients:
            self._server.disconnect(client)

    def subscribe(self, client: str, asked: Any = None) -> dict[str, Any]:
        """Tell a client of a task from now on, first of its last state; what is answered is the acknowledgement."""
        try:
            state = self._services.board["watch_task"](asked, self._services)
        except ServiceError as error:
            return {"success": False, "error": str(error), "code": error.code}
        assert isinstance(state, SaveStatus)
        self._follow(client, state.task_id)
        return {"success": True, "task_id": state.task_id}

    def _follow(self, client: str, task_id: str) -> None:
        """Begin to, or begin anew: once for each task, however often it is asked for."""
        with self._lock:
            follows = self._follows.get(client)
            if follows is None:  # it has gone
                return
            if stop := follows.pop(task_id, None):
                stop()
            follows[task_id] = self._services.tasks.follow(task_id, lambda task: self._tell(client, task))

    def _tell(self, client: str, task: Task) -> None:
        if task.is_finished:
            with self._lock:
                self._follows.get(client, {}).pop(task.task_id, None)
        told = self._services.state_of(task).output()
        if told["draft_url"].startswith("/"):
            told["draft_url"] = self._hosts.get(client, "") + told["draft_url"]
        self._server.emit("progress_update", told, to=client)
