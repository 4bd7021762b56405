"""get_template: read a template."""

from typing import Any

from pydantic import Field

from fields.answers import Answer
from fields.requests import Request
from fields.templates import TemplateId, Variable
from services import Services
from templates import find_template
from util import utc


class GetTemplate(Request):
    """Read a template: its timeline and its variables."""

    example = {"template_id": "greeting"}

    template_id: TemplateId


class TemplateRead(Answer):
    """A template."""

    template_id: str = Field(description="The template.")
    name: str = Field(description="What it is called.")
    description: str = Field(description="What it is for.")
    timeline: dict[str, Any] = Field(description="What create_timeline takes, with variables as {{name}}.")
    variables: dict[str, Variable] = Field(description="Its variables, by name.")
    values_schema: dict[str, Any] = Field(description="JSON Schema of the values that create_from_template takes.")
    saved_at: str = Field(description="When it was saved, as UTC.")


def get_template(req: GetTemplate, services: Services) -> TemplateRead:
    """Find it.

    Raises:
        NotFoundError: there is no such template.
    """
    found = find_template(req.template_id, services)
    return TemplateRead(
        template_id=req.template_id,
        **{name: getattr(found, name) for name in ("name", "description", "timeline", "variables")},
        values_schema=found.schema_of_values(),
        saved_at=utc(found.saved_at),
    )
