"""save_template: keep a timeline with variables."""

import secrets

import orjson
from pydantic import Field

from draft_cache import now
from errors import ConflictError, FieldProblem, InvalidRequestError, ServiceError
from fields.answers import Answer
from fields.requests import Changing
from fields.templates import Template
from fields.words import Identifier
from services import Services


class SaveTemplate(Template, Changing):
    """Keep a timeline with variables, of which create_from_template makes drafts."""

    example = {
        "template_id": "greeting",
        "name": "Greeting",
        "timeline": {
            "name": "Hello {{who}}",
            "tracks": [
                {
                    "track_name": "text_main",
                    "segments": [
                        {
                            "operation": "add_text",
                            "length": "{{seconds}}",
                            "parameters": {"text": "Hello {{who}}!", "color": "{{colour}}"},
                        }
                    ],
                }
            ],
        },
        "variables": {
            "who": {"description": "Whom to greet."},
            "seconds": {"type": "number", "default": 3},
            "colour": {"type": "color", "default": "#FFFFFF"},
        },
    }

    template_id: Identifier | None = Field(None, description="Id of the template; left out, one is made.")
    replace: bool = Field(False, description="Take the place of the template of that id, if there is one.")


class SavedTemplate(Answer):
    """The template that is kept."""

    template_id: str = Field(description="The template.")
    required: list[str] = Field(description="Variables that every draft needs a value for.")


def save_template(req: SaveTemplate, services: Services) -> SavedTemplate:
    """Check what can be checked without values, and keep it.

    Raises:
        InvalidRequestError: something stands in the timeline that is none of its variables.
        ConflictError: there is a template of that id, and it is not to be replaced.
    """
    problems = _of_the_draft(req) + _undeclared(req.undeclared()) + req.structure_problems()
    if problems:
        raise InvalidRequestError("; ".join(f"{one['field']}: {one['message']}" for one in problems), problems)
    template_id = req.template_id or f"template_{secrets.token_hex(6)}"
    fields = req.model_dump(mode="json", exclude_unset=True, exclude={"template_id", "replace"})
    value = orjson.dumps({**fields, "saved_at": now()})
    if not services.templates.put(template_id, value, replace=req.replace):
        message = f"there is a template {template_id!r}; send replace: true to put this one in its place"
        raise ConflictError.about("template_id", message)
    return SavedTemplate(
        template_id=template_id,
        required=[name for name, variable in req.variables.items() if variable.must_be_given],
        warnings=[f"variables.{name}: stands nowhere in the timeline" for name in req.unused()]
        + _doubts(req, services),
    )


def _of_the_draft(req: SaveTemplate) -> list[FieldProblem]:
    return [
        FieldProblem(field=f"timeline.{name}", message="is said when a draft is made of it; leave it out")
        for name in ("draft_id", "dry_run")
        if req.timeline.get(name) is not None
    ]


def _undeclared(places: dict[str, str]) -> list[FieldProblem]:
    return [
        FieldProblem(field=place, message=f"{{{{{name}}}}} is none of the variables; declare {name} in variables")
        for place, name in places.items()
    ]


def _doubts(req: SaveTemplate, services: Services) -> list[str]:
    """What would be wrong with a draft of it, if one can be made without values."""
    if any(variable.must_be_given for variable in req.variables.values()):
        return []
    try:
        services.board["create_timeline"]({**req.filled({}), "dry_run": True}, services)
    except ServiceError as error:
        return [f"no draft can be made of it with its defaults: {error}"]
    return []
