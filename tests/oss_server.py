"""An object storage on 127.0.0.1 that speaks as Aliyun OSS does, for tests: signatures are really checked.

It knows what is used here: objects, multipart uploads, signatures of version 1 and 4 in headers and in URLs, the
checksum CRC-64. It was written from Aliyun's description of them; the real service was never asked. Standard library
only, but for the checksum, which is oss2's own.

Faults: `server.damaged` is a number of uploads whose content is to be changed on arrival.
"""

import base64
import hashlib
import hmac
import threading
import time
from calendar import timegm
from collections import defaultdict
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, quote, unquote, urlsplit
from uuid import uuid4

from oss2.utils import Crc64

KEY_ID, SECRET, BUCKET = "test-key-id", "test-secret-of-the-key", "drafts"
_SIGNED_QUERY = {"uploads", "uploadId", "partNumber", "acl", "response-content-type", "objectMeta", "security-token"}


class OssServer(ThreadingHTTPServer):
    """Serves while its with block lasts."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.objects: dict[str, bytes] = {}
        self.types: dict[str, str] = {}
        self.parts: dict[str, dict[int, bytes]] = {}
        self.requests: list[str] = []
        self.received: dict[str, int] = defaultdict(int)
        self.damaged = 0

    def handle_error(self, request, client_address):
        """Say nothing: clients that leave in the middle are what some tests are about."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def __enter__(self):
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self._thread.join()
        self.server_close()


def _v1(verb, headers, path, query, date):
    special = {name.lower(): value.strip() for name, value in headers.items() if name.lower().startswith("x-oss-")}
    lines = "".join(f"{name}:{value}\n" for name, value in sorted(special.items()))
    asked = "&".join(f"{k}={v}" if v else k for k, v in sorted(query.items()) if k in _SIGNED_QUERY)
    resource = f"/{path}" + (f"?{asked}" if asked else "")
    kind, digest = headers.get("Content-Type", ""), headers.get("Content-MD5", "")
    signed = f"{verb}\n{digest}\n{kind}\n{date}\n{lines}{resource}"
    return base64.b64encode(hmac.digest(SECRET.encode(), signed.encode(), hashlib.sha1)).decode()


