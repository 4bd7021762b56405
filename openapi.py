"""The board as an OpenAPI 3.1 document: both faces of every operation.

Schemas are kept flat: an optional field has the plain type of its value, because importers of tool descriptions (Dify
among them) read `type` and do not look into `anyOf`. Null is accepted all the same.
"""

from functools import cache
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, models_json_schema
from pydantic_core import core_schema

from errors import ConflictError, InvalidRequestError, MediaError, NotFoundError, StoreError
from operations import DOWNLOAD, OPERATIONS, Operation

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
        "requestBody": {"required": True, "content": _json(references[op.request, "validation"], op.request.example)},
        "responses": dict(sorted(responses.items())),
    }


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
    return {"type": ["string", "object"]} if op.name == "query_script" else reference


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
