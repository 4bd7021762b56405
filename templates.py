"""Templates as they are kept, for the operations on them."""

import orjson
from pydantic import ValidationError

from errors import NotFoundError, ServiceError, StoreError
from fields.templates import Template
from services import Services


class KeptTemplate(Template):
    """A template and when it was saved."""

    saved_at: int
    """Milliseconds since 1970."""


def find_template(template_id: str, services: Services) -> KeptTemplate:
    """The template of that id.

    Raises:
        NotFoundError: there is none.
    """
    value = services.templates.get(template_id)
    if value is None:
        raise no_such_template(template_id)
    return read_template(value)


def read_template(value: bytes) -> KeptTemplate:
    """A template as it was kept.

    Raises:
        StoreError: it is damaged.
    """
    try:
        return KeptTemplate.model_validate(orjson.loads(value))
    except (ValueError, ValidationError) as error:
        raise StoreError("a template is damaged in the store") from error


def no_such_template(template_id: str) -> ServiceError:
    """That there is none of that id."""
    return NotFoundError.about(
        "template_id", f"there is no template {template_id!r}; list_templates lists those there are"
    )
