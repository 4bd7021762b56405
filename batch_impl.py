"""batch: many edits of one draft in one call, all or none."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cached_property
from typing import Annotated, Any, TypeVar

from pydantic import AliasChoices, Field, PrivateAttr, field_validator

from create_draft import CreateDraft
from engine.script_file import Script_file
from errors import DraftExistsError, InvalidRequestError, NotFoundError, RefusedStepsError, ServiceError
from fields.answers import Answer, BatchDone, DraftAnswer, StepDone
from fields.requests import Edit, InDraft, Request
from fields.steps import BatchStep
from fields.words import at_most, some
from operation import Operation
from services import Services

MOST_STEPS = 50_000  # a timeline of 20,000 segments has as many, with keyframes more
_MOST_REFUSED = 100  # then the rest is not looked at: to name what is near to a wrong name takes milliseconds
_ALIAS = "alias://"
_BEGINNING = "create_draft"
_FIRST_EDIT = 2


class Batch(InDraft):
    """Do many edits of one draft in order, all or none; they count as one step of its history.

    An operation that is refused takes back all of them, and the answer names every problem, not only the first.
    """

    example = {
        "draft_id": "first",
        "operations": [
            {"operation": "add_text", "alias": "title", "request": {"text": "One call", "track_name": "b", "end": 2}},
            {
                "operation": "add_video_keyframe",
                "request": {"segment_id": "alias://title", "property_type": "alpha", "time": 0, "value": "0%"},
            },
        ],
    }

    operations: Annotated[tuple[BatchStep, ...], some, at_most(MOST_STEPS)] = Field(
        validation_alias=AliasChoices("operations", "script"),
        description="The operations, in order.",
    )

    _bound: "tuple[BoundStep, ...]" = PrivateAttr(())
    _refused: dict[int, ServiceError] = PrivateAttr({})

    def begins(self) -> dict[str, Any]:
        """See InDraft. A create_draft in front says how the draft is made."""
        first = self._bound[0].req if self._bound else None
        if not isinstance(first, CreateDraft):
            return super().begins()
        own = self.model_dump(include={"width", "height"}, exclude_unset=True)
        return own | first.model_dump(exclude_unset=True, exclude={"draft_id"})

    @field_validator("operations")
    @classmethod
    def _told_apart(cls, steps: tuple[BatchStep, ...]) -> tuple[BatchStep, ...]:
        twice = [alias for alias, count in Counter(step.alias for step in steps).items() if alias and count > 1]
        if twice:
            raise ValueError(f"must not have the alias {twice[0]!r} twice")
        return steps

    @property
    def makes_draft(self) -> bool:
        """Whether it insists on a new draft."""
        return self.operations[0].operation == _BEGINNING

    @property
    def bound(self) -> "tuple[BoundStep, ...]":
        """The operations, ready to be done."""
        return self._bound

    @property
    def refused(self) -> dict[int, ServiceError]:
        """Those that cannot be done, whatever the draft is like."""
        return self._refused

    def bind(self, bound: "Sequence[BoundStep]", refused: dict[int, ServiceError] | None = None) -> "Batch":
        """The same batch with its operations ready to be done, all but the refused ones."""
        twin = self.model_copy()
        twin._bound, twin._refused = tuple(bound), refused or {}
        return twin

    def of(self, bound: "Sequence[BoundStep]") -> "Batch":
        """The batch of those operations, as it is logged."""
        return self.model_copy(update={"operations": tuple(step.logged() for step in bound)}).bind(bound)


@dataclass(frozen=True)
class BoundStep:
    """An operation and its checked request."""

    place: int
    """Which of the batch's operations it is, from 0."""
    operation: Operation
    req: Request
    alias: str | None

    def logged(self) -> BatchStep:
        """What the log keeps of it."""
        fields = self.req.model_dump(mode="json", exclude_unset=True, exclude={"draft_id"})
        return BatchStep(operation=self.operation.name, request=fields, alias=self.alias)

    def references(self) -> dict[str, str]:
        """The aliases that it speaks of, by field."""
        values = ((name, getattr(self.req, name)) for name in self.req.model_fields_set if name.endswith("segment_id"))
        return {
            name: value.removeprefix(_ALIAS)
            for name, value in values
            if isinstance(value, str) and value.startswith(_ALIAS)
        }


