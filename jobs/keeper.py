"""Chores that come round: renewing leases, taking over what was cut off, letting go of what is past its end."""

import logging
from collections.abc import Callable, Sequence
from threading import Event, Thread

from errors import StoreError

log = logging.getLogger(__name__)

Chore = tuple[float, Callable[[], None]]
"""Seconds between two times, and what is done."""


class Keeper:
    """Does each chore when the keeper starts and then whenever it is due, one after the other, in a thread."""

    def __init__(self, chores: Sequence[Chore]):
        self._chores = chores
        self._closing = Event()
        self._thread = Thread(target=self._run, name="keeper", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Do no more chores."""
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        tick = min(every for every, _ in self._chores)
        waited = [every for every, _ in self._chores]
        while True:
            for index, (every, chore) in enumerate(self._chores):
                if waited[index] >= every and not self._closing.is_set():
                    waited[index] = 0
                    self._do(chore)
                waited[index] += tick
            if self._closing.wait(tick):
                return

    @staticmethod
    def _do(chore: Callable[[], None]) -> None:
        try:
            chore()
        except StoreError as error:
            log.error("a chore is left for the next time: %s", error)
        except Exception:
            log.exception("a chore failed")
