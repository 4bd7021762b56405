"""The board as an OpenAPI 3.1 document: both faces of every operation.

Schemas are kept flat: an optional field has the plain type of its value, because importers of tool descriptions (Dify
among them) read `type` and do not look into `anyOf`. Null is accepted all the same.
"""

from collections.abc import Collection, Iterable
from functools import cache
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, models_json_schema
from pydantic_core import core_schema

from batch_impl import BatchOperation
from create_timeline_impl import adding
from errors import ConflictError, InvalidRequestError, MediaError, NotFoundError, StoreError
from fields.answers import Answer
from fields.steps import BatchStep
from fields.timeline import TimelineSegment
from operation import Operation
from operations import DOWNLOAD, OPERATIONS
from other_names import OTHER_NAMES, OtherName

VERSION = "0.1.0"
ETAG = r'(?:W/)?"([1-9][0-9]{0,14})"|([1-9][0-9]{0,14})'
"""What If-Match takes, beside *; a version, in quotes or not."""
ZIPS = ("application/zip", "application/octet-stream", "application/x-zip-compressed")
"""Types of a body that is a zip; the other fields are parameters of the query then."""
KEY_LENGTH = 255
"""Most characters of an Idempotency-Key."""

_FAILURES: dict[int, str] = {
    InvalidRequestError.status: "The request does not fit; `fields` names each problem.",
    NotFoundError.status: "There is no such draft, segment, track, template or task.",
    ConflictError.status: "It does not go with what is there: no room, a taken id, a changed draft, a used key.",
    413: "The body is too large.",
    415: "The body is of a type that is not listed.",
    500: "A fault of the service; the log has it under the X-Request-ID of the answer.",
    StoreError.status: "Drafts cannot be read or written just now; nothing was done.",
    MediaError.status: "A medium could not be had, or a save failed; `details` has its state.",
}
_ALWAYS_TRUE = (400, 413, 415, 500)  # on the compatible face too; everything else is 200 there
_OF_BODIES = (413, 415)
_REPLAYABLE = (200, 400, 404, 409)


_NUMBERS = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}
_COUNTS = {
    "array": {"minLength": "minItems", "maxLength": "maxItems"},
    "object": {"minLength": "minProperties", "maxLength": "maxProperties"},
}


_REFERENCE = "#/components/schemas/{model}"


class FlatJsonSchema(GenerateJsonSchema):
    """In requests Optional[X] as X, no default of null, and every bound by the name that JSON Schema has for it."""

    def generate_inner(self, schema: Any) -> dict[str, Any]:
        """The schema; pydantic leaves its own names on bounds of what a validator of ours looks at first."""
        described = super().generate_inner(schema)
        names = _NUMBERS | _COUNTS.get(str(described.get("type")), {})
        return {names.get(name, name): value for name, value in described.items()}

    def nullable_schema(self, schema: core_schema.NullableSchema) -> dict[str, Any]:
        """The schema of the value that is not null; an answer says that it may be."""
        described = self.generate_inner(schema["schema"])
        if self.mode == "validation":
            return described
        if set(described) & {"$ref", "enum", "const"}:
            return {"anyOf": [described, {"type": "null"}]}
        return described | {"type": [described["type"], "null"]}

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> dict[str, Any]:
        """The schema with its default, unless that is null."""
        described = super().default_schema(schema)
        if "default" in described and described["default"] is None:
            del described["default"]
        return described


def document(server: str, download_route: str) -> dict[str, Any]:
    """Describe every operation as served at the base URL `server`, and the download at its configured route."""
    described = _document()
    paths = described["paths"] | {download_route: {"get": _download()}}
    return described | {"paths": paths, "servers": [{"url": server}]}


