"""Bring what a URL names to a file, safely. Nothing else in this service fetches media.

What a URL may be, `media/address.py` says: a web address, a built-in sample, an upload, a data: URL, or a file, which
must lie under a media root. Its bytes collect in `<target>.part`, which gets the target's name once they are complete.

Three things here are as they are for safety:

* A host name is resolved once for each connection, and the very address that passed the rule is the one connected to;
  checking first and letting the HTTP library resolve again would leave a gap for a name that changes its answer.
* Redirects are followed here, one by one. requests reads the whole body of a redirect into memory, whatever its size.
* A timeout of a socket begins anew with each byte. So that no server holds a thread with headers, trailers or sizes of
  chunks that come byte by byte, or with compressed nothing, a `_Deadline` hangs up when too long nothing came of it.
* Query strings, user names and headers of a media URL may be secrets: they are never logged, and errors of the HTTP
  libraries, which quote them, are replaced and not chained.

To add a reason for failing: raise `_FetchError` with words for the caller; `passing` if another try may go better.
"""

import errno
import ipaddress
import logging
import os
import random
import re
import shutil
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from http.client import responses
from http.cookiejar import DefaultCookiePolicy
from io import BufferedRandom
from itertools import count
from pathlib import Path
from threading import Event, Lock, Timer
from typing import Any
from urllib.parse import urljoin, urlsplit
from weakref import WeakSet

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import DecodeError, HTTPError, ReadTimeoutError
from urllib3.response import HTTPResponse
from urllib3.util.connection import create_connection

from errors import MediaError
from media.address import asset_id, check_url, data_content, is_data, is_web, local_path, loggable
from media.fetching import Fetched, OnBytes, Version
from media.hosts import Hosts, HostShutError, Visit
from media.network import Address, AddressRule, alternating, beside_public, is_unicast
from media.network import Network as AddressRange
from media.private import headers_for
from media.samples import sample_path

Connect = Callable[[HTTPConnection], socket.socket]

_USER_AGENT = "capcut-drafts/0.1"
_CHUNK_BYTES = 256 * 1024
_CHECK_DISK_BYTES = 32 * 1024 * 1024
_MAX_REDIRECTS = 10
_MAX_ADDRESSES = 4
_CONNECT_SECONDS = 10.0
_POST_SECONDS = 10.0
_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 30.0
_MOST_SECONDS = 3_600  # for one try, and until the last try begins; nothing may hold a worker for ever
_SLOWEST_BYTES_PER_SECOND = 1_000  # below it, a server could hold a worker for days without ever falling silent

_EXACT_AFTER = timedelta(seconds=60)

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PASSING_STATUSES = frozenset({408, 429, 500, 502, 503, 504})
_CONTENT_RANGE = re.compile(r"bytes ([0-9]{1,19})-([0-9]{1,19})/([0-9]{1,19})")
_WEB_PAGE = re.compile(rb"(\xef\xbb\xbf)?\s*<(!doctype\s+html|html[\s>])", re.IGNORECASE)

_log = logging.getLogger(__name__)
logging.getLogger("urllib3").setLevel(logging.ERROR)  # it logs whole URLs: on DEBUG always, on WARNING for odd headers


@dataclass(frozen=True)
class Limits:
    """How far a fetch may go."""

    retries: int
    """Further tries after the first, for failures that may pass."""
    timeout: float
    """Longest silence of a server, in seconds."""
    max_bytes: int
    """Size of the largest file that is brought."""
    pool_size: int
    """Fetches at once, whoever they are for; so many connections to a host are kept for reuse."""
    each_host: int = 0
    """Fetches at once from one host; 0: no fewer."""
    min_free_bytes: int = 0
    """Space on the disk that no fetch may take."""
    allow_private_addresses: bool = False
    """Whether media may come from addresses that are not public."""
    networks: tuple[AddressRange, ...] = ()
    """Those that they may come from beside public ones."""
    media_roots: tuple[Path, ...] = ()
    """Folders that local files may be read from."""
    assets: Path | None = None
    """The folder of uploads."""


