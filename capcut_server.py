"""The HTTP door: binds the board to routes, and gives every answer one shape.

Each operation is served twice: `/add_text` answers as CapCutAPI does, `/v1/add_text` is strict. The difference is
made here and in `Operation.__call__(strict=...)`, and nowhere below.

Run it with gunicorn (`make run`), or anywhere with `python capcut_server.py`.
"""

import errno
import json
import logging
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryFile
from types import MappingProxyType
from typing import IO, Any
from urllib.parse import quote

import flask
import orjson
from flask import Flask, Response, current_app, g, redirect, request, send_file
from flask_swagger_ui import get_swaggerui_blueprint
from werkzeug.exceptions import BadRequest, HTTPException, RequestEntityTooLarge, UnsupportedMediaType

import logs
import openapi
from download_draft_impl import Download
from errors import InvalidRequestError, ManyStreamsError, NoRoomError, ServiceError, StoreError
from fields.answers import Answer, Event
from fields.files import SentFile
from fields.requests import is_dry_run
from live import LiveDoor
from opening import open_services
from operation import Operation
from operations import DOWNLOAD, OPERATIONS, replay
from other_names import OTHER_NAMES, not_here
from saving.job import resume
from services import Services
from settings import Settings, SettingsError, load
from store.answers import KeptAnswer
from store.drafts import KEY_NAME
from util import as_json

log = logging.getLogger(__name__)

_REQUEST_ID = re.compile(r"[\w.-]{1,64}")
_STRICT = "/v1/"


def create_app(settings: Settings | None = None, services: Services | None = None) -> Flask:
    """Build the app; with `services`, over those instead of its own."""
    settings = settings or (services.settings if services else load())
    logs.set_up(settings.log_level)
    services = services or open_services(settings, replay, resume, OPERATIONS)
    app = Flask(__name__, static_folder=None)
    app.request_class = _Request
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes
    app.extensions["services"] = services
    app.before_request(_begin)
    app.after_request(_end)
    for op in OPERATIONS.values():
        app.add_url_rule(f"/{op.name}", op.name, _view(op, strict=False), methods=["POST"])
        app.add_url_rule(f"{_STRICT}{op.name}", f"v1_{op.name}", _view(op, strict=True), methods=["POST"])
        if op.route:
            method, path = op.route.split()
            app.add_url_rule(path, f"at_{op.name}", _view(op, strict=True), methods=[method])
    for other in OTHER_NAMES:
        op = OPERATIONS[other.operation]
        for face in ("/", _STRICT):
            view = _view(op, strict=face == _STRICT, fixed=other.fields)
            app.add_url_rule(f"{face}{other.name}", f"{face}{other.name}", view, methods=list(other.methods))
    app.add_url_rule(settings.preview_router, "download", lambda: _download(_services()))
    app.add_url_rule("/openapi.json", "openapi", lambda: _described(_services()))
    app.register_blueprint(get_swaggerui_blueprint("/docs", "/openapi.json", config=_VIEWER))
    app.add_url_rule("/", "home", lambda: redirect("/docs/"))
    app.register_error_handler(ServiceError, _refused)
    app.register_error_handler(HTTPException, _not_served)
    app.register_error_handler(Exception, _crashed)
    app.wsgi_app = LiveDoor(app.wsgi_app, lambda: app.extensions["services"])  # type: ignore[method-assign]
    return app


_VIEWER = {"app_name": "Drafts for CapCut and JianYing", "validatorUrl": "none", "tryItOutEnabled": True}


def _services() -> Services:
    services: Services = current_app.extensions["services"]
    return services


def _view(op: Operation, *, strict: bool, fixed: Mapping[str, str] = MappingProxyType({})) -> Callable[..., Response]:
    def view(**place: str) -> Response:
        services = replace(_services(), base_url=_base_url(_services()))
        limit = op.form_limit if _is_form(op) else op.body_limit
        request.max_content_length = getattr(services.settings, limit)
        g.flat = op.flat and not strict
        payload = _payload(op, {**fixed, **place})
        return _once(payload, services, lambda given: _served(op, op(payload, given, strict=strict), services))

    return view


