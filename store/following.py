"""Observers of tasks: what each is told, whichever process a task runs in. All live doors stand on this one interface.

An observer is a function of a `Task`. It hears the state as it is when it begins to follow, then each new one up to the
last. One thread for all looks at the tasks that are followed: at once when this process changes one, and ten times a
second for what other processes do. It ends when nobody follows anything.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Condition, Thread
from typing import Generic, Protocol, TypeVar

from errors import StoreError

log = logging.getLogger(__name__)

_BETWEEN_LOOKS = 0.1  # seconds; another process does not notify this one
_AFTER_A_FAILURE = 1.0  # seconds until a store that could not be read is asked again


class Followed(Protocol):
    """What can be followed: a state that may be the last."""

    @property
    def is_finished(self) -> bool:
        """Whether this state is the last."""


State = TypeVar("State", bound=Followed)


@dataclass(eq=False)
class _Follower(Generic[State]):
    task_id: str
    tell: Callable[[State], None]
    seen: State | None = None


class Followers(Generic[State]):
    """Those who follow tasks in this process. `look` reads the states of several; what has none any more is let go."""

    def __init__(self, look: Callable[[Iterable[str]], dict[str, State]]) -> None:
        self._look = look
        self._followers: list[_Follower[State]] = []
        self._changed = Condition()
        self._changes = 0
        self._thread: Thread | None = None
        self._waits: set[SimpleQueue[State | None]] = set()
        self._is_ending = False

    def follow(self, task_id: str, tell: Callable[[State], None]) -> Callable[[], None]:
        """Tell an observer each state from now on; what this answers ends that.

        It is called in one thread, the same for all observers, and must not wait for anything.
        """
        follower = _Follower(task_id, tell)
        with self._changed:
            self._followers.append(follower)
            if self._thread is None:
                self._thread = Thread(target=self._run, name="followers", daemon=True)
                self._thread.start()
        self.notify()
        return lambda: self._drop(follower)

    @contextmanager
    def queue(self, task_id: str) -> Iterator[Callable[[float], State | None]]:
        """Follow for the length of a block: gives a function that waits some seconds for the next state.

        It answers None when there is none, at once when waits were ended.
        """
        states: SimpleQueue[State | None] = SimpleQueue()

        def following(seconds: float) -> State | None:
            try:
                return states.get(timeout=max(seconds, 0))
            except Empty:
                return None

        stop = self.follow(task_id, states.put)
        with self._changed:
            self._waits.add(states)
            if self._is_ending:
                states.put(None)
        try:
            yield following
        finally:
            stop()
            with self._changed:
                self._waits.discard(states)

    def end_waits(self) -> None:
        """Let nobody wait for a state any more."""
        with self._changed:
            self._is_ending = True
            for states in self._waits:
                states.put(None)

    def notify(self) -> None:
        """Look again now: this process has changed a task."""
        with self._changed:
            self._changes += 1
            self._changed.notify_all()

    def _drop(self, follower: _Follower[State]) -> None:
        with self._changed:
            if follower in self._followers:
                self._followers.remove(follower)
        self.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                if not self._followers:
                    self._thread = None
                    return
                followers, changes = list(self._followers), self._changes
            try:
                self._tell(followers)
            except StoreError as error:
                log.error("tasks that are followed could not be looked at: %s", error)
                time.sleep(_AFTER_A_FAILURE)
            with self._changed:
                if self._changes == changes:
                    self._changed.wait(_BETWEEN_LOOKS)

    def _tell(self, followers: list[_Follower[State]]) -> None:
        states = self._look({follower.task_id for follower in followers})
        for follower in followers:
            state = states.get(follower.task_id)
            if state is not None and state != follower.seen:
                follower.seen = state
                self._hand(follower, state)
            if state is None or state.is_finished:
                self._drop(follower)

    @staticmethod
    def _hand(follower: _Follower[State], state: State) -> None:
        try:
            follower.tell(state)
        except Exception:
            log.exception("an observer of task %s failed", follower.task_id)
