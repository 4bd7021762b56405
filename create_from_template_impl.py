"""create_from_template: make a draft of a template, or one for each row of values."""

import time
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationInfo, field_validator

from errors import ConflictError, RefusedStepsError, ServiceError
from fields.answers import Answer
from fields.requests import Changing, Request
from fields.templates import Template, TemplateId, Values
from fields.words import DraftName, Identifier, at_most
from services import Services
from store.drafts import KEY_NAME
from templates import find_template


class Row(Request):
    """One draft."""

    draft_id: Identifier | None = Field(None, description="Id of the new draft; left out, one is made.")
    name: DraftName | None = Field(None, description="Name of the new draft; left out: as the template says.")
    values: Values = {}


class CreateFromTemplate(Changing):
    """Make a draft of a template with values for its variables, or many drafts, one for each of `rows`.

    A row that does not fit makes no draft and is reported; the others are made.
    """

    example = {"template_id": "greeting", "draft_id": "fifth", "values": {"who": "world"}}

    template_id: TemplateId
    draft_id: Identifier | None = Field(None, description="Id of the new draft; left out, one is made.")
    name: DraftName | None = Field(None, description="Name of the new draft; left out: as the template says.")
    values: Values = {}
    rows: Annotated[tuple[Row, ...], at_most(1_000)] = Field(
        (), description="Many drafts, instead of draft_id, name and values."
    )

    @field_validator("rows")
    @classmethod
    def _instead(cls, rows: tuple[Row, ...], known: ValidationInfo) -> tuple[Row, ...]:
        both = [name for name in ("draft_id", "name", "values") if known.data.get(name)]
        if rows and both:
            raise ValueError(f"cannot be combined with {', '.join(both)}; give them in each row")
        return rows


class RowProblem(BaseModel):
    """A problem beside the field it is about."""

    field: str = Field(description="The field.")
    message: str = Field(description="What is wrong with it.")


class RowDone(BaseModel):
    """What came of one row."""

    row: int = Field(description="Which one, from 0.")
    success: bool = Field(description="Whether its draft was made.")
    draft_id: str = Field("", description="The draft.")
    draft_url: str = Field("", description="Where it can be downloaded.")
    error: str = Field("", description="Why there is none.")
    code: str = Field("", description="The kind of failure, for programs.")
    fields: list[RowProblem] = Field([], description="Each problem beside the field it is about.")
    warnings: list[str] = Field([], description="What was not done exactly as asked.")


class MadeOfTemplate(Answer):
    """The drafts that were made."""

    draft_id: str = Field(description="The draft; of many the first that was made.")
    draft_url: str = Field(description="Where it can be downloaded.")
    created: int = Field(description="How many drafts were made.")
    failed: int = Field(description="How many rows have none.")
    results: list[RowDone] = Field(description="What came of each row, in order.")


def create_from_template(req: CreateFromTemplate, services: Services) -> MadeOfTemplate:
    """Make them one by one.

    Raises:
        NotFoundError: there is no such template.
        RefusedStepsError: no draft could be made.
    """
    template = find_template(req.template_id, services)
    results, refused = [], {}
    end = time.monotonic() + _PATIENCE
    for number, (place, row) in enumerate(_rows(req)):
        try:
            if time.monotonic() > end:
                raise ConflictError("not begun: the rows before it took a minute; send it again")
            results.append(_made(number, row, template, services))
        except ServiceError as error:
            refused[number] = error.inside(place) if place else error
            results.append(_failed(number, error))
    made = [one for one in results if one.success]
    if not made:
        raise RefusedStepsError(refused)
    return MadeOfTemplate(
        draft_id=made[0].draft_id,
        draft_url=made[0].draft_url,
        created=len(made),
        failed=len(refused),
        results=results,
        warnings=[f"{len(refused)} of {len(results)} rows have no draft; results say why"] if refused else [],
    )


_PATIENCE = 60.0
"""Seconds after which no further row is begun: media that nobody answers for can take long."""


def _rows(req: CreateFromTemplate) -> Iterator[tuple[str, Row]]:
    if not req.rows:
        yield "", Row(draft_id=req.draft_id, name=req.name, values=req.values)
    for number, row in enumerate(req.rows):
        yield f"rows.{number}", row


def _made(number: int, row: Row, template: Template, services: Services) -> RowDone:
    timeline = template.filled(row.values)
    own = {"draft_id": row.draft_id} | ({"name": row.name} if row.name else {})
    try:
        done: Any = services.board["create_timeline"](timeline | own, _keyed(services, number), strict=services.strict)
    except ServiceError as error:
        raise error.relocated(lambda place: place if place in own else f"timeline.{place}") from None
    return RowDone(row=number, success=True, draft_id=done.draft_id, draft_url=done.draft_url, warnings=done.warnings)


def _keyed(services: Services, number: int) -> Services:
    """Each draft is made once, however often the call is sent again."""
    if not services.call_key:
        return services
    return replace(services, call_key=sha256(f"{services.call_key} {number}".encode()).hexdigest()[: 2 * KEY_NAME])


def _failed(number: int, error: ServiceError) -> RowDone:
    problems = [RowProblem(**one) for one in error.fields]
    return RowDone(row=number, success=False, error=str(error), code=error.code, fields=problems)
