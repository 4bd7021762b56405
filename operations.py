"""The board: everything this service can do, one line each.

To add an operation: write `add_<thing>_impl.py` with a request model and a function, add its line to OPERATIONS. The
HTTP routes of both faces, the OpenAPI entry and the tests over all operations follow from the line. (Further names of
an operation are in `other_names.py`.) (`add_video_track`
and `add_audio_track` keep the names that the design gave them; new ones are called `_impl`.)

There are two kinds, told apart by what the function takes beside its request:

- an *edit* takes the draft: `add_text(req, script)`. It is logged, and done again whenever the draft is rebuilt; so it
  must depend on nothing but its request and the draft, and must raise before it changes anything. What it needs to
  learn from elsewhere first (the text at a URL), its line's `prepare` puts into the request.
- any other takes the working parts: `save_draft(req, services)`.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, get_type_hints

import orjson
from pydantic import ValidationError

from add_audio_track import add_audio
from add_effect_impl import add_effect
from add_filter_impl import add_filter
from add_image_impl import add_image
from add_mask_impl import add_mask
from add_sticker_impl import add_sticker
from add_subtitle_impl import add_subtitle, read_srt
from add_text_impl import add_text
from add_transition_impl import add_transition
from add_video_keyframe_impl import add_video_keyframe
from add_video_track import add_video
from create_draft import CreateDraft, Start, create_draft, start
from delete_draft_impl import delete_draft
from duplicate_draft_impl import duplicate_draft
from engine.catalog import App
from engine.script_file import Script_file
from errors import ConflictError, DraftNotFoundError, ServiceError, StoreError
from export_log_impl import export_log
from fields.answers import Answer, DraftAnswer
from fields.requests import Edit, InDraft, OfDraft, Request, new_draft_id
from generate_draft_url_impl import generate_draft_url
from get_draft_impl import get_draft
from get_duration_impl import get_duration
from get_history_impl import get_history
from hide_track_impl import hide_track
from import_draft_impl import import_draft
from import_log_impl import import_log
from list_drafts_impl import list_drafts
from list_types_impl import list_types
from move_segment_impl import move_segment
from move_track_impl import move_track
from mute_track_impl import mute_track
from problems import MOST_PROBLEMS, explain, place, refusal
from query_script_impl import query_script
from recover_draft_impl import recover_draft
from redo_impl import redo
from remove_keyframes_impl import remove_keyframes
from remove_segment_impl import remove_segment
from remove_track_impl import remove_track
from rename_draft_impl import rename_draft
from replace_by_name_impl import replace_by_name
from replace_media_impl import replace_media
from restore_version_impl import restore_version
from save_draft_impl import download_draft, query_draft_status, save_draft
from search_catalog_impl import search_catalog
from services import Services
from set_canvas_impl import set_canvas
from set_cover_impl import set_cover
from split_segment_impl import split_segment
from store.drafts import Done, Row
from trim_segment_impl import trim_segment
from undo_impl import undo
from update_segment_impl import update_segment


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
    body_limit: str = "max_body_bytes"
    """The setting that limits the body of its request."""
    upload: str = ""
    """The field that a zip fills which is sent as the body. Whole numbers in JSON have any length then."""

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
        if not strict and isinstance(payload, dict):
            lenient = {name: getattr(services.settings, key) for name, key in self.compatible_defaults.items()}
            payload = lenient | {name: value for name, value in payload.items() if value is not None}
        req, warnings = self._read(payload, strict)
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
        self.run(self._logged_before(request, script.draft_id), script)

    def _logged_before(self, request: bytes, draft_id: str) -> Edit:
        """The request that a row of the log of a draft holds."""
        named = issubclass(self.request, OfDraft)
        fields = orjson.loads(request) | {"draft_id": draft_id} if named else None
        req = self.request.model_validate(fields) if named else self.request.model_validate_json(request)
        assert isinstance(req, Edit)
        return req

    def _prepared(self, req: Edit, services: Services, done: Done | None) -> tuple[Edit, list[str]]:
        """What is logged; for a call that was done before what was logged then."""
        if self.prepare is None:
            return req, []
        found = services.store.read(done.draft_id, after=done.number - 1) if done else None
        if done and found and found[1]:
            return self._logged_before(found[1][0].request, done.draft_id), []
        return self.prepare(req, services)

    def _edit(self, req: Edit, services: Services, warnings: list[str], strict: bool) -> Answer:
        done = services.drafts.find(services.call_key)
        draft_id = done.draft_id if done else req.draft_id or new_draft_id()
        req, learned = self._prepared(req, services, done)
        warnings += learned
        try:
            return self._logged(draft_id, req, services)
        except DraftNotFoundError as error:
            is_new = isinstance(req, InDraft) and not (strict and req.draft_id) and not req.expected_version
            if error.is_deleted or not is_new:
                raise
        assert isinstance(req, InDraft)
        self._start(draft_id, req, services)
        if req.draft_id:
            warnings.append(f"draft_id: there was no draft {req.draft_id!r}; this call has started it")
        return self._logged(draft_id, req, services)

    def _logged(self, draft_id: str, req: Edit, services: Services) -> Answer:
        return services.drafts.edit(
            draft_id,
            self.name,
            req.model_dump_json(exclude_unset=True, exclude={"draft_id", "expected_version"}).encode(),
            lambda script: _linked(self.run(req, script), services, script.app),
            expected=req.expected_version,
            key=services.call_key,
        )

    def _start(self, draft_id: str, req: InDraft, services: Services) -> None:
        """Start the draft for its first edit, unless that would be refused: then nothing is left behind."""
        target = services.settings.default_target
        first = CreateDraft(draft_id=draft_id, width=req.width, height=req.height, target=target)
        self.run(req, start(draft_id, Start(**first.model_dump())))
        with suppress(ConflictError):  # another call has started it in the meantime
            create_draft(first, services.unnamed)

    def _read(self, payload: Any, strict: bool) -> tuple[Request, list[str]]:
        try:
            return self.request.model_validate(payload), []
        except ValidationError as error:
            found = error.errors(include_url=False, include_context=False, include_input=False)
        names = self.request.model_fields
        unknown = [problem for problem in found if problem["type"] == "extra_forbidden"]
        if strict or len(unknown) != len(found):
            raise refusal(found if strict else [one for one in found if one["type"] != "extra_forbidden"], names)
        warnings = [f"{place(problem)}: {explain(problem, names)}; left aside" for problem in unknown[:MOST_PROBLEMS]]
        if len(unknown) > MOST_PROBLEMS:
            warnings.append(f"{len(unknown) - MOST_PROBLEMS} more unknown fields; left aside")
        return self.request.model_validate(payload, extra="ignore"), warnings


def _linked(answer: Answer, services: Services, app: App | None = None) -> Answer:
    """An answer about a draft says where the draft can be downloaded; few operations know better than the board."""
    if not isinstance(answer, DraftAnswer) or answer.draft_url:
        return answer
    url = services.draft_path(answer.draft_id, app or services.drafts.app(answer.draft_id))
    return answer.model_copy(update={"draft_url": url})


OPERATIONS = {
    op.name: op
    for op in (
        Operation("create_draft", create_draft),
        Operation("add_video", add_video),
        Operation("add_image", add_image),
        Operation("add_audio", add_audio),
        Operation("add_text", add_text),
        Operation("add_subtitle", add_subtitle, prepare=read_srt),
        Operation("add_sticker", add_sticker),
        Operation("add_effect", add_effect),
        Operation("add_filter", add_filter),
        Operation("add_video_keyframe", add_video_keyframe),
        Operation("remove_keyframes", remove_keyframes),
        Operation("move_segment", move_segment),
        Operation("trim_segment", trim_segment),
        Operation("split_segment", split_segment),
        Operation("replace_media", replace_media),
        Operation("replace_by_name", replace_by_name),
        Operation("update_segment", update_segment),
        Operation("add_transition", add_transition),
        Operation("add_mask", add_mask),
        Operation("remove_segment", remove_segment),
        Operation("mute_track", mute_track),
        Operation("hide_track", hide_track),
        Operation("move_track", move_track),
        Operation("remove_track", remove_track),
        Operation("set_canvas", set_canvas),
        Operation("rename_draft", rename_draft),
        Operation("set_cover", set_cover),
        Operation("get_draft", get_draft, route="GET /v1/drafts/<draft_id>"),
        Operation("query_script", query_script),
        Operation("generate_draft_url", generate_draft_url),
        Operation("get_duration", get_duration),
        Operation("save_draft", save_draft, compatible_defaults={"wait": "save_wait"}),
        Operation("query_draft_status", query_draft_status),
        Operation("undo", undo),
        Operation("redo", redo),
        Operation("get_history", get_history, route="GET /v1/drafts/<draft_id>/history"),
        Operation("restore_version", restore_version),
        Operation("list_types", list_types),
        Operation("search_catalog", search_catalog, route="GET /catalog"),
        Operation("list_drafts", list_drafts, route="GET /v1/drafts"),
        Operation("duplicate_draft", duplicate_draft, route="POST /v1/drafts/<draft_id>/duplicate"),
        Operation("export_log", export_log, route="GET /v1/drafts/<draft_id>/log"),
        Operation("import_log", import_log, body_limit="max_import_bytes"),
        Operation(
            "import_draft", import_draft, route="POST /v1/drafts/import", body_limit="max_import_bytes", upload="zip"
        ),
        Operation("delete_draft", delete_draft, route="DELETE /v1/drafts/<draft_id>"),
        Operation("recover_draft", recover_draft, route="POST /v1/drafts/<draft_id>/recover"),
    )
}


DOWNLOAD = Operation("download_draft", download_draft)
"""Served as a file by the door, on its own route."""


def replay(draft_id: str, script: Script_file | None, row: Row) -> Script_file:
    """Do one row of a log again: on `script`, or on nothing for the first.

    Raises:
        StoreError: it cannot be done again: this version does not have the operation, or did not write the row.
    """
    if row.name not in OPERATIONS:
        raise StoreError(f"draft {draft_id!r} was edited with {row.name}, which this version of the service lacks")
    try:
        if script is None:
            return start(draft_id, Start.model_validate_json(row.request))
        script.begin(row.number)
        OPERATIONS[row.name].again(row.request, script)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        raise _not_done(draft_id, row, refusal(found, ())) from error
    except (ServiceError, ValueError, TypeError) as error:  # a damaged row may be anything
        raise _not_done(draft_id, row, error) from error
    return script


def _not_done(draft_id: str, row: Row, why: Exception) -> StoreError:
    return StoreError(f"operation {row.number} of draft {draft_id!r}, {row.name}, cannot be done: {why}")
