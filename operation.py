"""What an operation is to the board: a function that is checked, logged and done again by its own signature.

There are two kinds, told apart by what the function takes beside its request:

- an *edit* takes the draft: `add_text(req, script)`. It is logged, and done again whenever the draft is rebuilt; so it
  must depend on nothing but its request and the draft, and must raise before it changes anything. What it needs to
  learn from elsewhere first (the text at a URL), its line's `prepare` puts into the request.
- any other takes the working parts: `save_draft(req, services)`.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, get_type_hints

import orjson
from pydantic import ValidationError

from create_draft import Start, first_row, start
from data_urls import without_data
from draft_cache import now
from engine.catalog import App
from engine.script_file import Script_file
from errors import DraftExistsError, DraftNotFoundError, StoreError
from fields.answers import Answer, DraftAnswer, Event
from fields.requests import Changing, Edit, InDraft, OfDraft, Request, new_draft_id
from problems import MOST_PROBLEMS, explain, place, refusal
from services import Services
from skeletons import target_of_new
from store.drafts import Done, Row


@dataclass(frozen=True)
class Operation:
    """A named function from a request to an answer."""

    name: str
    run: Callable[[Any, Any], Answer]
    compatible_defaults: Mapping[str, str] = field(default_factory=dict)
    """Fields that the compatible face fills from a setting when they are left out: field to setting."""
    prepare: Callable[[Any, Services], tuple[Any, list[str]]] | None = None
    """Edits: what must be learned before the edit can be logged, since doing it again may learn nothing more.

    Answers the request that is logged and done, and warnings.
    """
    route: str = ""
    """A further way to reach it, as `GET /v1/drafts/<draft_id>`; what is in the path or the query are fields."""
    stream: Callable[[Any, Services], Iterator[Event | None]] | None = None
    """What a GET of its route sends instead of its answer, as server-sent events; None among them: a sign of life."""
    body_limit: str = "max_body_bytes"
    """The setting that limits the body of its request."""
    upload: str = ""
    """The field that a zip fills which is sent as the body. Whole numbers in JSON have any length then."""
    form_limit: str = ""
    """The setting that limits a form with a file, if it takes one."""
    flat: bool = False
    """On the compatible face the fields of its output stand beside the envelope too, and failures have their status."""

    @cached_property
    def _hints(self) -> dict[str, Any]:
        return get_type_hints(self.run)

    @property
    def request(self) -> type[Request]:
        """The request model, read from the function's own signature."""
        return self._hints["req"]  # type: ignore[no-any-return]

    @property
    def answer(self) -> type[Answer]:
        """The answer model, read from the function's own signature."""
        return self._hints["return"]  # type: ignore[no-any-return]

    @property
    def is_edit(self) -> bool:
        """Whether it changes a draft, and so is logged."""
        return "script" in self._hints

    @property
    def summary(self) -> str:
        """The first line of the request model's docstring; every door shows this one."""
        return (self.request.__doc__ or "").strip().splitlines()[0]

    def __call__(self, payload: Any, services: Services, *, strict: bool = True) -> Answer:
        """Check `payload`, do the work, answer. A call that `services` has a key for is done once.

        Not strict: unknown fields are left aside, and an edit of an unknown draft starts it; both with a warning.

        Raises:
            ServiceError: what the caller did wrong, or what went wrong for them.
        """
        if not strict:
            services = replace(services, strict=False)
        if not strict and isinstance(payload, dict):
            lenient = {name: getattr(services.settings, key) for name, key in self.compatible_defaults.items()}
            payload = lenient | {
                name: value
                for name, value in payload.items()
                if value is not None and (value != "" or name not in lenient)
            }
        req, warnings = self.read(payload, strict)
        if isinstance(req, Changing) and req.dry_run:
            services = services.rehearsal
            warnings.append("dry_run: nothing was changed; this is how the call would be answered")
        if self.is_edit:
            assert isinstance(req, Edit)
            answer = self._edit(req, services, warnings, strict)
        else:
            answer = _linked(self.run(req, services), services)
        return answer.model_copy(update={"warnings": [*warnings, *answer.warnings]}) if warnings else answer

    def again(self, request: bytes, script: Script_file) -> None:
        """Do a logged edit again. The log leaves out which draft it is of.

        Raises:
            StoreError: it is none.
        """
        if not self.is_edit:
            raise StoreError(f"{self.name} is no edit")
        self.run(self.logged_before(orjson.loads(request), script.draft_id), script)

    def logged_before(self, fields: dict[str, Any], draft_id: str) -> Edit:
        """The request that a row of the log of a draft holds."""
        named = {"draft_id": draft_id} if issubclass(self.request, OfDraft) else {}
        req = self.request.model_validate(fields | named)
        assert isinstance(req, Edit)
        return req

    def learn(self, req: Edit, services: Services) -> tuple[Edit, list[str]]:
        """The request that is logged and done, and warnings."""
        req = without_data(req, services)
        return self.prepare(req, services) if self.prepare else (req, [])

    def _learned(self, req: Edit, services: Services, done: Done | None) -> tuple[Edit, list[str]]:
        """What is logged; for a call that was done before what was logged then."""
        found = services.store.read(done.draft_id, after=done.number - 1) if done else None
        if done and found and found[1]:
            return self.logged_before(orjson.loads(found[1][0].request), done.draft_id), []
        return self.learn(req, services)

    def _edit(self, req: Edit, services: Services, warnings: list[str], strict: bool) -> Answer:
        done = services.drafts.find(services.call_key)
        draft_id = done.draft_id if done else req.draft_id or new_draft_id()
        req, learned = self._learned(req, services, done)
        warnings += learned
        if isinstance(req, InDraft) and req.makes_draft and not (done or req.expected_version):
            return self._first(draft_id, req, services)
        try:
            return self._logged(draft_id, req, services)
        except DraftNotFoundError as error:
            is_new = isinstance(req, InDraft) and not (strict and req.draft_id) and not req.expected_version
            if error.is_deleted or not is_new:
                raise
        assert isinstance(req, InDraft)
        if req.draft_id:
            warnings.append(f"draft_id: there was no draft {req.draft_id!r}; this call has started it")
        with suppress(DraftExistsError):  # another call has started it in the meantime
            return self._first(draft_id, req, services)
        return self._logged(draft_id, req, services)

    def _logged(self, draft_id: str, req: Edit, services: Services) -> Answer:
        row = _as_row(req)
        answer = services.drafts.edit(
            draft_id,
            self.name,
            row,
            lambda script: _linked(self.run(req, script), services, script.app),
            expected=req.expected_version,
            key=services.call_key,
        )
        services.prefetch(row)
        return answer

    def _first(self, draft_id: str, req: InDraft, services: Services) -> Answer:
        """Start the draft with its first edit: both or neither."""
        begins = req.begins()
        target = target_of_new(begins.get("target"), begins.get("skeleton"), services)
        begun = Start(**begins | {"draft_id": draft_id, "target": target})
        script = start(draft_id, begun)
        script.begin(2)
        answer = _linked(self.run(req, script), services, script.app)
        edit = Row(2, self.name, _as_row(req), now(), services.call_key)
        services.drafts.create(draft_id, script.name, [first_row(begun), edit], script=script)
        services.prefetch(edit.request)
        return answer

    def read(self, payload: Any, strict: bool) -> tuple[Request, list[str]]:
        """The request that `payload` is, with warnings.

        Not strict: what is optional and empty where it cannot be is as if left out.

        Raises:
            InvalidRequestError: it is none.
        """
        try:
            return self.request.model_validate(payload), []
        except ValidationError as error:
            found = error.errors(include_url=False, include_context=False, include_input=False)
        if not strict and isinstance(payload, dict):
            shorter, warnings = self.request.forgiven(payload, found)
            if len(shorter) < len(payload):
                req, more = self.read(shorter, strict)
                return req, warnings + more
        names = self.request.model_fields
        unknown = [problem for problem in found if problem["type"] == "extra_forbidden"]
        if strict or len(unknown) != len(found):
            raise refusal(found if strict else [one for one in found if one["type"] != "extra_forbidden"], names)
        warnings = [f"{place(problem)}: {explain(problem, names)}; left aside" for problem in unknown[:MOST_PROBLEMS]]
        if len(unknown) > MOST_PROBLEMS:
            warnings.append(f"{len(unknown) - MOST_PROBLEMS} more unknown fields; left aside")
        return self.request.model_validate(payload, extra="ignore"), warnings


def _as_row(req: Edit) -> bytes:
    """What the log keeps of a request."""
    return req.model_dump_json(exclude_unset=True, exclude={"draft_id", "expected_version"}).encode()


def _linked(answer: Answer, services: Services, app: App | None = None) -> Answer:
    """An answer about a draft says where the draft can be downloaded; few operations know better than the board."""
    if not isinstance(answer, DraftAnswer) or answer.draft_url:
        return answer
    url = services.draft_path(answer.draft_id, app or services.drafts.app(answer.draft_id))
    return answer.model_copy(update={"draft_url": url})