def _served(op: Operation, answer: Answer, services: Services) -> Response:
    if op.stream and request.method == "GET":
        return _streamed(op.stream(answer, services), services)
    return _answered(answer, services)


def _payload(op: Operation, place: dict[str, str]) -> Any:
    """The fields of the request: from the body or the query, the path, and the header If-Match."""
    payload: Any = (_form() if _is_form(op) else _body_of(op, place)) if request.method == "POST" else _query()
    version = _expected(op)
    if isinstance(payload, dict):
        _agree(payload, place)
        if version and payload.setdefault("expected_version", version) not in (version, str(version), None):
            raise _BadPlaceError("If-Match", "says another version than expected_version; send one of them")
        payload |= place | ({"expected_version": version} if version else {})
    return payload


class _Request(flask.Request):
    """Keeps files that arrive in data_dir: the system's folder for temporary files may be small, or memory."""

    def _get_file_stream(self, *_: object, **__: object) -> IO[bytes]:
        return TemporaryFile(dir=_services().settings.data_dir)


def _body_of(op: Operation, place: dict[str, str]) -> Any:
    """The body of a POST; where the path says which draft it is about, it may be left out."""
    if op.upload and request.mimetype in openapi.ZIPS:
        return _parameters() | {op.upload: _raw_body()}
    body = {} if place and not request.get_data() else _body(exact=bool(op.upload))
    return _parameters() | body if op.upload and isinstance(body, dict) else body


def _is_form(op: Operation) -> bool:
    return bool(op.form_limit) and request.mimetype == "multipart/form-data"


def _form() -> dict[str, Any]:
    """The fields of a form, and its files; those that are not small are on the disk, and once more when kept."""
    _services().room.make(2 * (request.content_length or 0), "the file, while it arrives,")
    files = {name: SentFile(sent.stream, sent.filename or "") for name, sent in request.files.items()}  # type: ignore[arg-type]
    fields = {**request.form.to_dict(), **files}
    for name in fields:
        if len(request.form.getlist(name)) + len(request.files.getlist(name)) > 1:
            raise InvalidRequestError.about(name, "is given more than once")
    return fields


def _query() -> dict[str, str]:
    """The parameters of a request that has no body."""
    if request.content_length or request.stream.read(1):
        raise BadRequest(f"{request.method} takes no body; send its fields as parameters of the query")
    return _parameters()


def _parameters() -> dict[str, Any]:
    for name, values in request.args.lists():
        if len(values) > 1:
            raise InvalidRequestError.about(name, "is given more than once")
    return request.args.to_dict()


def _agree(payload: dict[Any, Any], place: dict[str, str]) -> None:
    """Refuse a body or a query that names another draft than the path does."""
    for name, value in place.items():
        if any(said not in (value, None) for said in (payload.get(name), *request.args.getlist(name))):
            raise InvalidRequestError.about(name, f"is not the one in the path, {value!r}; leave it out")


def _expected(op: Operation) -> int | None:
    """The version that the header If-Match insists on."""
    header = request.headers.get("If-Match", "*")
    if header == "*":
        return None
    if "expected_version" not in op.request.model_fields:
        raise _BadPlaceError("If-Match", f"{op.name} cannot insist on a version")
    found = re.fullmatch(openapi.ETAG, header)
    if not found:
        raise _BadPlaceError("If-Match", 'give the ETag of an answer about the draft, like "12"')
    return int(found[1] or found[2])


class _BadPlaceError(BadRequest):
    """A bad request whose fault is in one header; the answer names it."""

    def __init__(self, header: str, message: str) -> None:
        super().__init__(f"{header}: {message}")
        self.fields = ({"field": header, "message": message},)