def batch(req: Batch, script: Script_file) -> BatchDone:
    """Do one after the other; those that speak of a refused one are left out of what is reported.

    Raises:
        RefusedStepsError: some were refused. Others may have been done: the caller rolls back.
    """
    run = _Run(script, req)
    for step in req.bound:
        run.do(step)
    if run.refused:
        raise RefusedStepsError({place: error.reworded(run.made) for place, error in sorted(run.refused.items())})
    return BatchDone(draft_id=script.draft_id, version=script.version, results=run.results, warnings=run.warnings)


class _Run:
    """A batch under way."""

    def __init__(self, script: Script_file, req: Batch) -> None:
        self.script = script
        self.results: list[StepDone] = []
        self.warnings: list[str] = []
        self.made: dict[str, str] = {}
        """What to call the segments that were added, by their ids, which nobody has heard of."""
        self.refused = dict(req.refused)
        self._segments: dict[str, str | None] = {}
        """Ids of segments by alias; None: what has it adds no segment."""
        places = {step.place for step in req.bound}
        self._lost = {step.alias for place, step in enumerate(req.operations) if place not in places}
        """Aliases of what was refused."""

    def do(self, step: BoundStep) -> None:
        """Do one operation, or note why it cannot be done."""
        if len(self.refused) >= _MOST_REFUSED:
            return
        try:
            req = self.resolved(step)
            answer = self.answer(step, req) if req else None
        except ServiceError as error:
            self.refused[step.place] = error.inside(f"operations.{step.place}.request")
            answer = None
        if answer:
            self.note(step, answer)
        elif step.alias:
            self._lost.add(step.alias)

    def answer(self, step: BoundStep, req: Request) -> Answer:
        if step.operation.name == _BEGINNING:
            if self.script.version != _FIRST_EDIT:
                raise DraftExistsError(self.script.draft_id)
            return Answer()
        with self.script.all_or_nothing():
            return step.operation.run(req, self.script)

    def resolved(self, step: BoundStep) -> Request | None:
        """Its request with ids of segments for aliases; None when it speaks of what was refused."""
        aliases = step.references()
        if self._lost & set(aliases.values()):
            return None
        found = {name: self.segment(name, alias) for name, alias in aliases.items()}
        for name in step.req.model_fields_set:
            if name.endswith("segment_id") and getattr(step.req, name) in self._segments:
                raise NotFoundError.about(name, f"is an alias of this batch; write {_ALIAS}{getattr(step.req, name)}")
        return step.req.model_copy(update=found) if found else step.req

    def segment(self, name: str, alias: str) -> str:
        """The segment of that alias, which the field `name` speaks of."""
        if alias not in self._segments:
            known = f"; known here: {', '.join(self._segments)}" if self._segments else ""
            raise NotFoundError.about(name, f"no operation before this one has the alias {alias!r}{known}")
        segment = self._segments[alias]
        if segment is None:
            raise NotFoundError.about(name, f"the operation of the alias {alias!r} adds no segment")
        return segment

    def note(self, step: BoundStep, answer: Answer) -> None:
        segment = _added(answer)
        if step.alias:
            self._segments[step.alias] = segment
        if segment:
            self.made[segment] = f"{_ALIAS}{step.alias}" if step.alias else f"of operations.{step.place}"
        self.warnings += [f"operations.{step.place}: {warning}" for warning in answer.warnings]
        output = answer.model_dump(mode="json", exclude={"warnings", *DraftAnswer.model_fields})
        self.results.append(StepDone(operation=step.operation.name, alias=step.alias, output=output))


def _added(answer: Answer) -> str | None:
    """The segment that is new: of one that was split its right part."""
    return getattr(answer, "new_segment_id", None) or getattr(answer, "segment_id", None)


