"""A media server on 127.0.0.1 for tests: a folder over HTTP/1.1, with faults chosen by the first parts of the path.

    /clip.mp4                    the file, whole
    /status/<code>/x             that status, with a short text
    /later/<code>/<seconds>/x    that status with Retry-After once, then the file
    /flaky/<n>/x                 500 for the first n requests, then the file
    /slow/<ms>/x                 the file after a wait
    /gate/x                      the file once `open_gate` was called
    /drip/x                      one byte every 20 ms
    /stallonce/x                 as stall the first time, then the file
    /stall/x                     half of the body, then nothing until the client leaves
    /mute/x                      no answer at all until the client leaves
    /hangup/x                    closes instead of answering
    /cut/x, /cutonce/x           closes in the middle of the body: always, or the first time only
    /resumable/x                 as cutonce, but with an ETag, and Range is honoured
    /dateresumable/x             the same with Last-Modified in place of the ETag
    /otheretag/x                 as resumable, but the file has become another, and If-Range is not looked at
    /headdrip/x, /sizedrip/x     headers without end; the size of a chunk without end, one byte every 20 ms
    /gzipdrip/x                  compressed nothing without end
    /trailers/x                  in chunks, and after the last trailers without end
    /otherpart/x, /lesspart/x    as resumable, but answers a Range with the start of the file, or not to its end
    /tagged/x, /dated/x          the file with its ETag, or with Last-Modified; 304 when asked about that one
    /gone/<n>/x                  tagged for the first n requests, then 404
    /short/x, /long/x            announces twice what it sends and closes; announces half of what it sends
    /chunked/x, /gzip/x          without a length; compressed, asked or not
    /empty/x, /html/x            200 with no body; 200 with a web page
    /redirect/<n>/x              n redirects to the file
    /to/<quoted target>          one redirect to anywhere
    /trap/x                      a redirect to the file that announces a body of 1 GB and never sends it

Every answer sets a cookie.

To add a fault: a method `_do_<name>(self, *arguments, path)` of the handler; it is found by its name.
"""

import gzip
import inspect
import mimetypes
import socket
import socketserver
import ssl
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

WEB_PAGE = b"<!DOCTYPE html>\n<html><body>Please log in.</body></html>\n"

