"""Templates: a timeline with variables, and what is put in their place."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError, ValidationInfo, field_validator

from errors import FieldProblem, InvalidRequestError
from problems import refusal

from .requests import Request
from .timeline import Json, Timeline
from .words import Colour, Identifier, MediaUrl, Number

_NAME = r"[^\s{}](?:[^{}\x00-\x1f]{0,98}[^\s{}])?"
_PLACE = re.compile(rf"\{{\{{\s*({_NAME})\s*\}}\}}")

Type = Literal["text", "number", "boolean", "color", "url", "json"]
_CHECKS: dict[Type, TypeAdapter[Any]] = {
    "text": TypeAdapter(Annotated[str, Field(max_length=10_000), BeforeValidator(lambda value: _spelled(value))]),
    "number": TypeAdapter(Annotated[Number, Field(allow_inf_nan=False)]),
    "boolean": TypeAdapter(bool),
    "color": TypeAdapter(Colour),
    "url": TypeAdapter(MediaUrl),
    "json": TypeAdapter(Any),
}
_SCHEMAS: dict[Type, dict[str, Any]] = {
    "text": {"type": "string"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "color": {"type": "string", "format": "color"},
    "url": {"type": "string", "format": "uri"},
    "json": {},
}

_SAMPLES: dict[Type, Any] = {
    **{"text": "a", "number": 1, "boolean": True},
    **{"color": "#000000", "url": "asset://samples/clip.mp4", "json": None},
}

TemplateId = Annotated[Identifier, Field(description="The template.")]
Values = Annotated[Json, Field(description="Values of the template's variables, by name.")]


class Variable(Request):
    """What can be different in each draft that is made of a template."""

    type: Type = Field(
        "text", description="text, number, boolean, color (#RRGGBB), url (of a medium), json (anything)."
    )
    required: bool | None = Field(
        None,
        description="Whether a value must be given; left out: unless there is a default. With neither value nor "
        "default it is as if the field was left out, or an empty text inside a longer one.",
    )
    default: Any = Field(None, description="Its value where none is given.")
    description: Annotated[str, Field(max_length=1_000)] = Field("", description="What it is for.")

    @field_validator("default")
    @classmethod
    def _fits(cls, default: Any, known: ValidationInfo) -> Any:
        if default is None or "type" not in known.data:
            return default
        try:
            return _CHECKS[known.data["type"]].validate_python(default)
        except ValidationError as error:
            raise ValueError(_why(error)) from None

    @property
    def must_be_given(self) -> bool:
        """Whether a value must be given."""
        return self.default is None if self.required is None else self.required

    def value(self, given: Any) -> Any:
        """What is put in its place.

        Raises:
            ValueError: it is none of its type, or must be given and is not.
        """
        if given is None:
            if self.must_be_given:
                raise ValueError("required and missing: the template needs it")
            return self.default
        try:
            return _CHECKS[self.type].validate_python(given)
        except ValidationError as error:
            raise ValueError(_why(error)) from None

    def schema_of_value(self) -> dict[str, Any]:
        """JSON Schema of its value."""
        about = {"description": self.description, "default": self.default}
        return _SCHEMAS[self.type] | {name: said for name, said in about.items() if said not in ("", None)}


class Template(Request):
    """A timeline with variables."""

    name: Annotated[str, Field(max_length=200)] = Field("", description="What it is called.")
    description: Annotated[str, Field(max_length=2_000)] = Field("", description="What it is for.")
    timeline: Json = Field(
        description="What create_timeline takes, but for draft_id; {{title}} in any text stands for the variable "
        "title, and a text that is nothing else becomes its value: a number for a number."
    )
    variables: dict[str, Variable] = Field(
        {}, description="Its variables, by name.", json_schema_extra={"propertyNames": {"pattern": f"^{_NAME}$"}}
    )

    @field_validator("variables")
    @classmethod
    def _are_named(cls, variables: dict[str, Variable]) -> dict[str, Variable]:
        for name in variables:
            if not re.fullmatch(_NAME, name):
                raise ValueError(f"{name!r} is no name: 1 to 100 characters without braces, and no blank at its ends")
        return variables

    def undeclared(self) -> dict[str, str]:
        """Names that stand in the timeline and are none of its variables, by place."""
        return {place: name for place, name in _names(self.timeline, "timeline") if name not in self.variables}

    def structure_problems(self) -> list[FieldProblem]:
        """What is wrong with it whatever the values are: fields that there are not, or that are missing."""
        samples: dict[str, Any] = dict.fromkeys(self.undeclared().values())
        samples |= {name: _SAMPLES[variable.type] for name, variable in self.variables.items()}
        try:
            Timeline.model_validate(_filled(self.timeline, samples))
        except ValidationError as error:
            found = error.errors(include_url=False, include_context=False, include_input=False)
            wrong = [one for one in found if one["type"] in ("extra_forbidden", "missing")]
            return list(refusal(wrong, Timeline.model_fields, "timeline").fields) if wrong else []
        return []

    def unused(self) -> list[str]:
        """Variables that stand nowhere."""
        used = {name for _, name in _names(self.timeline, "timeline")}
        return [name for name in self.variables if name not in used]

    def filled(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The timeline with values in place of its variables.

        Raises:
            InvalidRequestError: a value is missing, of another type, or of no variable; all of them are named.
        """
        chosen, problems = {}, []
        for name in values.keys() - self.variables.keys():
            message = f"the template has no such variable; it has {', '.join(self.variables) or 'none'}"
            problems.append(FieldProblem(field=f"values.{name}", message=message))
        for name, variable in self.variables.items():
            try:
                chosen[name] = variable.value(values.get(name))
            except ValueError as error:
                problems.append(FieldProblem(field=f"values.{name}", message=str(error)))
        if problems:
            problems.sort(key=lambda one: one["field"])
            message = "; ".join(f"{one['field']}: {one['message']}" for one in problems)
            raise InvalidRequestError(message, problems)
        filled: dict[str, Any] = _filled(self.timeline, chosen)
        return filled

    def schema_of_values(self) -> dict[str, Any]:
        """JSON Schema of its values, for forms."""
        return {
            "type": "object",
            "properties": {name: variable.schema_of_value() for name, variable in self.variables.items()},
            "required": [name for name, variable in self.variables.items() if variable.must_be_given],
            "additionalProperties": False,
        }


def _names(part: Any, place: str) -> Iterator[tuple[str, str]]:
    """Every name that stands in the texts of some JSON, with its place."""
    if isinstance(part, str):
        yield from ((place, name) for name in _PLACE.findall(part))
    elif isinstance(part, dict | list):
        for name, inner in part.items() if isinstance(part, dict) else enumerate(part):
            yield from _names(inner, f"{place}.{name}")
            if isinstance(name, str) and _PLACE.search(name):
                yield f"{place}.{name}", name  # which is none of the variables: names of fields are not filled


def _filled(part: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(part, dict):
        return {name: _filled(inner, values) for name, inner in part.items()}
    if isinstance(part, list):
        return [_filled(inner, values) for inner in part]
    if not isinstance(part, str):
        return part
    whole = _PLACE.fullmatch(part)
    return values[whole[1]] if whole else _PLACE.sub(lambda found: _as_text(values[found[1]]), part)


def _spelled(value: Any) -> Any:
    """A number as the text that tables and forms mean by it."""
    return _as_text(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _as_text(value: Any) -> str:
    """A value inside a text: nothing for none, and 3 for 3.0."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _why(error: ValidationError) -> str:
    return str(error.errors()[0]["msg"]).removeprefix("Value error, ").replace("Input should be", "must be")