def system_resolver(host: str, port: int) -> list[str]:
    """List the addresses of `host` as the operating system knows them, most preferred first.

    Raises:
        OSError: the name is not known (`socket.gaierror`).
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


@dataclass(frozen=True)
class Network:
    """What a downloader uses of the world outside it; tests put their own in."""

    resolve: Callable[[str, int], Sequence[str]] = system_resolver
    """Gives the addresses of a host name; the second argument is the port."""
    is_allowed: AddressRule | None = None
    """Says which addresses may be connected to; None: what `Limits.allow_private_addresses` means."""
    sleep: Callable[[float], object] | None = None
    """Waits between two tries, in seconds; None: until the downloader is closed at most."""
    ca_file: Path | None = None
    """Certificates to trust in place of certifi's."""


class _FetchError(Exception):
    """Why a fetch failed, in words for the caller."""

    def __init__(
        self,
        reason: str,
        *,
        passing: bool = False,
        wait: float | None = None,
        is_answer: bool = False,
        lacking_bytes: int = 0,
    ):
        super().__init__(reason)
        self.reason = reason
        self.passing = passing
        self.wait = wait
        self.lacking_bytes = lacking_bytes  # on the disk
        self.is_answer = is_answer  # the server has spoken, and said no

    @property
    def is_silence(self) -> bool:
        """Whether the server did not answer, or not to the end."""
        return self.passing and not self.is_answer

    def after(self, tries: int) -> "_FetchError":
        """The same, with how often it was tried."""
        return _FetchError(f"{self.reason} (tried {tries} times)", passing=self.passing, is_answer=self.is_answer)


def _refusal(host: str, address: Address) -> str:
    kind = "a private or loopback" if address.is_private else "a non-public"
    # A name is not answered with its address: any caller could list what is in the network behind this server.
    subject = f"{address} is" if _is_address(host) else f"{host} leads to"
    hint = " (the settings media_networks and allow_private_addresses permit it)" if is_unicast(address) else ""
    return f"address not allowed: {subject} {kind} address{hint}"


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


class _Deadline:
    """Hangs up on a server of which nothing came for so many seconds, however much it sends."""

    def __init__(self, seconds: float):
        self.is_over = False
        self._seconds = seconds
        self._until = 0.0
        self._watched: socket.socket | None = None
        self._timer = Timer(0, self._ring)

    def __enter__(self) -> "_Deadline":
        self._token = _deadline.set(self)
        self.put_off()
        self._arm(self._seconds)
        return self

    def __exit__(self, *_: object) -> None:
        _deadline.reset(self._token)
        self._timer.cancel()
        self._watched = None  # it may be another's by the time that a timer rings which was just set

    def put_off(self) -> None:
        """Something came: count from now."""
        self._until = time.monotonic() + self._seconds

    def watch(self, opened: socket.socket) -> None:
        """Hang up on `opened`."""
        self.put_off()
        self._watched = opened

    def check(self) -> None:
        """Fail if it is over: what looks like the end of an answer is where we hung up."""
        if self.is_over:
            raise _FetchError(f"for {self._seconds:g} s nothing came of what the server sent", passing=True)

    def _arm(self, seconds: float) -> None:
        self._timer = Timer(seconds, self._ring)
        self._timer.daemon = True
        self._timer.start()

    def _ring(self) -> None:
        left = self._until - time.monotonic()
        if left > 0:
            self._arm(left)
            return
        self.is_over = True
        if self._watched:
            with suppress(OSError):  # closed at the same moment
                socket.socket.shutdown(self._watched, socket.SHUT_RDWR)  # TLS's own would take it from who reads


_deadline: ContextVar[_Deadline | None] = ContextVar("deadline", default=None)


def _watch(opened: socket.socket) -> None:
    """Have the deadline of this thread hang up on it."""
    if deadline := _deadline.get():
        deadline.watch(opened)


class _Gate:
    """Opens connections, and only to addresses that the rule allows."""

    def __init__(self, network: Network, is_allowed: AddressRule):
        self._resolve = network.resolve
        self._is_allowed = is_allowed

    def connect(self, connection: HTTPConnection) -> socket.socket:
        """Connect to the first address of the host that answers, IPv6 first."""
        addresses = self._allowed_addresses(connection.host.strip("[]"), connection.port)
        seconds = float(connection.timeout or _CONNECT_SECONDS)
        failure = OSError()
        for address in addresses:
            try:
                opened = create_connection(
                    (str(address), connection.port), seconds / len(addresses), socket_options=connection.socket_options
                )
            except OSError as error:
                failure = error
                continue
            opened.settimeout(connection.timeout)
            return opened
        raise _unreachable(connection.host, failure, seconds)

    def _allowed_addresses(self, host: str, port: int) -> list[Address]:
        found = self._addresses(host, port)
        allowed = [address for address in found if self._is_allowed(address)]
        if not allowed:
            _log.warning("refused to connect to %s: not allowed: %s", host, ", ".join(map(str, found)))
            raise _FetchError(_refusal(host, found[0]))
        return alternating(allowed)[:_MAX_ADDRESSES]

    def _addresses(self, host: str, port: int) -> list[Address]:
        try:
            found = self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            passing = isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN
            raise _FetchError(f"host name not found: {host}", passing=passing) from None
        if not found:
            raise _FetchError(f"host name not found: {host}")
        return [ipaddress.ip_address(text) for text in found]


