"""delete_template: remove a template."""

from pydantic import Field

from fields.answers import Answer
from fields.requests import Changing
from fields.templates import TemplateId
from services import Services
from templates import no_such_template


class DeleteTemplate(Changing):
    """Remove a template for good; drafts that were made of it stay."""

    example = {"template_id": "greeting"}

    template_id: TemplateId


class DeletedTemplate(Answer):
    """The template that is gone."""

    template_id: str = Field(description="The template.")


def delete_template(req: DeleteTemplate, services: Services) -> DeletedTemplate:
    """Remove it.

    Raises:
        NotFoundError: there is no such template.
    """
    if services.templates.change(req.template_id, lambda _: None) is None:
        raise no_such_template(req.template_id)
    return DeletedTemplate(template_id=req.template_id)