@cache
def _document() -> dict[str, Any]:
    models: list[Any] = [(op.request, "validation") for op in OPERATIONS.values()]
    models += [(op.answer, "serialization") for op in OPERATIONS.values()]
    references, definitions = models_json_schema(models, ref_template=_REFERENCE, schema_generator=FlatJsonSchema)
    schemas = definitions["$defs"]
    _name_operations(schemas)
    requests = {op.name: schemas[_name(references[op.request, "validation"])] for op in OPERATIONS.values()}
    paths: dict[str, Any] = {}
    for op in OPERATIONS.values():
        paths[f"/{op.name}"] = {"post": _operation(op, references, strict=False)}
    for op in OPERATIONS.values():
        paths[f"/v1/{op.name}"] = {"post": _operation(op, references, strict=True)}
    for op in OPERATIONS.values():
        if op.route:
            method, path = op.route.split()
            path = path.replace("<", "{").replace(">", "}")
            paths.setdefault(path, {})[method.lower()] = _routed(op, references, requests[op.name], method, path)
    for other in OTHER_NAMES:
        for face in ("/", "/v1/"):
            paths[f"{face}{other.name}"] = _renamed(other, references, requests[other.operation], strict=face == "/v1/")
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Drafts for CapCut and JianYing",
            "version": VERSION,
            "description": "Every operation has two faces. `/v1/...` is strict: true status codes, unknown fields "
            "refused, unknown drafts 404. Without `/v1` it answers as CapCutAPI does: 200 with `success` false, "
            "unknown fields and drafts let pass with a warning.",
        },
        "tags": [{"name": "strict"}, {"name": "compatible"}],
        "paths": paths,
        "components": {"schemas": {**schemas, "Failure": _FAILURE}},
    }


def _name(reference: dict[str, str]) -> str:
    """The name among the document's components of a schema that is referred to."""
    return reference["$ref"].rsplit("/", 1)[1]


def _name_operations(schemas: dict[str, Any]) -> None:
    """Say in requests that are made of operations which these can be: only the board knows."""
    batch = OPERATIONS["batch"]
    assert isinstance(batch, BatchOperation)
    for model, names in {BatchStep: batch.possible, TimelineSegment: adding(OPERATIONS)}.items():
        schemas[model.__name__]["properties"]["operation"]["enum"] = names


def _operation(op: Operation, references: Any, *, strict: bool) -> dict[str, Any]:
    done = _envelope(_output(op, references[op.answer, "serialization"]))
    if op.flat and not strict:
        beside = op.answer.model_json_schema(mode="serialization", schema_generator=FlatJsonSchema)
        done["properties"] = beside["properties"] | done["properties"]
        done["required"] = sorted({*beside["required"], *done["required"]})
    is_true = strict or op.flat
    responses = _failures(_FAILURES if is_true else _ALWAYS_TRUE)
    responses["200"] = _response("Done.", done) if is_true else _response("Done, or not.", {"oneOf": [done, _REFUSED]})
    files = {one: _FILE_SCHEMAS.get(one, {}) for one in op.answer.media_types if one != "application/json"}
    responses["200"]["content"] |= files
    for status in _REPLAYABLE:
        if str(status) in responses:
            responses[str(status)]["headers"] = {"Idempotency-Replayed": _REPLAYED}
    if _has_version(op):
        responses["200"]["headers"]["ETag"] = _ETAG
    return {
        "operationId": f"v1_{op.name}" if strict else op.name,
        "tags": ["strict" if strict else "compatible"],
        "summary": op.summary,
        "description": (op.request.__doc__ or "").strip(),
        "parameters": _headers(op, "POST"),
        "requestBody": {"required": True, "content": _body(op, references[op.request, "validation"])},
        "responses": dict(sorted(responses.items())),
    }


def _routed(op: Operation, references: Any, schema: dict[str, Any], method: str, path: str) -> dict[str, Any]:
    """The strict operation under its further route: with GET and DELETE fields are parameters, all but the path's."""
    described = _operation(op, references, strict=True) | {"operationId": f"at_{op.name}"}
    del described["requestBody"]
    in_path = {name for name in op.request.model_fields if f"{{{name}}}" in path}
    shown = (in_path | _with_a_zip(op, schema)) if method == "POST" else op.request.model_fields.keys()
    in_order = [name for name in schema["properties"] if name in shown]
    described["parameters"] = _parameters(schema, in_order, in_path) + _headers(op, method)
    if method == "POST":
        described["requestBody"] = {"required": not in_path, "content": _body(op, _without(schema, in_path))}
    else:
        described["responses"] = _without_body(op, method, described["responses"]["200"])
    return described


def _with_a_zip(op: Operation, schema: dict[str, Any]) -> set[str]:
    """The fields that go with a zip as the body: in the query, which JSON has no need of."""
    apart = {"document", "meta", "url", op.upload}
    return schema["properties"].keys() - apart if op.upload else set()