# A throw-away key and certificate for the host name media.test, its own authority, valid until 2120.
TLS_PEM = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgTsWvOEJIoaID5nL1
3gOQGxkINo8YpWC3fbj/QxnSNw+hRANCAAQp3wdh9qQgSNWSzPlhrjWJDlXHMB9i
e1/8jx0skLBscVbBMTSzC+IMBSGd7jS9UYVklHup3ME8HygHIAzO6sdi
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBiTCCAS+gAwIBAgIBATAKBggqhkjOPQQDAjAVMRMwEQYDVQQDDAptZWRpYS50
ZXN0MCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAwMDAwWjAVMRMwEQYDVQQD
DAptZWRpYS50ZXN0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEKd8HYfakIEjV
ksz5Ya41iQ5VxzAfYntf/I8dLJCwbHFWwTE0swviDAUhne40vVGFZJR7qdzBPB8o
ByAMzurHYqNuMGwwFQYDVR0RBA4wDIIKbWVkaWEudGVzdDAPBgNVHRMBAf8EBTAD
AQH/MA4GA1UdDwEB/wQEAwIChDATBgNVHSUEDDAKBggrBgEFBQcDATAdBgNVHQ4E
FgQUij4O4KiOpd06sg7FvhkkGWldnK8wCgYIKoZIzj0EAwIDSAAwRQIhAIOBPbS2
2Z8Zugm7BWEaNq7dk0uy3dSGvrgn0KH6vuS6AiA/ibHvgXDslC1hB3tIt+Obdvbf
gLarDqebOfi3RmJSVw==
-----END CERTIFICATE-----
"""


class MediaServer:
    """Serves `folder` while its with block lasts; `tls_pem` (a file with key and certificate) makes it https."""

    def __init__(self, folder: Path, tls_pem: Path | None = None):
        self.folder = folder
        self.gate = threading.Event()
        self._scheme = "https" if tls_pem else "http"
        self._lock = threading.Lock()
        self._requests: list[str] = []
        self._at_once = self._most_at_once = 0
        self._headers: list[dict[str, str]] = []
        self._server = _Server(self, tls_pem)
        # Short poll: shutdown() waits for the end of one.
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), name="media-server")

    def __enter__(self) -> "MediaServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.gate.set()
        self._server.shutdown()
        self._thread.join()
        self._server.hang_up()
        self._server.server_close()

    @property
    def port(self) -> int:
        """Where it listens on 127.0.0.1."""
        return int(self._server.server_address[1])

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        """The address of `path`; `host` is another name for 127.0.0.1."""
        return f"{self._scheme}://{host}:{self.port}/{path.lstrip('/')}"

    @property
    def requests(self) -> list[str]:
        """The paths asked for so far, with their queries, in order."""
        with self._lock:
            return list(self._requests)

    @property
    def headers(self) -> list[dict[str, str]]:
        """The headers of each request, names in lower case."""
        with self._lock:
            return list(self._headers)

    @property
    def connections(self) -> int:
        """How many connections were made so far."""
        return self._server.connections

    def open_gate(self) -> None:
        """Let go whoever waits for it."""
        self.gate.set()

    @property
    def most_at_once(self) -> int:
        """How many requests were being answered at the same time, at most."""
        return self._most_at_once

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Count a request while it is answered."""
        with self._lock:
            self._at_once += 1
            self._most_at_once = max(self._most_at_once, self._at_once)
        try:
            yield
        finally:
            with self._lock:
                self._at_once -= 1

    def record(self, path: str, headers: dict[str, str]) -> int:
        """Note a request; the answer is how often its path was asked for, this time included."""
        with self._lock:
            self._requests.append(path)
            self._headers.append(headers)
            return self._requests.count(path)


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # so that server_close() waits for the threads: none outlives its test
    request_queue_size = 128

    def __init__(self, media: MediaServer, tls_pem: Path | None):
        self.media = media
        self.connections = 0
        self._open: list[socket.socket] = []
        self._tls: ssl.SSLContext | None = None
        if tls_pem:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(tls_pem)
        super().__init__(("127.0.0.1", 0), _Handler)

    def server_bind(self) -> None:
        # As HTTPServer does, without asking the network for this machine's name.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
        connection, address = super().get_request()
        self.connections += 1
        if self._tls:
            connection = self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        self._open.append(connection)
        return connection, address

    def hang_up(self) -> None:
        """Wake every thread that still waits for its client."""
        for connection in self._open:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # its client was quicker

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients that leave in the middle are what the tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    tries = 0
    disable_nagle_algorithm = True  # head and body are sent apart; waiting for the other side would cost 40 ms each

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.tries = self.server.media.record(self.path, headers)
        path = urlsplit(self.path).path.lstrip("/")
        fault, _, rest = path.partition("/")
        method = getattr(self, f"_do_{fault}", None)
        with self.server.media.answering():
            if method is None:
                self._send_file(path)
            else:
                method(*rest.split("/", len(inspect.signature(method).parameters) - 1))

    def _send(self, status: int, body: bytes, **headers: object) -> None:
        """Answer with `body`; `headers` say `content_length` for Content-Length, and win over what is usual."""
        usual = {"content_type": "text/plain", "content_length": len(body), "set_cookie": "visitor=1"}
        self.send_response(status)
        for name, value in (usual | headers).items():
            if value is not None:
                self.send_header(name.replace("_", "-").title(), str(value))
        self.end_headers()
        self.wfile.write(body)

    def _send_file(self, path: str, part: slice = slice(None), **headers: object) -> None:
        body = self._body(path)
        if body is None:
            self._send(404, b"no such file")
        else:
            self._send(200, body[part], **{"content_type": _content_type(path)} | headers)

    def _body(self, path: str) -> bytes | None:
        file = self.server.media.folder / unquote(path)
        return file.read_bytes() if file.is_file() else None

    def _length(self, path: str) -> int:
        return len(self._body(path) or b"")

    def _hang_up(self) -> None:
        self.close_connection = True
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_WR)

    def _wait_for_client_to_leave(self) -> None:
        self.close_connection = True
        self.wfile.flush()
        self.connection.recv(1)  # b"" when the client leaves, and when the server stops

    def _do_status(self, code: str, path: str) -> None:
        self._send(int(code), b"as you asked")

    def _do_later(self, code: str, seconds: str, path: str) -> None:
        if self.tries == 1:
            self._send(int(code), b"not now", retry_after=seconds)
        else:
            self._send_file(path)

    def _do_flaky(self, failures: str, path: str) -> None:
        if self.tries <= int(failures):
            self._send(500, b"not now")
        else:
            self._send_file(path)

    def _do_slow(self, milliseconds: str, path: str) -> None:
        time.sleep(int(milliseconds) / 1000)
        self._send_file(path)

    def _do_gate(self, path: str) -> None:
        self.server.media.gate.wait(60)
        self._send_file(path)

    def _do_drip(self, path: str) -> None:
        body = self._body(path) or b""
        self._send_file(path, slice(0), content_length=len(body))
        for position in range(len(body)):
            self.wfile.write(body[position : position + 1])
            time.sleep(0.02)

    def _do_stall(self, path: str) -> None:
        length = self._length(path)
        self._send_file(path, slice(length // 2), content_length=length)
        self._wait_for_client_to_leave()

    def _do_stallonce(self, path: str) -> None:
        if self.tries == 1:
            self._do_stall(path)
        else:
            self._send_file(path)

    def _do_mute(self, path: str) -> None:
        self._wait_for_client_to_leave()

    def _do_hangup(self, path: str) -> None:
        self._hang_up()

    def _do_cut(self, path: str) -> None:
        length = self._length(path)
        self._send_file(path, slice(length // 2), content_length=length)
        self._hang_up()

    def _do_cutonce(self, path: str) -> None:
        if self.tries == 1:
            self._do_cut(path)
        else:
            self._send_file(path)

    def _do_resumable(self, path: str) -> None:
        self._send_resumable(path, self._asked_start(), self._length(path))

    def _do_otherpart(self, path: str) -> None:
        self._send_resumable(path, 0, self._length(path))

    def _do_lesspart(self, path: str) -> None:
        self._send_resumable(path, self._asked_start(), self._length(path) - 10)

    def _asked_start(self) -> int:
        return int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").removesuffix("-"))

    def _do_dateresumable(self, path: str) -> None:
        self._send_resumable(path, self._asked_start(), self._length(path), last_modified=self._modified(path))

    def _send_resumable(self, path: str, start: int, end: int, **mark: str) -> None:
        length = self._length(path)
        mark = mark or {"etag": f'"{length}"'}
        if self.tries == 1:
            self._send_file(path, slice(length // 2), content_length=length, **mark)
            self._hang_up()
        elif "Range" in self.headers and self.headers.get("If-Range") in mark.values():
            content_range = f"bytes {start}-{end - 1}/{length}"
            self._send(206, (self._body(path) or b"")[start:end], content_range=content_range, **mark)
        else:
            self._send_file(path, **mark)

    def _do_otheretag(self, path: str) -> None:
        length = self._length(path)
        if "Range" not in self.headers:
            self._send_resumable(path, 0, length)
            return
        start = self._asked_start()
        rest, content_range = bytes(length - start), f"bytes {start}-{length - 1}/{length}"
        self._send(206, rest, content_range=content_range, etag='"another"')

    def _send_without_end(self, piece: bytes, pause: float = 0.02) -> None:
        """Send it again and again until the client leaves."""
        self.close_connection = True
        with suppress(OSError):
            while not self.server.media.gate.is_set():
                self.wfile.write(piece)
                time.sleep(pause)

    def _do_headdrip(self, path: str) -> None:
        self.send_response(200)
        self.flush_headers()
        self._send_without_end(b"x")

    def _do_sizedrip(self, path: str) -> None:
        self._send(200, b"", content_length=None, transfer_encoding="chunked")
        self._send_without_end(b"0")

    def _do_gzipdrip(self, path: str) -> None:
        self._send(200, gzip.compress(b"")[:10], content_length=None, content_encoding="gzip", connection="close")
        self._send_without_end(b"\x00\x00\x00\xff\xff")  # a block of nothing

    def _do_trailers(self, path: str) -> None:
        self._send(200, b"", content_length=None, transfer_encoding="chunked")
        self.wfile.write(b"1\r\nx\r\n0\r\n")
        self._send_without_end(b"X: y\r\n", 0.001)

    def _do_tagged(self, path: str) -> None:
        self._send_version(path, "If-None-Match", etag=f'"{zlib.crc32(self._body(path) or b"")}"')

    def _do_dated(self, path: str) -> None:
        self._send_version(path, "If-Modified-Since", last_modified=self._modified(path))

    def _modified(self, path: str) -> str:
        return formatdate((self.server.media.folder / path).stat().st_mtime, usegmt=True)

    def _do_gone(self, times: str, path: str) -> None:
        if self.tries <= int(times):
            self._do_tagged(path)
        else:
            self._send(404, b"no such file")

    def _send_version(self, path: str, question: str, **mark: str) -> None:
        if self.headers.get(question) in mark.values():
            self._send(304, b"", content_length=None, **mark)
        else:
            self._send_file(path, **mark)

    def _do_short(self, path: str) -> None:
        self._send_file(path, content_length=2 * self._length(path))
        self._hang_up()

    def _do_long(self, path: str) -> None:
        self._send_file(path, content_length=self._length(path) // 2)

    def _do_chunked(self, path: str) -> None:
        body = self._body(path) or b""
        self._send_file(path, slice(0), content_length=None, transfer_encoding="chunked")
        for start in range(0, len(body), 1000):
            chunk = body[start : start + 1000]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        self.wfile.write(b"0\r\n\r\n")

    def _do_gzip(self, path: str) -> None:
        self._send(200, gzip.compress(self._body(path) or b""), content_encoding="gzip")

    def _do_empty(self, path: str) -> None:
        self._send(200, b"", content_type=_content_type(path))

    def _do_html(self, path: str) -> None:
        self._send(200, WEB_PAGE, content_type="text/html; charset=utf-8")

    def _do_redirect(self, count: str, path: str) -> None:
        left = int(count) - 1
        self._send(302, b"", location=f"/redirect/{left}/{path}" if left else f"/{path}")

    def _do_trap(self, path: str) -> None:
        self._send(302, b"", location=f"/{path}", content_length=1_000_000_000)
        self._wait_for_client_to_leave()

    def _do_to(self, target: str) -> None:
        self._send(302, b"", location=unquote(target, encoding="latin-1"))  # bytes as they are


def _content_type(path: str) -> str:
    return mimetypes.guess_type(path)[0] or "application/octet-stream"