def _unreachable(host: str, error: OSError, seconds: float) -> _FetchError:
    if isinstance(error, TimeoutError):
        return _FetchError(f"could not connect to {host} within {seconds:g} s", passing=True)
    return _FetchError(f"could not connect to {host}: {error.strerror or 'no route'}", passing=True)


class _Opened:
    """The connections that are open, so that threads which wait for one can be let go."""

    def __init__(self) -> None:
        self._sockets: WeakSet[socket.socket] = WeakSet()
        self._lock = Lock()
        self._is_cut = False

    def add(self, opened: socket.socket) -> None:
        """Know of one more."""
        with self._lock:
            self._sockets.add(opened)
            if self._is_cut:
                _cut(opened)

    def cut(self) -> None:
        """End all, and what is opened from now on."""
        with self._lock:
            self._is_cut = True
            for opened in self._sockets:
                _cut(opened)


def _cut(opened: socket.socket) -> None:
    """Let whoever reads from a socket find its end. TLS has a method of its own, which would let plain bytes in."""
    with suppress(OSError):  # it is closed
        socket.socket.shutdown(opened, socket.SHUT_RDWR)


class _GatedAdapter(HTTPAdapter):
    """Makes requests open every connection through a gate. TLS stays as it was: verified for the host's name."""

    def __init__(self, connect: Connect, opened: _Opened, pool_size: int):
        self._connect, self._opened = connect, opened
        super().__init__(pool_connections=pool_size, pool_maxsize=pool_size)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools; called by requests."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _gated_pools(self._connect, self._opened)