def _without(schema: dict[str, Any], names: Collection[str]) -> dict[str, Any]:
    """The schema of a body that leaves out what the path says."""
    properties = {name: field for name, field in schema["properties"].items() if name not in names}
    required = [name for name in schema.get("required", ()) if name not in names]
    return schema | {"properties": properties, "required": required}


def _without_body(op: Operation, method: str, done: dict[str, Any]) -> dict[str, Any]:
    """What a GET or DELETE answers: nothing about bodies, media or calls that are named."""
    never = {*_OF_BODIES, MediaError.status}
    if "expected_version" not in op.request.model_fields:
        never.add(ConflictError.status)
    if not any(name.endswith("_id") for name in op.request.model_fields):
        never.add(NotFoundError.status)
    responses = _failures(status for status in _FAILURES if status not in never)
    done["headers"].pop("Idempotency-Replayed")
    if method == "GET" and op.stream:
        done = {"description": _STREAM, "content": {"text/event-stream": {"schema": _EVENT}}}
        responses["204"] = {"description": "`Last-Event-ID` is that of the last message: there is no more."}
    elif method == "GET" and op.answer.attachment is not Answer.attachment:
        content = {media_type: _FILE_SCHEMAS.get(media_type, {}) for media_type in op.answer.media_types}
        done = {"description": "The file.", "content": content, "headers": _FILE_HEADERS}
    elif method == "GET" and _has_version(op):
        responses["304"] = {"description": "It is as `If-None-Match` says.", "headers": {"ETag": _ETAG}}
    return dict(sorted({**responses, "200": done}.items()))


def _body(op: Operation, schema: Any) -> dict[str, Any]:
    binary = {"schema": {"type": "string", "format": "binary"}}
    zipped = dict.fromkeys(ZIPS if op.upload else (), binary)
    form = {"multipart/form-data": {"schema": _form(op)}} if op.form_limit else {}
    return _json(schema, op.request.example) | zipped | form


def _form(op: Operation) -> dict[str, Any]:
    """The fields of a request as those of a form: its file in place of what is a file in JSON."""
    fields = op.request.model_json_schema(schema_generator=FlatJsonSchema)["properties"]
    plain = {name: field for name, field in fields.items() if not name.endswith("_base64")}
    file = {"type": "string", "format": "binary", "description": "The file."}
    properties = {"file": file, **plain}
    return {"type": "object", "required": ["file"], "properties": properties, "additionalProperties": False}


def _failures(statuses: Iterable[int]) -> dict[str, Any]:
    return {str(status): _response(_FAILURES[status], _REFUSED) for status in statuses}


def _has_version(op: Operation) -> bool:
    """Whether its answers have an ETag."""
    return "version" in op.answer.model_fields


def _renamed(other: OtherName, references: Any, schema: dict[str, Any], *, strict: bool) -> dict[str, Any]:
    """An operation under another name, with every method that this takes; without the fields that the name fixes."""
    op = OPERATIONS[other.operation]
    left = _without(schema, other.fields)
    paths = {}
    for method in other.methods:
        described = _operation(op, references, strict=strict or method == "GET")  # a GET has its true status
        described["tags"] = ["strict" if strict else "compatible"]
        described["operationId"] = f"{method.lower()}_{'v1_' * strict}{other.name}"
        described["summary"] = other.summary or op.summary
        if method == "GET":
            del described["requestBody"]
            described["parameters"] = _parameters(left, left["properties"])
            described["responses"] = _without_body(op, method, described["responses"]["200"])
        elif other.fields:
            described["requestBody"] = {"required": False, "content": _json(left)}
        paths[method.lower()] = described
    return paths


def _parameters(schema: dict[str, Any], names: Iterable[str], in_path: Collection[str] = ()) -> list[dict[str, Any]]:
    """Those fields of a request as parameters of the path or the query."""
    return [
        {
            "name": name,
            "in": "path" if name in in_path else "query",
            "required": name in schema.get("required", ()),
            "description": schema["properties"][name].get("description", ""),
            "schema": schema["properties"][name],
        }
        for name in names
    ]