@dataclass(frozen=True)
class BatchOperation(Operation):
    """The operation that does others: those of `board`."""

    board: Mapping[str, Operation] = field(default_factory=dict)

    @cached_property
    def possible(self) -> list[str]:
        """Names of the operations that a batch can have; create_draft only as its first."""
        return [name for name, op in self.board.items() if name == _BEGINNING or (op.is_edit and op is not self)]

    def read(self, payload: Any, strict: bool) -> tuple[Request, list[str]]:
        """See Operation. What cannot be read is refused with what cannot be done: all is named at once."""
        req, warnings = super().read(payload, strict)
        assert isinstance(req, Batch)
        draft_id = req.draft_id or next(
            (said for step in req.operations if (said := step.request.get("draft_id"))), None
        )

        def read_step(place: int, step: BatchStep) -> BoundStep:
            op = self._of(place, step.operation)
            with _inside("request"):
                read, more = op.read(_addressed(step.request, draft_id), strict)
            warnings.extend(f"operations.{place}: {warning}" for warning in more)
            return BoundStep(place, op, read, step.alias)

        bound, refused = _each(enumerate(req.operations), read_step)
        return req.model_copy(update={"draft_id": draft_id}).bind(bound, refused), warnings

    def logged_before(self, fields: dict[str, Any], draft_id: str) -> Edit:
        """See Operation."""
        req = super().logged_before(fields, draft_id)
        assert isinstance(req, Batch)

        def read_step(place: int, step: BatchStep) -> BoundStep:
            op = self._of(place, step.operation)
            read = op.logged_before(step.request, draft_id) if op.is_edit else op.request.model_validate(step.request)
            return BoundStep(place, op, read, step.alias)

        bound, refused = _each(enumerate(req.operations), read_step)
        if refused:
            raise RefusedStepsError(refused)
        return req.bind(bound)

    def learn(self, req: Edit, services: Services) -> tuple[Edit, list[str]]:
        """See Operation. What is logged has what every operation had to learn."""
        assert isinstance(req, Batch)
        warnings: list[str] = []

        def learn_step(place: int, step: BoundStep) -> BoundStep:
            if not isinstance(step.req, Edit):
                return step
            with _inside("request"):
                learned, more = step.operation.learn(step.req, services)
            warnings.extend(f"operations.{place}: {warning}" for warning in more)
            return replace(step, req=learned)

        if req.refused:  # then nothing is fetched in vain, and what would need it is left out
            return req.bind([step for step in req.bound if not step.operation.prepare], req.refused), []
        bound, refused = _each(((step.place, step) for step in req.bound), learn_step)
        return (req.bind(bound, refused) if refused else req.of(bound)), warnings

    def _of(self, place: int, name: str) -> Operation:
        """The operation of that name, if it can be done there.

        Raises:
            InvalidRequestError: it cannot, or there is none.
        """
        op = self.board.get(name)
        if op and name in self.possible and (name != _BEGINNING or place == 0):
            return op
        if op is None:
            near = ", ".join(get_close_matches(name, self.board, n=3))
            why = f"there is no operation {name!r}" + (f"; nearest: {near}" if near else "")
        elif name == _BEGINNING:
            why = "only the first operation can be create_draft: a batch is about one draft"
        else:
            why = f"{name} cannot be in a batch; send it by itself"
        raise InvalidRequestError.about("operation", why)


@contextmanager
def _inside(place: str) -> Iterator[None]:
    try:
        yield
    except ServiceError as error:
        raise error.inside(place) from None


_T = TypeVar("_T")
_NEW = "new"  # a draft that has no id yet; nobody reads it


def _each(
    steps: Iterable[tuple[int, _T]], done: Callable[[int, _T], BoundStep]
) -> tuple[list[BoundStep], dict[int, ServiceError]]:
    """Every step, done, and by their place those that were refused."""
    bound: list[BoundStep] = []
    refused: dict[int, ServiceError] = {}
    for place, step in steps:
        if len(refused) >= _MOST_REFUSED:
            break
        try:
            bound.append(done(place, step))
        except ServiceError as error:
            refused[place] = error.inside(f"operations.{place}")
    return bound, refused


def _addressed(fields: dict[str, Any], draft_id: str | None) -> dict[str, Any]:
    """The fields of a step with the draft they are about.

    Raises:
        InvalidRequestError: they say what only the batch can say.
    """
    for name in ("expected_version", "dry_run"):
        if fields.get(name) is not None:
            raise InvalidRequestError.about(name, "concerns the batch as a whole; give it beside operations")
    if fields.get("draft_id") not in (None, draft_id):
        raise InvalidRequestError.about("draft_id", "is not the batch's; a batch is about one draft, leave it out")
    return fields | {"draft_id": draft_id or _NEW}