def _once(payload: Any, services: Services, answer: Callable[[Services], Response]) -> Response:
    """The answer; of a call that is named by its Idempotency-Key, the one it got the first time.

    What may pass, like a store out of reach, is not kept: the call can be sent again.
    """
    name = request.headers.get("Idempotency-Key")
    if name is None or request.method != "POST" or is_dry_run(payload):
        return answer(services)
    if not 1 <= len(name) <= openapi.KEY_LENGTH:
        raise _BadPlaceError("Idempotency-Key", f"give 1 to {openapi.KEY_LENGTH} characters")
    key = sha256(name.encode("utf-8", "surrogateescape")).hexdigest()
    fingerprint = _fingerprint(payload)
    kept = services.answers.begin(key, fingerprint)
    if kept:
        headers = {"Idempotency-Replayed": "true"} | ({"ETag": kept.etag} if kept.etag else {})
        return Response(kept.body, kept.status, headers, mimetype="application/json")
    try:
        response = answer(replace(services, call_key=key[:KEY_NAME] + fingerprint[:KEY_NAME]))
    except BaseException as error:
        if not isinstance(error, ServiceError) or error.status >= 500:
            with suppress(StoreError):
                services.answers.forget(key)
            raise
        response = current_app.make_response(_refused(error))
    try:
        done = KeptAnswer(response.status_code, response.get_data(), response.headers.get("ETag", ""))
        services.answers.keep(key, fingerprint, done)
    except StoreError as error:  # it was done, and the log of the draft knows the key
        log.error("the answer to a named call could not be kept: %s", error)
    return response


def _fingerprint(payload: Any) -> str:
    """What tells the call from others that are sent with its key."""
    try:
        call = json.dumps([request.path, payload], sort_keys=True, default=_hash)
    except RecursionError:
        raise BadRequest("the body is nested too deep") from None
    return sha256(call.encode()).hexdigest()


def _hash(content: bytes | SentFile) -> str:
    return content.digest() if isinstance(content, SentFile) else sha256(content).hexdigest()


def _body(*, exact: bool) -> Any:
    """The request's JSON; if `exact` with whole numbers of any length.

    NaN and lone surrogates are no JSON; they are let in here so that the model can say which field has them.
    """
    if request.mimetype != "application/json":
        zipped = ", or a zip with application/zip" if exact else ""
        raise UnsupportedMediaType(
            f"send JSON with Content-Type: application/json{zipped}, not {request.mimetype or 'none'}"
        )
    raw = _raw_body()
    if not raw.strip():
        raise BadRequest("the body is empty; send a JSON object")
    try:
        return _lenient_json(raw) if exact else orjson.loads(raw)
    except orjson.JSONDecodeError:
        return _lenient_json(raw)


def _raw_body() -> bytes:
    raw = request.get_data()
    if request.content_length is None and len(raw) >= (request.max_content_length or sys.maxsize):
        raise RequestEntityTooLarge  # sent in chunks, and cut off there
    return raw