def _gated_pools(connect: Connect, opened: _Opened) -> dict[str, type[HTTPConnectionPool]]:
    class Http(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return connect(self)

        def connect(self) -> None:
            super().connect()
            opened.add(self.sock)

        def getresponse(self) -> HTTPResponse:  # type: ignore[override]
            _watch(self.sock)
            return super().getresponse()

    class Https(Http, HTTPSConnection):
        pass

    class HttpPool(HTTPConnectionPool):
        ConnectionCls = Http

    class HttpsPool(HTTPSConnectionPool):
        ConnectionCls = Https

    return {"http": HttpPool, "https": HttpsPool}


class _Session(requests.Session):
    """Leaves redirects to its user, and carries nothing from one fetch to another but connections."""

    def __init__(self, adapter: HTTPAdapter, ca_file: Path | None):
        super().__init__()
        self.trust_env = False  # a proxy from the environment would connect where the gate cannot look
        self.verify = str(ca_file) if ca_file else True
        self.headers.update({"User-Agent": _USER_AGENT, "Accept-Encoding": "identity"})
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.mount("http://", adapter)
        self.mount("https://", adapter)

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Claim that nothing is a redirect; even with `allow_redirects=False` requests would read its body."""
        return None


def _unheard(size: int) -> None:
    """Nobody wants to know."""


class _Part:
    """The file beside the target while it is not complete; gone when its block is left."""

    _file: BufferedRandom

    def __init__(self, target: Path, limits: Limits, on_bytes: OnBytes | None, on_size: OnBytes | None):
        self.size = 0
        self.version = Version()
        self.is_unchanged = False
        """The server has no other version than the one that is known."""
        self._target = target
        self._path = target.with_name(f"{target.name}.part")
        self._limits = limits
        self._unchecked = 0
        self._on_bytes, self._on_size = on_bytes or _unheard, on_size or _unheard
        self._validator = ""
        self._total = 0  # size of the whole, if the server has told

    def __enter__(self) -> "_Part":
        with _disk_errors():
            self._target.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("wb+")
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):  # closing flushes, and a full disk has been reported by then
            self._file.close()
        with suppress(OSError):  # Windows: a virus scanner may hold it
            self._path.unlink(missing_ok=True)

    def resume_headers(self) -> dict[str, str]:
        """Ask for the rest only, if the server gave a mark by which it can tell that the file is still the same."""
        return {"Range": f"bytes={self.size}-", "If-Range": self._validator} if self.size and self._validator else {}

    def begin(self, response: requests.Response) -> None:
        """Get ready for the body of `response`: the rest of what is here already, or the whole from the start."""
        if response.status_code == HTTPStatus.PARTIAL_CONTENT and self.resume_headers():
            self._check_continues(response.headers)
        elif response.status_code == HTTPStatus.OK:
            self._restart(response)
        else:
            raise _status_error(response)
        more = response.raw.length_remaining or 0
        self._total = self.size + more if more else 0
        self._check_room(more)
        self._check_disk(more)
        if more:
            self._on_size(self.size + more)

    def _check_continues(self, headers: Mapping[str, str]) -> None:
        """Not every server looks at If-Range: see that the rest is of the file that the beginning is of."""
        found = _CONTENT_RANGE.fullmatch(headers.get("Content-Range", ""))
        start, end, total = map(int, found.groups()) if found else (0, 0, 0)
        mark = headers.get("ETag" if self.version.etag else "Last-Modified", self._validator)
        is_same = mark == self._validator and self._total in (0, total)
        if not is_same or start != self.size or end + 1 != total:
            self._validator = ""  # the next try takes the whole
            raise _FetchError("the server sent another part of the file than was asked for", passing=True)

    def _restart(self, response: requests.Response) -> None:
        with _disk_errors():
            self._file.seek(0)
            self._file.truncate()
        self.size = 0
        headers = response.headers
        self.version = Version(headers.get("ETag", ""), headers.get("Last-Modified", ""))
        self._validator = "" if "Content-Encoding" in headers else _exact_mark(headers)

    def _check_room(self, more: int) -> None:
        if self.size + more > self._limits.max_bytes:
            raise _FetchError(f"larger than the limit of {self._limits.max_bytes:,} bytes")

    def _check_disk(self, more: int) -> None:
        with _disk_errors():
            free = shutil.disk_usage(self._target.parent).free
        lacking = self._limits.min_free_bytes + more - free
        if lacking > 0:
            reason = f"not enough space on the disk of the service: {free:,} bytes are free"
            raise _FetchError(reason, lacking_bytes=lacking)
        self._unchecked = 0

    def write(self, chunk: bytes) -> None:
        """Add `chunk` at the end."""
        self._check_room(len(chunk))
        with _disk_errors():
            self._file.write(chunk)
        self.size += len(chunk)
        self._unchecked += len(chunk)
        if self._unchecked > _CHECK_DISK_BYTES:  # others fill it too, and not every server tells a size
            self._check_disk(0)
        self._on_bytes(self.size)

    def copy(self, source: Path) -> None:
        """Take the content of `source`."""
        with _disk_errors("copied"):
            size = source.stat().st_size
        self._check_room(size)
        self._check_disk(size)
        with _disk_errors("copied"):
            shutil.copyfile(source, self._path)
        self.size = size
        self._on_bytes(size)

    def link(self, source: Path) -> None:
        """Be `source`, which never changes; where the disk cannot do that, a copy of it."""
        with suppress(OSError):
            self._check_room(source.stat().st_size)
            self._path.unlink()
            os.link(source, self._path)
            self.size = source.stat().st_size
            self._on_bytes(self.size)
            return
        self.copy(source)

    def tell(self) -> None:
        """Say how much there is, though nothing has come: who does not want it any more ends the fetch."""
        self._on_bytes(self.size)

    def keep(self, known: Version) -> None:
        """Be content with the version that was fetched before."""
        self.version, self.is_unchanged = known, True

    def finish(self) -> None:
        """Check what came and give it the target's name."""
        if self.is_unchanged:
            return
        with _disk_errors():
            self._file.close()
            with self._path.open("rb") as whole:
                head = whole.read(512)
        if not head:
            raise _FetchError("the file is empty")
        if _WEB_PAGE.match(head):
            raise _FetchError("a web page, not a media file (does the link need a login?)")
        with _disk_errors():
            self._path.replace(self._target)


def _exact_mark(headers: Mapping[str, str]) -> str:
    """What an If-Range can name the file by: not a weak ETag, nor a date under which it may have changed twice.

    RFC 9110, 8.8.2.2: one is exact that lies a while before the answer's own; Date is the server's own clock.
    """
    etag = headers.get("ETag", "")
    if etag:
        return etag if etag.startswith('"') else ""
    modified, now = (_date(headers.get(name, "")) for name in ("Last-Modified", "Date"))
    return headers["Last-Modified"] if modified and now and now - modified >= _EXACT_AFTER else ""


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=timezone.utc)


