"""How gunicorn runs the service: a few processes of many threads, all over one store."""

import signal
import sys
from typing import Any

import logs
from capcut_server import listening
from errors import StoreError
from opening import check_places
from settings import SettingsError, load

try:
    _settings = load()
    check_places(_settings)
except (SettingsError, StoreError) as error:
    sys.exit(f"cannot start:\n{error}")

wsgi_app = "capcut_server:create_app()"
bind = f"[{_settings.host}]:{_settings.port}" if ":" in _settings.host else f"{_settings.host}:{_settings.port}"
workers = _settings.processes
worker_class = "gthread"
threads = _settings.threads
keepalive = 75  # seconds; at the usual 2, a busy worker cuts off clients whose next request it has not read yet
timeout = 120
graceful_timeout = 10
control_socket_disable = True  # it would be one file in the home folder for all services of a user
logconfig_dict = logs.configuration(_settings.log_level)


def when_ready(server: Any) -> None:
    """Say where the service is."""
    server.log.info(listening(_settings))


def post_worker_init(worker: Any) -> None:
    """Let waits, streams and saves end when the worker is told to stop: it has `graceful_timeout` for all in all."""
    finish = signal.getsignal(signal.SIGTERM)

    def begin_to_stop(*told: Any) -> None:
        worker.app.callable.extensions["services"].stop_soon()
        finish(*told)  # type: ignore[operator, misc]

    signal.signal(signal.SIGTERM, begin_to_stop)
    signal.siginterrupt(signal.SIGTERM, False)


def worker_exit(server: Any, worker: Any) -> None:
    """Let the parts go, so that nothing runs on and nothing half-made is left."""
    services = getattr(worker.app.callable, "extensions", {}).get("services")
    if services:  # it may have ended before it had any
        services.close()
