"""How many fetches a host gets at once, and when one that does not answer is left alone for a while.

The latter is known as a circuit breaker: closed as long as all is well, open (here: shut) after some fetches in a row
have failed, half-open when the time is over: one fetch goes ahead, and the others wait for what becomes of it. What
counts is a fetch with all its tries, so that a server that is away for a moment is not given up for half a minute.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock, Semaphore

_FAILURES = 3
_SHUT_SECONDS = 30.0
_REMEMBERED = 1_000


class HostShutError(Exception):
    """The host is left alone; `seconds` until it is asked again."""

    def __init__(self, seconds: float):
        super().__init__(seconds)
        self.seconds = seconds


class _Host:
    def __init__(self, lanes: int):
        self.lanes = Semaphore(lanes)
        self.failures = 0  # fetches in a row
        self.shut_until = 0.0
        self.visits = 0
        self.probe: Visit | None = None

    @property
    def is_dead(self) -> bool:
        return self.failures >= _FAILURES


class Visit:
    """A fetch from a host that is under way."""

    def __init__(self, host: _Host, lanes: Semaphore):
        self.host, self._lanes = host, lanes
        self.has_answered: bool | None = None
        """Set when that is known; False: not at all, or not to the end."""

    @contextmanager
    def lane(self) -> Iterator[None]:
        """Wait for a free lane, first of the host: whoever waits for a slow host takes none from the others.

        Raises:
            HostShutError: the host was found dead meanwhile.
        """
        with self.host.lanes, self._lanes:
            if self.is_pointless:
                raise HostShutError(_SHUT_SECONDS)
            yield

    @property
    def is_pointless(self) -> bool:
        """Whether other fetches have found the host dead meanwhile, so that no further try should be made."""
        return self.host.is_dead and self.host.probe is not self


class Hosts:
    """The hosts that this process fetches from: `lanes` fetches at once, `lanes_each` of them from one host."""

    def __init__(self, lanes: int, lanes_each: int, clock: Callable[[], float] = time.monotonic):
        self._lanes, self._lanes_each, self._clock = Semaphore(lanes), lanes_each, clock
        self._hosts: OrderedDict[str, _Host] = OrderedDict()
        self._lock = Lock()

    @contextmanager
    def visit(self, name: str) -> Iterator[Visit]:
        """One fetch from a host, with all its tries.

        Raises:
            HostShutError: the host is left alone just now.
        """
        with self._lock:
            visit = self._entered(name)
        try:
            yield visit
        finally:
            with self._lock:
                self._leave(visit)

    def _entered(self, name: str) -> Visit:
        host = self._hosts.setdefault(name, _Host(self._lanes_each))
        self._hosts.move_to_end(name)
        visit = Visit(host, self._lanes)
        if host.is_dead:
            left = host.shut_until - self._clock()
            if left > 0 or host.probe:
                raise HostShutError(max(left, 1.0))
            host.probe = visit
        host.visits += 1
        return visit

    def _leave(self, visit: Visit) -> None:
        host = visit.host
        host.visits -= 1
        if visit.has_answered is not None:
            host.failures = 0 if visit.has_answered else host.failures + 1
            host.shut_until = self._clock() + _SHUT_SECONDS
        if host.probe is visit:
            host.probe = None
        for name, other in list(self._hosts.items()):  # the longest unused first
            if not other.visits and (not other.failures or len(self._hosts) > _REMEMBERED):
                del self._hosts[name]