@contextmanager
def _disk_errors(verb: str = "stored") -> Iterator[None]:
    try:
        yield
    except OSError as error:
        lacking = _CHECK_DISK_BYTES if error.errno == errno.ENOSPC else 0
        raise _FetchError(f"could not be {verb}: {error.strerror or error}", lacking_bytes=lacking) from error


def _status_error(response: requests.Response) -> _FetchError:
    status = response.status_code
    reason = f"HTTP {status} {responses.get(status, '')}".rstrip()
    if status not in _PASSING_STATUSES:
        return _FetchError(reason, is_answer=True)
    asked = response.headers.get("Retry-After", "")
    wait = int(asked) if re.fullmatch(r"[0-9]{1,9}", asked) else None
    if wait is not None and wait > _LONGEST_PAUSE_SECONDS:
        return _FetchError(f"{reason}; the server asks to wait {wait:,} s", is_answer=True)
    return _FetchError(reason, passing=True, wait=wait, is_answer=True)


def _no_answer(error: Exception, timeout: float) -> _FetchError:
    """Say why there is no answer, without the text of `error`: that quotes the whole URL."""
    if isinstance(error, requests.exceptions.SSLError):
        return _tls_error(error)
    if isinstance(error, requests.Timeout):
        return _FetchError(f"the server did not answer within {timeout:g} s", passing=True)
    if isinstance(error, requests.ConnectionError):
        return _FetchError("the server closed the connection without an answer", passing=True)
    return _FetchError("the URL or the server's answer is not valid HTTP")


def _tls_error(error: BaseException | None) -> _FetchError:
    while error and not isinstance(error, ssl.SSLError):
        error = error.__context__
    if isinstance(error, ssl.SSLCertVerificationError):
        return _FetchError(f"the server's certificate is not accepted: {error.verify_message}")
    return _FetchError("no TLS connection could be made", passing=True)


def _location(response: requests.Response) -> str:
    """Where the answer redirects to, "" when it does not."""
    if response.status_code not in _REDIRECTS:
        return ""
    # http.client reads headers as Latin-1; servers write them in UTF-8.
    return response.headers.get("Location", "").encode("latin-1").decode("utf-8", "replace")


def _next_url(url: str, location: str) -> str:
    try:
        following = urljoin(url, location)
    except ValueError:
        raise _FetchError("redirected to something that is not a URL") from None
    if not is_web(following):
        raise _FetchError(f"redirected to a {urlsplit(following).scheme}: address, which is not followed")
    return following


def _pause(tries: int) -> float:
    """Seconds to wait after so many tries: doubling, and never quite the same for fetches that failed together."""
    return min(_FIRST_PAUSE_SECONDS * 2.0 ** (tries - 1), _LONGEST_PAUSE_SECONDS) * random.uniform(0.5, 1)


