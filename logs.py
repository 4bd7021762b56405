"""One log format. Every line of a request, and of the jobs it started, carries the id of that request."""

import logging
import logging.config
import secrets
from contextvars import ContextVar
from typing import Any

FORMAT = "%(asctime)s [%(levelname)s] %(name)s %(request_id)s: %(message)s"

request_id: ContextVar[str] = ContextVar("request_id", default="-")
"""The request that is being answered; "-" outside of any."""


def new_request_id() -> str:
    """An id for a request that came without one."""
    return secrets.token_hex(6)


class RequestIdFilter(logging.Filter):
    """Gives each record the id of its request."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let everything pass."""
        record.request_id = request_id.get()
        return True


def configuration(level: str) -> dict[str, Any]:
    """Logging to standard error as `logging.config.dictConfig` and gunicorn take it."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"request_id": {"()": RequestIdFilter}},
        "formatters": {"line": {"format": FORMAT}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["request_id"]}},
        "root": {"level": level, "handlers": ["stderr"]},
        "loggers": {"gunicorn.error": {"level": level, "handlers": [], "propagate": True}},
    }


def set_up(level: str) -> None:
    """Log to standard error from now on."""
    logging.config.dictConfig(configuration(level))