def _lenient_json(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except json.JSONDecodeError as error:
        raise BadRequest(f"the body is not JSON: line {error.lineno}, column {error.colno}: {error.msg}") from None
    except (ValueError, RecursionError):  # not UTF-8, a number of thousands of digits, ten thousand brackets
        raise BadRequest("the body is not JSON in UTF-8, or it is nested too deep or has a number too long") from None


def _wants_file(answer: Answer) -> bool:
    """Whether the call accepts the file that it makes rather than JSON; what a named call answered is kept as JSON."""
    wanted = request.accept_mimetypes.best
    return wanted in answer.media_types and wanted != "application/json" and "Idempotency-Key" not in request.headers


def _answered(answer: Answer, services: Services) -> Response:
    is_read = request.method in ("GET", "HEAD")
    file = answer.attachment() if is_read or _wants_file(answer) else None
    if file:
        headers = {"Content-Disposition": f'attachment; filename="{file.name}"'} | _warned(answer.warnings)
        return Response(file.content, 200, headers, mimetype=file.media_type)
    output = _with_host(answer.output(), _base_url(services))
    body = {"success": True, "output": output, "error": "", "warnings": answer.warnings}
    response = _json(output | body if g.get("flat") else body)
    if version := getattr(answer, "version", 0):
        response.headers["ETag"] = f'"{version}"'
        if is_read:
            response.make_conditional(request)
    return response


def _streamed(events: Iterator[Event | None], services: Services) -> Response:
    """Server-sent events, as the HTML standard has them. Each client holds a thread for as long as it listens.

    A browser that has heard the end and asks again is told not to (204), as the standard wants it.
    """
    if request.headers.get("Last-Event-ID") == _END:
        return Response(status=204)
    if not services.streams.acquire(blocking=False):
        message = "as many clients are streamed to as this process can; ask query_draft_status with wait instead"
        raise ManyStreamsError(message)
    base = _base_url(services)
    lines = (_SIGN_OF_LIFE if event is None else _as_line(event, base) for event in events)
    response = Response(lines, mimetype="text/event-stream", headers=_UNBUFFERED)
    response.call_on_close(services.streams.release)
    return response


def _as_line(event: Event, base: str) -> bytes:
    output = orjson.dumps(_with_host(event.output, base))
    mark = f"id: {_END}\n" if event.name == _END else ""
    return f"{mark}event: {event.name}\ndata: ".encode() + output + b"\n\n"


_END, _SIGN_OF_LIFE = "end", b": still here\n\n"
_UNBUFFERED = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


def _warned(warnings: list[str]) -> dict[str, str]:
    """A file has no place for warnings: a header has, as a JSON array in ASCII of as many as there is room for."""
    told: list[str] = []
    for warning in warnings:
        if len(json.dumps([*told, warning[:_LONGEST_WARNING]])) > _LONGEST_HEADER:
            break
        told.append(warning[:_LONGEST_WARNING])
    return {"X-Warnings": json.dumps(told)} if told else {}


_LONGEST_HEADER, _LONGEST_WARNING = 4_000, 300  # servers and proxies refuse answers with longer headers


def _with_host(output: Any, base: str) -> Any:
    """Below, a draft_url has no host: only the door knows under which name it was reached."""
    if isinstance(output, list):
        return [_with_host(one, base) for one in output]
    if not isinstance(output, dict):
        return output
    many = {name: _with_host(output[name], base) for name in _LISTS if name in output}
    url = output.get("draft_url")
    return output | many | ({"draft_url": url if "://" in url else base + url} if url else {})


_LISTS = ("results", "tasks")
"""Fields whose parts may have a draft_url of their own."""


def _base_url(services: Services) -> str:
    return (services.settings.draft_domain or f"{request.scheme}://{request.host}{request.root_path}").rstrip("/")


def _described(services: Services) -> Response:
    return _json(openapi.document(_base_url(services), services.settings.preview_router))


def _download(services: Services) -> Response:
    found = DOWNLOAD(_query(), services)
    assert isinstance(found, Download)
    if found.archive is not None:
        return _sent(found.archive, request.args["draft_id"])
    assert found.state is not None
    response = _answered(found.state, services)
    response.status_code = 202
    response.headers["Retry-After"] = "2"
    return response


def _sent(archive: Path, draft_id: str) -> Response:
    """The file under its own name; for clients that read plain names only, the draft's id if nothing else is left."""
    response = send_file(archive, as_attachment=True, download_name=archive.name)
    plain = archive.stem.encode("ascii", "ignore").decode().strip(" ._") or draft_id
    response.headers.set(
        "Content-Disposition", "attachment", filename=f"{plain}.zip", **{"filename*": f"UTF-8''{quote(archive.name)}"}
    )
    return response


def _refused(error: ServiceError) -> tuple[Response, int]:
    g.code = error.code
    strict = request.path.startswith(_STRICT) or request.method != "POST" or g.get("flat", False)
    details = _with_host(error.details, _base_url(_services()))
    return _failure(str(error), error.code, error.fields, details), error.status if strict else 200


def _not_served(error: HTTPException) -> Response:
    g.code = error.name.lower().replace(" ", "_")
    response = _failure(_hint(error), g.code, getattr(error, "fields", ()))
    response.status_code = error.code or 500
    for name, value in error.get_headers():  # Allow, Content-Range, ... belong to the status
        if name not in ("Content-Type", "Content-Length"):
            response.headers[name] = value
    return response


def _hint(error: HTTPException) -> str:
    """What went wrong and what to do; of a route that old documents name, what is here instead."""
    instead = not_here(request.path.removeprefix(_STRICT.rstrip("/"))) if error.code == 404 else None
    if instead:
        return f"no such route; {instead}"
    return _HINTS.get(error.code or 0) or error.description or error.name


_HINTS = {
    404: "no such route; GET /openapi.json lists them",
    405: "this route does not take that method; GET /openapi.json lists what it takes",
    413: "the body is larger than the service takes (settings max_body_bytes, and max_import_bytes for imports)",
}


def _crashed(error: Exception) -> tuple[Response, int]:
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        log.error("%s %s: %s", request.method, quote(request.path), error.strerror)
        return _refused(NoRoomError("it is full"))
    g.code = "internal_error"
    log.exception("%s %s failed", request.method, quote(request.path), exc_info=error)
    return _failure(f"internal error; the log has it under request {logs.request_id.get()}", g.code), 500


def _failure(message: str, code: str, fields: Any = (), details: Any = None) -> Response:
    body = {"success": False, "output": "", "error": message, "code": code}
    return _json({**body, "fields": list(fields), "details": details or {}, "warnings": []})


def _json(body: Any) -> Response:
    return Response(as_json(body), mimetype="application/json")


def _begin() -> None:
    given = request.headers.get("X-Request-ID", "")
    logs.request_id.set(given if _REQUEST_ID.fullmatch(given) else logs.new_request_id())
    g.began = time.perf_counter()


def _end(response: Response) -> Response:
    elapsed = time.perf_counter() - g.began
    response.headers["X-Request-ID"] = logs.request_id.get()
    response.headers["X-Response-Time"] = f"{elapsed:.6f}"
    # The path as it was sent: a decoded line break would begin a line of its own.
    outcome = f"{response.status_code} {g.get('code', '')}".rstrip()
    log.info("%s %s %s %.1f ms", request.method, quote(request.path), outcome, elapsed * 1000)
    return response


def main() -> None:
    """Serve with waitress, which runs on every system."""
    from waitress.server import create_server

    try:
        settings = load()
        app = create_app(settings)
        server = create_server(
            app,
            host=settings.host,
            port=settings.port,
            threads=settings.threads,
            max_request_body_size=max(settings.max_body_bytes, settings.max_import_bytes),
        )
    except (SettingsError, StoreError, OSError) as error:
        sys.exit(f"cannot start:\n{error}")
    log.info(listening(settings))
    services: Services = app.extensions["services"]

    def begin_to_stop(*_: object) -> None:
        services.stop_soon()
        sys.exit(0)

    for told in (signal.SIGINT, signal.SIGTERM):
        signal.signal(told, begin_to_stop)
    try:
        server.run()
    finally:
        services.close()


def listening(settings: Settings) -> str:
    """Where the service is, and a line to try it with."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    url = f"http://{host}:{settings.port}"
    return f"listening on {url} (docs: {url}/docs/) - try: {_TRY.format(url=url)}"


_TRY = "curl -s {url}/create_draft -H 'Content-Type: application/json' -d '{{\"name\": \"Hello\"}}'"

if __name__ == "__main__":
    main()