class _Body:
    """The body of an answer while it arrives. `offset` bytes of the file are here from an earlier try."""

    def __init__(self, response: requests.Response, offset: int, timeout: float):
        self._raw = response.raw
        self._is_encoded = "Content-Encoding" in response.headers
        self._timeout = timeout
        self._offset = offset
        self._expected = self._raw.length_remaining
        self._started = self._window_began = time.monotonic()
        self._window_bytes = 0

    def chunks(self) -> Iterator[bytes]:
        """Give the bytes as they come; fail if they come too slowly, or fewer than were announced."""
        try:
            for chunk in self._chunks():
                self._check_pace()
                yield chunk
        except ReadTimeoutError:
            reason = f"the server stopped answering for {self._timeout:g} s, after {self._progress()}"
            raise _FetchError(reason, passing=True) from None
        except DecodeError:
            raise _FetchError("the server's answer is damaged: its Content-Encoding does not fit it") from None
        except HTTPError:
            raise _FetchError(f"the server closed the connection after {self._progress()}", passing=True) from None

    def _chunks(self) -> Iterator[bytes]:
        # Encoded though not asked for: some stores keep files compressed.
        # read() and stream() would wait for a full chunk, however slowly it comes.
        while chunk := self._raw.read1(_CHUNK_BYTES, decode_content=self._is_encoded):
            yield chunk

    def _check_pace(self) -> None:
        now, received = time.monotonic(), self._raw.tell()
        if now - self._started > _MOST_SECONDS:
            raise _FetchError(f"it takes longer than {_MOST_SECONDS:,} s, {self._progress()} so far")
        elapsed = now - self._window_began
        if elapsed <= self._timeout:
            return
        if received - self._window_bytes < elapsed * _SLOWEST_BYTES_PER_SECOND:
            reason = f"the server sends less than {_SLOWEST_BYTES_PER_SECOND:,} bytes a second"
            raise _FetchError(f"{reason}, {self._progress()} so far", passing=True)
        self._window_began, self._window_bytes = now, received  # a burst at first must not pay for a drip after it

    def _progress(self) -> str:
        received = self._offset + self._raw.tell()
        if self._expected is None:
            return f"{received:,} bytes"
        return f"{received:,} of {self._offset + self._expected:,} bytes"


