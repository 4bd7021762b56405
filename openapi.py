"""The board as an OpenAPI 3.1 document: both faces of every operation.

Schemas are kept flat: an optional field has the plain type of its value, because importers of tool descriptions (Dify
among them) read `type` and do not look into `anyOf`. Null is accepted all the same.
"""

from functools import cache
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, models_json_schema
from pydantic_core import core_schema

from errors import ConflictError, InvalidRequestError, MediaError, NotFoundError, StoreError
from fields.answers import Answer
from operations import DOWNLOAD, OPERATIONS, Operation
from other_names import OTHER_NAMES, OtherName

VERSION = "0.1.0"

_FAILURES: dict[int, str] = {
    InvalidRequestError.status: "The request does not fit; `fields` names each problem.",
    NotFoundError.status: "There is no such draft, segment, track or task.",
    ConflictError.status: "The draft, as it is now, has no room for it.",
    413: "The body is too large.",
    415: "The body is not application/json.",
    500: "A fault of the service; the log has it under the X-Request-ID of the answer.",
    StoreError.status: "Drafts cannot be read or written just now; nothing was done.",
    MediaError.status: "A medium could not be had, or a save failed; `details` has its state.",
}
_ALWAYS_TRUE = (400, 413, 415, 500)  # on the compatible face too; everything else is 200 there


class FlatJsonSchema(GenerateJsonSchema):
    """Optional[X] as X, and no default of null."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> dict[str, Any]:
        """The schema of the value that is not null."""
        return self.generate_inner(schema["schema"])

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
    references, definitions = models_json_schema(
        models, ref_template="#/components/schemas/{model}", schema_generator=FlatJsonSchema
    )
    paths: dict[str, Any] = {}
    for op in OPERATIONS.values():
        paths[f"/{op.name}"] = {"post": _operation(op, references, strict=False)}
    for op in OPERATIONS.values():
        paths[f"/v1/{op.name}"] = {"post": _operation(op, references, strict=True)}
    for op in OPERATIONS.values():
        if op.route:
            method, path = op.route.split()
            path = path.replace("<", "{").replace(">", "}")
            paths.setdefault(path, {})[method.lower()] = _routed(op, references, method, path)
    for other in OTHER_NAMES:
        for face in ("/", "/v1/"):
            paths[f"{face}{other.name}"] = _renamed(other, references, strict=face == "/v1/")
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
        "components": {"schemas": {**definitions["$defs"], "Failure": _FAILURE}},
    }


def _operation(op: Operation, references: Any, *, strict: bool) -> dict[str, Any]:
    done = _envelope(_output(op, references[op.answer, "serialization"]))
    failure = {"$ref": "#/components/schemas/Failure"}
    statuses = _FAILURES if strict else _ALWAYS_TRUE
    responses = {str(status): _response(_FAILURES[status], failure) for status in statuses}
    responses["200"] = _response("Done.", done) if strict else _response("Done, or not.", {"oneOf": [done, failure]})
    return {
        "operationId": f"v1_{op.name}" if strict else op.name,
        "tags": ["strict" if strict else "compatible"],
        "summary": op.summary,
        "description": (op.request.__doc__ or "").strip(),
        "parameters": _headers(op),
        "requestBody": {"required": True, "content": _json(references[op.request, "validation"], op.request.example)},
        "responses": dict(sorted(responses.items())),
    }


def _routed(op: Operation, references: Any, method: str, path: str) -> dict[str, Any]:
    """The strict operation under its further route: with GET and DELETE fields are parameters, all but the path's."""
    described = _operation(op, references, strict=True) | {"operationId": f"at_{op.name}"}
    body = described.pop("requestBody")
    in_path = {name for name in op.request.model_fields if f"{{{name}}}" in path}
    if method == "POST":
        schema = body["content"]["application/json"]["schema"]
        described["requestBody"] = {"required": False, "content": _json(schema)}
    shown = in_path if method == "POST" else op.request.model_fields.keys()
    properties = op.request.model_json_schema(schema_generator=FlatJsonSchema)["properties"]
    described["parameters"] = [_parameter(name, properties[name], name in in_path) for name in shown]
    if method == "GET" and op.answer.attachment is not Answer.attachment:
        described["responses"]["200"] = {"description": "The file.", "content": _json({"type": "object"})}
    return described


def _renamed(other: OtherName, references: Any, *, strict: bool) -> dict[str, Any]:
    """An operation under another name, with every method that this takes; without the fields that the name fixes."""
    op = OPERATIONS[other.operation]
    properties = op.request.model_json_schema(schema_generator=FlatJsonSchema)["properties"]
    left = {name: schema for name, schema in properties.items() if name not in other.fields}
    paths = {}
    for method in other.methods:
        described = _operation(op, references, strict=strict or method == "GET")  # a GET has its true status
        described["tags"] = ["strict" if strict else "compatible"]
        described["operationId"] = f"{method.lower()}_{'v1_' * strict}{other.name}"
        described["summary"] = other.summary or op.summary
        if method == "GET":
            del described["requestBody"]
            described["parameters"] = [_parameter(name, schema, in_path=False) for name, schema in left.items()]
        elif other.fields:
            described["requestBody"] = {"required": False, "content": _json({"type": "object", "properties": left})}
        paths[method.lower()] = described
    return paths


def _parameter(name: str, schema: dict[str, Any], in_path: bool) -> dict[str, Any]:
    place = "path" if in_path else "query"
    about = {"name": name, "in": place, "required": in_path, "description": schema.get("description", "")}
    return {**about, "schema": schema}


def _headers(op: Operation) -> list[dict[str, Any]]:
    """Headers that POST routes know."""
    text = {"type": "string"}
    key = "Names the call: sent again within a day with the same key, it is not done again but answered the same."
    known = [{"name": "Idempotency-Key", "in": "header", "description": key, "schema": text}]
    if "expected_version" in op.request.model_fields:
        match = "The ETag of an answer about the draft: refuses the edit (409) when the draft has changed since."
        known.append({"name": "If-Match", "in": "header", "description": match, "schema": text})
    return known


def _download() -> dict[str, Any]:
    fields = DOWNLOAD.request.model_fields
    failure = {"$ref": "#/components/schemas/Failure"}
    archive = {"schema": {"type": "string", "format": "binary"}}
    return {
        "operationId": DOWNLOAD.name,
        "tags": ["strict", "compatible"],
        "summary": DOWNLOAD.summary,
        "parameters": [
            {
                "name": name,
                "in": "query",
                "required": field.is_required(),
                "description": field.description,
                "schema": {"type": "string"},
            }
            for name, field in fields.items()
        ],
        "responses": {
            "200": {"description": "The zip.", "content": {"application/zip": archive}},
            "202": _response("The draft is being saved; ask again.", {"type": "object"}),
            **{str(status): _response(_FAILURES[status], failure) for status in (400, 404, 500, 502)},
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
