"""list_templates: which templates there are."""

from pydantic import BaseModel, Field

from fields.answers import Answer
from fields.pages import Searched
from services import Services
from templates import KeptTemplate, read_template
from util import utc


class ListTemplates(Searched):
    """List templates by name: search by id or name, page through them."""

    example = {"search": "greet"}


class ListedTemplate(BaseModel):
    """One template of a list."""

    template_id: str = Field(description="The template.")
    name: str = Field(description="What it is called.")
    description: str = Field(description="What it is for.")
    variables: list[str] = Field(description="Names of its variables.")
    required: list[str] = Field(description="Those of them that every draft needs a value for.")
    saved_at: str = Field(description="When it was saved, as UTC.")


class TemplateList(Answer):
    """One page of templates."""

    templates: list[ListedTemplate] = Field(description="The templates of this page.")
    total: int = Field(description="How many there are on all pages.")


def list_templates(req: ListTemplates, services: Services) -> TemplateList:
    """Read all that there are."""
    kept = {template_id: read_template(value) for template_id, value in services.templates.all().items()}
    found = [
        _listed(template_id, one)
        for template_id, one in sorted(kept.items(), key=lambda item: (item[1].name.casefold(), item[0]))
        if req.finds(template_id, one.name)
    ]
    return TemplateList(templates=req.page(found), total=len(found))


def _listed(template_id: str, one: KeptTemplate) -> ListedTemplate:
    return ListedTemplate(
        template_id=template_id,
        name=one.name,
        description=one.description,
        variables=list(one.variables),
        required=[name for name, variable in one.variables.items() if variable.must_be_given],
        saved_at=utc(one.saved_at),
    )