def _v4(verb, headers, path, query, date, scope, more):
    asked = "&".join(
        quote(k, safe="~") + (f"={quote(v, safe='~')}" if v else "")
        for k, v in sorted(query.items())
        if k != "x-oss-signature"
    )
    names = {n.lower() for n in headers if n.lower().startswith("x-oss-")} | {"content-type", "content-md5"} | set(more)
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(names) if name in headers)
    payload = headers.get("x-oss-content-sha256", "UNSIGNED-PAYLOAD")
    request = f"{verb}\n/{quote(path, safe='~/')}\n{asked}\n{lines}\n{';'.join(sorted(more))}\n{payload}"
    key = f"aliyun_v4{SECRET}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), hashlib.sha256)
    signed = f"OSS4-HMAC-SHA256\n{date}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    return hmac.new(key, signed.encode(), hashlib.sha256).hexdigest()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: OssServer

    def log_message(self, *_):
        pass

    def answer(self):
        length = int(self.headers.get("Content-Length") or 0)
        content = self.rfile.read(length)
        if len(content) < length:  # its client was cut off
            self.close_connection = True
            return
        split = urlsplit(self.path)
        query = dict(parse_qsl(split.query, keep_blank_values=True))
        path = unquote(split.path).lstrip("/")
        bucket, _, name = path.partition("/")
        self.server.requests.append(f"{self.command} {path} {sorted(query)}")
        refused = self.refused(path, query)
        if refused:
            self.fail(403, refused)
        elif bucket != BUCKET:
            self.fail(404, "NoSuchBucket")
        else:
            self.serve(name, query, content)

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = answer  # noqa: N815 - http.server's names

    def refused(self, path, query):
        """Why the request is not let in, None if it is."""
        header = self.headers.get("Authorization", "")
        if header.startswith("OSS "):
            key_id, _, given = header[4:].partition(":")
            wanted = _v1(self.command, self.headers, path, query, self.headers.get("Date", ""))
        elif header.startswith("OSS4-HMAC-SHA256 "):
            said = dict(part.strip().split("=", 1) for part in header[17:].split(","))
            (key_id, scope), given = said["Credential"].split("/", 1), said["Signature"]
            more = [name for name in said.get("AdditionalHeaders", "").split(";") if name]
            wanted = _v4(self.command, self.headers, path, query, self.headers["x-oss-date"], scope, more)
        elif "Signature" in query:
            key_id, given, until = query["OSSAccessKeyId"], query["Signature"], query["Expires"]
            if int(until) <= time.time():
                return "AccessDenied"
            wanted = _v1(self.command, self.headers, path, query, until)
        elif "x-oss-signature" in query:
            (key_id, scope), given = query["x-oss-credential"].split("/", 1), query["x-oss-signature"]
            date = query["x-oss-date"]
            if timegm(time.strptime(date, "%Y%m%dT%H%M%SZ")) + int(query["x-oss-expires"]) <= time.time():
                return "AccessDenied"
            more = [one for one in query.get("x-oss-additional-headers", "").split(";") if one]
            wanted = _v4(self.command, self.headers, path, query, date, scope, more)
        else:
            return "AccessDenied"
        if key_id != KEY_ID:
            return "InvalidAccessKeyId"
        return None if hmac.compare_digest(given, wanted) else "SignatureDoesNotMatch"

    def serve(self, name, query, content):
        server = self.server
        if content and server.damaged:
            server.damaged -= 1
            content = b"?" + content[1:]
        if self.command == "POST" and "uploads" in query:
            upload = uuid4().hex
            server.parts[upload] = {}
            server.types[name] = self.headers.get("Content-Type", "")
            self.send(200, f"<R><Bucket>{BUCKET}</Bucket><Key>{quote(name)}</Key><UploadId>{upload}</UploadId></R>")
        elif "uploadId" in query:
            self.serve_upload(name, query, content)
        elif self.command == "PUT":
            server.objects[name], server.types[name] = content, self.headers.get("Content-Type", "")
            self.send(200, "", content)
        elif self.command == "DELETE":
            server.objects.pop(name, None)
            self.send(204)
        elif name in server.objects:
            self.send(200, server.objects[name], server.objects[name], server.types[name])
        else:
            self.fail(404, "NoSuchKey")

    def serve_upload(self, name, query, content):
        upload, server = query["uploadId"], self.server
        if upload not in server.parts:
            self.fail(404, "NoSuchUpload")
        elif self.command == "PUT":
            server.parts[upload][int(query["partNumber"])] = content
            server.received[name] += len(content)
            self.send(200, "", content)
        elif self.command == "POST":
            whole = b"".join(part for _, part in sorted(server.parts.pop(upload).items()))
            server.objects[name] = whole
            self.send(200, f"<R><Bucket>{BUCKET}</Bucket><Key>{quote(name)}</Key><ETag>x</ETag></R>", whole)
        elif self.command == "DELETE":
            del server.parts[upload]
            self.send(204)
        else:
            self.send(200, self.listing(name, upload))

    def listing(self, name, upload):
        parts = "".join(
            f"<Part><PartNumber>{number}</PartNumber><LastModified>2026-01-01T00:00:00.000Z</LastModified>"
            f"<ETag>{_mark(part)}</ETag><HashCrc64ecma>{_checksum(part)}</HashCrc64ecma><Size>{len(part)}</Size></Part>"
            for number, part in sorted(self.server.parts[upload].items())
        )
        ends = "<IsTruncated>false</IsTruncated><NextPartNumberMarker>0</NextPartNumberMarker>"
        return f"<R><Bucket>{BUCKET}</Bucket><Key>{quote(name)}</Key><UploadId>{upload}</UploadId>{ends}{parts}</R>"

    def fail(self, status, code):
        # As the real one does, what was signed is quoted.
        text = f"<Error><Code>{code}</Code><Message>no</Message><OSSAccessKeyId>{KEY_ID}</OSSAccessKeyId></Error>"
        self.send(status, text)

    def send(self, status, body=b"", content=None, kind="application/xml"):
        body = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        self.send_header("x-oss-request-id", uuid4().hex[:24].upper())
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", kind)
        if content is not None:
            self.send_header("ETag", _mark(content))
            self.send_header("x-oss-hash-crc64ecma", str(_checksum(content)))
            self.send_header("Last-Modified", formatdate(usegmt=True))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _mark(content):
    return f'"{hashlib.md5(content).hexdigest().upper()}"'


def _checksum(content):
    checksum = Crc64()
    checksum.update(content)
    return checksum.crc
