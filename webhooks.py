"""Telling webhooks how saves ended: signed, tried again until it is heard, and not forgotten by a restart.

A message is signed as the Standard Webhooks have it (https://www.standardwebhooks.com): HMAC-SHA256 over id, timestamp
and body, with the key `webhook_secret`. What is to be told stands in the store from before the save begins; a chore of
the keeper looks for what is due, in whichever process. Addresses are under the same guard as those of media.
"""

import base64
import hashlib
import hmac
import logging
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

import orjson

from errors import MediaError, StoreError, TaskNotFoundError
from store.deliveries import Attempt, Deliveries, Delivery, State
from store.tasks import Task, TaskStore
from util import utc

log = logging.getLogger(__name__)

_FIRST_PAUSE = 5.0  # seconds; doubled after each attempt
_LONGEST_PAUSE = 3_600.0
_SENDERS = 16  # one that waits for a receiver that is silent holds up nobody else for long
_ABOUT_TO_BE = 3_600_000  # milliseconds
_GONE = 410  # the receiver wants no more of it
_PREFIX = "whsec_"  # what follows is the key in base64, as the standard writes keys


class Post(Protocol):
    """Send a message."""

    def __call__(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        """Answers the status.

        Raises:
            MediaError: it could not be sent; the reason is written for the caller.
        """


@dataclass(frozen=True)
class Signer:
    """Signs messages with `secret`; without one they are not signed."""

    secret: str = ""

    def headers(self, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
        """The headers by which a receiver can tell that a message is ours, and new."""
        named = {"webhook-id": message_id, "webhook-timestamp": str(timestamp)}
        if not self.secret:
            return named
        signed = f"{message_id}.{timestamp}.".encode() + body
        mark = base64.b64encode(hmac.new(self._key, signed, hashlib.sha256).digest()).decode()
        return named | {"webhook-signature": f"v1,{mark}"}

    @property
    def _key(self) -> bytes:
        if self.secret.startswith(_PREFIX):
            return base64.b64decode(self.secret.removeprefix(_PREFIX))
        return self.secret.encode()


class Webhooks:
    """Tells webhooks of the ends of saves. What goes out of a task, `describe` knows; `patience` is in seconds."""

    def __init__(
        self,
        deliveries: Deliveries,
        tasks: TaskStore,
        describe: Callable[[Task], dict[str, Any]],
        post: Post,
        signer: Signer,
        patience: float,
    ) -> None:
        self._deliveries, self._tasks, self._describe = deliveries, tasks, describe
        self._post, self._signer, self._patience = post, signer, patience
        self._pool = ThreadPoolExecutor(_SENDERS, thread_name_prefix="webhook")
        self._begun: set[str] = set()

    def expect(self, task: Task) -> None:
        """Remember to tell of the end of a task that is about to be added.

        Raises:
            StoreError: it could not be stored.
        """
        self._deliveries.add(Delivery(task.task_id, task.webhook_url, due_at=task.created_at))

    def hear(self, task: Task) -> None:
        """Observe a task: tell of its end as soon as it is there."""
        if task.is_finished:
            self._begin(task.task_id)

    def log_of(self, task_id: str) -> Delivery | None:
        """What became of telling the end of a task; None: it has no webhook."""
        return self._deliveries.get(task_id)

    def deliver_due(self) -> None:
        """Tell what is to be told by now; a chore.

        Raises:
            StoreError: the store cannot be read just now.
        """
        for delivery in self._deliveries.waiting():
            if delivery.due_at <= _now():
                self._begin(delivery.task_id)

    def send(self, url: str, message_id: str, event: dict[str, Any]) -> Attempt:
        """Send one message now, and tell what came of it."""
        body, began = orjson.dumps(event), time.time()
        headers = self._signer.headers(message_id, int(began), body)
        status, error = None, ""
        try:
            status = self._post(url, body, {**headers, "Content-Type": "application/json"})
        except MediaError as failure:
            error = failure.reason
        if status is not None and not 200 <= status < 300:
            error = f"answered {status}, not 2xx" + (": redirects are not followed" if 300 <= status < 400 else "")
        return Attempt(round(began * 1000), status, error, round(time.time() - began, 3))

    def close(self) -> None:
        """Begin no more attempts; the next process makes them."""
        self._pool.shutdown(cancel_futures=True)

    def _begin(self, task_id: str) -> None:
        """Have a delivery made, if it is not in line already: the chore comes round before slow ones are done."""
        if task_id in self._begun:
            return
        self._begun.add(task_id)
        with suppress(RuntimeError):  # it is closed
            self._pool.submit(self._deliver, task_id)

    def _deliver(self, task_id: str) -> None:
        self._begun.discard(task_id)  # who comes from now on finds it claimed
        try:
            task = self._tasks.get(task_id)
            if task.is_finished:
                self._deliveries.work_on(task_id, lambda delivery: self._tried(delivery, task))
        except TaskNotFoundError:
            self._forget_old(task_id)
        except StoreError as error:
            log.error("webhook of save %s: %s", task_id, error)  # it stays due
        except Exception:
            log.exception("webhook of save %s", task_id)  # nobody asks for what becomes of a thread of the pool

    def _forget_old(self, task_id: str) -> None:
        """Let go of what has no task, unless that is about to be added."""
        delivery = self._deliveries.get(task_id)
        if delivery is None or delivery.due_at < _now() - _ABOUT_TO_BE:
            self._deliveries.forget(task_id)

    def _tried(self, delivery: Delivery, task: Task) -> Delivery:
        if delivery.due_at > _now():  # another process was first
            return delivery
        event = {"type": f"save.{task.status}", "timestamp": utc(task.finished_at or 0), "data": self._describe(task)}
        attempt = self.send(delivery.url, task.task_id, event)
        due_at = attempt.at + round(pause(len(delivery.attempts) + 1) * 1000)
        state = self._state(attempt, due_at, task)
        if attempt.error:
            host = urlsplit(delivery.url).hostname  # paths of webhooks are often secret
            log.warning("webhook of save %s at %s: %s; %s", task.task_id, host, attempt.error, state)
        return delivery.after(attempt, state, due_at)

    def _state(self, attempt: Attempt, due_at: int, task: Task) -> State:
        if not attempt.error:
            return "delivered"
        is_late = due_at > (task.finished_at or 0) + self._patience * 1000
        return "given_up" if is_late or attempt.status == _GONE else "waiting"


def pause(attempts: int) -> float:
    """Seconds until the next attempt: doubling, and never quite the same for messages that failed together."""
    return min(_FIRST_PAUSE * 2.0 ** min(attempts - 1, 20), _LONGEST_PAUSE) * random.uniform(0.5, 1)


def _now() -> int:
    return round(time.time() * 1000)