class Downloader:
    """Fetches media within `limits`. Threads may share one; only one of them may fetch to a given target at a time."""

    def __init__(self, limits: Limits, network: Network | None = None):
        network = network or Network()
        self._limits = limits
        self._closing = Event()
        self._sleep = network.sleep or self._closing.wait
        self._roots = tuple(Path(os.path.realpath(root.expanduser())) for root in limits.media_roots)
        rule = network.is_allowed or (is_unicast if limits.allow_private_addresses else beside_public(limits.networks))
        self._hosts = Hosts(limits.pool_size, limits.each_host or limits.pool_size)
        self._opened = _Opened()
        adapter = _GatedAdapter(_Gate(network, rule).connect, self._opened, limits.pool_size)
        self._session = _Session(adapter, network.ca_file)

    def fetch(
        self,
        url: str,
        target: Path,
        on_bytes: OnBytes | None = None,
        on_size: OnBytes | None = None,
        known: Version | None = None,
    ) -> Fetched:
        """Bring what `url` names to the file `target`, replacing what is there; on failure nothing is left behind.

        With `known`, a version that was fetched before, nothing is written if the server has no other by now.

        `on_bytes` is called in this thread with the size so far, in bytes, each time it changes; the size falls when
        a further try has to start again. What it raises ends the fetch and passes through. `on_size` is called with the
        size of the whole that the server announces.

        Raises:
            MediaError: it cannot be had; `reason` says why.
        """
        try:
            source = self._local_source(url)
            with _Part(target, self._limits, on_bytes, on_size) as part:
                if is_data(url):
                    part.write(data_content(url))
                elif source is None:
                    self._download(url, part, known or Version())
                elif asset_id(url):
                    part.link(source)
                else:
                    part.copy(source)
                part.finish()
        except _FetchError as error:
            will_do = error.passing or error.is_answer
            raise MediaError(url, error.reason, copy_will_do=will_do, lacking_bytes=error.lacking_bytes) from None
        return Fetched(part.version, part.is_unchanged, mark=asset_id(url))

    def post(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        """Send `body` to a web address, under the same rules as fetches; answer the status.

        Redirects are not followed, and nothing of the answer but its status is read.

        Raises:
            MediaError: it could not be sent, or was not answered within ten seconds; `reason` says why.
        """
        try:
            self._check_open()
            with (
                _Deadline(_POST_SECONDS) as deadline,
                self._session.post(url, body, headers=headers, stream=True, timeout=_POST_SECONDS) as response,
            ):
                deadline.check()
                return response.status_code
        except (requests.RequestException, HTTPError) as error:
            reason = "the service is stopping" if self._closing.is_set() else _no_answer(error, _POST_SECONDS).reason
            raise MediaError(url, reason) from None
        except _FetchError as error:
            raise MediaError(url, error.reason) from None

    def close(self) -> None:
        """End what is under way, also what waits for a silent server, and close what is kept for reuse."""
        self._closing.set()
        self._opened.cut()
        self._session.close()

    def _check_open(self) -> None:
        if self._closing.is_set():
            raise _FetchError("the service is stopping")

    def _local_source(self, url: str) -> Path | None:
        """The file on this machine that `url` names, None for a web address and what holds its content itself."""
        self._check_open()
        try:
            check_url(url)
        except ValueError as error:
            raise _FetchError(str(error)) from None
        if is_web(url) or is_data(url):
            return None
        return self._asset(url) or sample_path(url) or self._file_in_roots(local_path(url))

    def _asset(self, url: str) -> Path | None:
        """The file of the upload that `url` names, None for another address."""
        upload = asset_id(url)
        if not upload:
            return None
        path = self._limits.assets / f"{upload}.data" if self._limits.assets else None
        if path is None or not path.is_file():
            raise _FetchError("there is no such asset; upload it again (POST /v1/assets answers the same address)")
        return path

    def _file_in_roots(self, path: str) -> Path:
        if not self._roots:
            raise _FetchError("local files are not allowed; configure media_roots, upload the file or give a URL")
        resolved = Path(os.path.realpath(path))
        # Before anything is said about the file: what lies outside must not be found out by asking.
        if not any(resolved.is_relative_to(root) for root in self._roots):
            raise _FetchError("not inside one of the configured media_roots")
        with _disk_errors("read"):
            is_file = resolved.is_file()
        if not is_file:
            raise _FetchError("no such file")
        return resolved

    def _download(self, url: str, part: _Part, known: Version) -> None:
        parts = urlsplit(url)
        try:
            with self._hosts.visit(parts.netloc.rpartition("@")[2].lower()) as visit:
                self._visit(visit, url, part, known)
        except HostShutError as shut:
            reason = f"{parts.hostname} did not answer the last fetches; it is asked again in {shut.seconds:.0f} s"
            raise _FetchError(reason, passing=True) from None

    def _visit(self, visit: Visit, url: str, part: _Part, known: Version) -> None:
        until = time.monotonic() + _MOST_SECONDS
        for tries in count(1):
            try:
                with visit.lane():
                    self._try(url, part, known)
                visit.has_answered = True
                return
            except _FetchError as error:
                failure = error
            self._check_open()
            _log.info("try %d for %s failed: %s", tries, loggable(url), failure.reason)
            is_last = tries > self._limits.retries or time.monotonic() > until or visit.is_pointless
            if not failure.passing or is_last:
                visit.has_answered = True if failure.is_answer else False if failure.is_silence else None
                raise failure if tries == 1 else failure.after(tries)
            self._sleep(_pause(tries) if failure.wait is None else failure.wait)
            self._check_open()
            part.tell()

    def _try(self, url: str, part: _Part, known: Version) -> None:
        with _Deadline(2 * self._limits.timeout) as deadline:
            try:
                self._receive(url, part, known, deadline)
            except _FetchError:
                deadline.check()
                raise
            deadline.check()

    def _receive(self, url: str, part: _Part, known: Version, deadline: _Deadline) -> None:
        conditions = known.conditions
        with self._open(url, part.resume_headers() or conditions) as response:
            if conditions and response.status_code == HTTPStatus.NOT_MODIFIED:
                part.keep(known)
                return
            deadline.check()
            part.begin(response)
            body = _Body(response, part.size, self._limits.timeout)
            for chunk in body.chunks():
                self._check_open()
                deadline.put_off()
                part.write(chunk)

    def _open(self, url: str, headers: dict[str, str]) -> requests.Response:
        """The answer at the end of the redirects."""
        for hop in range(_MAX_REDIRECTS + 1):
            response = self._follow(url, headers) if hop else self._send(url, headers)
            location = _location(response)
            if not location:
                return response
            response.close()
            url = _next_url(url, location)
        raise _FetchError(f"more than {_MAX_REDIRECTS} redirects")

    def _follow(self, url: str, headers: dict[str, str]) -> requests.Response:
        try:
            return self._send(url, headers)
        except _FetchError as error:
            reason = f"after a redirect to {urlsplit(url).hostname}: {error.reason}"
            raise _FetchError(reason, passing=error.passing, is_answer=error.is_answer) from None

    def _send(self, url: str, headers: dict[str, str]) -> requests.Response:
        timeout = self._limits.timeout
        patience = (min(timeout, _CONNECT_SECONDS), timeout)
        try:
            return self._session.get(url, headers=headers_for(url) | headers, stream=True, timeout=patience)
        except (requests.RequestException, HTTPError) as error:
            raise _no_answer(error, timeout) from None