def _headers(op: Operation, method: str) -> list[dict[str, Any]]:
    """Headers that its routes of that method know."""
    known = []
    if method == "POST":
        known.append("Idempotency-Key")
    if "expected_version" in op.request.model_fields:
        known.append("If-Match")
    if method == "GET" and _has_version(op):
        known.append("If-None-Match")
    return [{"name": name, "in": "header"} | _HEADERS[name] for name in known]


_HEADERS: dict[str, dict[str, Any]] = {
    "Idempotency-Key": {
        "description": "Names the call: sent again within a day with the same key, it is not done again but answered "
        "the same.",
        "schema": {"type": "string", "minLength": 1, "maxLength": KEY_LENGTH},
    },
    "If-Match": {
        "description": "The ETag of an answer about the draft: refuses it (409) when the draft has changed since.",
        "schema": {"type": "string", "pattern": rf"^(\*|{ETAG})$"},
    },
    "If-None-Match": {
        "description": "The ETag of an earlier answer: 304 without a body when the draft has not changed since.",
        "schema": {"type": "string"},
    },
}


def _download() -> dict[str, Any]:
    schema = DOWNLOAD.request.model_json_schema(schema_generator=FlatJsonSchema)
    archive = {"schema": {"type": "string", "format": "binary"}}
    return {
        "operationId": DOWNLOAD.name,
        "tags": ["strict", "compatible"],
        "summary": DOWNLOAD.summary,
        "parameters": _parameters(schema, schema["properties"]),
        "responses": {
            "200": {"description": "The zip.", "content": {"application/zip": archive}},
            "202": _response("The draft is being saved; ask again.", {"type": "object"}),
            **_failures((400, 404, 409, 500, 502, 503)),
        },
    }


def _output(op: Operation, reference: dict[str, Any]) -> dict[str, Any]:
    return _OUTPUTS.get(op.name, reference)


_OUTPUTS: dict[str, dict[str, Any]] = {
    "query_script": {"type": ["string", "object"]},
    "list_types": {"type": "array", "items": {"$ref": "#/components/schemas/NamedType"}},
}
"""Outputs that are not the answer itself."""


def _envelope(output: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["success", "output", "error", "warnings"],
        "properties": {
            "success": {"const": True},
            "output": output,
            "error": {"const": ""},
            "warnings": {"type": "array", "items": {"type": "string"}},
        },
    }


_STREAM = (
    "Server-sent events, one `progress` for each new state and one `end` for the last; `data` is what POST answers as "
    "`output`. A comment every ten seconds is a sign of life. 503 `too_many_streams`: as many are open as may be."
)
_EVENT = {
    "type": "object",
    "required": ["event", "data"],
    "properties": {
        "event": {"type": "string"},
        "data": {"type": "string"},
        "id": {"type": "string"},
    },
}
_FILE_SCHEMAS = {"application/json": {"schema": {"type": "object"}}}
_FILE_HEADERS = {
    "Content-Disposition": {"description": "The name of the file.", "schema": {"type": "string"}},
    "X-Warnings": {
        "description": "What is not exactly as asked, as a JSON array, cut to 4,000 bytes; only if there is any.",
        "schema": {"type": "string"},
    },
}
_REFUSED = {"$ref": "#/components/schemas/Failure"}
_ETAG = {"description": "The version of the draft, for If-Match and If-None-Match.", "schema": {"type": "string"}}
_REPLAYED = {
    "description": "true: this call was answered before, under its Idempotency-Key, and is answered the same.",
    "schema": {"type": "string"},
}
_FAILURE: dict[str, Any] = {
    "type": "object",
    "required": ["success", "output", "error", "code", "fields", "details", "warnings"],
    "properties": {
        "success": {"const": False},
        "output": {"const": ""},
        "error": {"type": "string", "description": "Which field, why, and what to do."},
        "code": {"type": "string", "description": "The kind of failure, for programs."},
        "fields": {
            "type": "array",
            "description": "Each problem beside the field it is about.",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
        "details": {"type": "object", "description": "What helps to go on: a free start, the state of a save."},
        "warnings": {"type": "array", "items": {"type": "string"}},
    },
}


def _response(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": _json(schema)}


def _json(schema: dict[str, Any], example: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"application/json": {"schema": schema} | ({"example": example} if example else {})}
