"""Everything a caller can be told went wrong. Every door reports these the same way.

    ServiceError
      InvalidRequestError        400  the request does not fit the operation
        UnknownNameError         400  no transition, mask, font... of that name
        EncryptedDraftError      400  a draft that an app wrote for itself alone
      NotFoundError              404
        DraftNotFoundError       404
        TaskNotFoundError        404
        SegmentNotFoundError     404
        TrackNotFoundError       404
      ConflictError              409  the request fits, but not this draft as it is now
        DraftExistsError         409  its id is taken
        DraftChangedError        409  another caller changed it in the meantime
        KeyReusedError           409  its Idempotency-Key belongs to another request, or to one still under way
        TaskFinishedError        409  the save has ended
        NoStorageError           409  whoever runs the service has set no storage
      RefusedStepsError          ...  operations of a batch, as the first of them
      MediaError                 502  a medium could not be fetched or read
      SaveFailedError            502  a save ended without a complete draft
      StorageError               502  a file could not be put where others fetch it
      BusyError                  503  as many wait for other servers as may
        ManyStreamsError         503  as many streams are open as may be
      NoRoomError                503  the disk of the service is full
      StoreError                 503  drafts cannot be read or written just now

To add one: give it a `status`, a `code` and a message that says which field, why, and what to do.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypedDict


class FieldProblem(TypedDict):
    """One problem beside the name of the request field it is about."""

    field: str
    message: str


class ServiceError(Exception):
    """Base of all expected failures; `status` and `code` are what a caller sees.

    `details` is plain JSON data that helps the caller go on (a free start, the state of a task).
    """

    status = 500
    code = "internal_error"

    def __init__(self, message: str, fields: Sequence[FieldProblem] = (), details: dict[str, Any] | None = None):
        super().__init__(message)
        self.fields = tuple(fields)
        self.details = details or {}

    @classmethod
    def about(cls, field: str, message: str, **details: Any) -> "ServiceError":
        """Make the error that concerns one request field."""
        return cls(f"{field}: {message}", [{"field": field, "message": message}], details)

    def rename(self, known: str, field: str) -> None:
        """Say `field` of what was called `known` below, for so the caller calls it."""
        self.args = (str(self).replace(f"{known}: ", f"{field}: ", 1),)
        self.fields = tuple(
            FieldProblem(field=field if one["field"] == known else one["field"], message=one["message"])
            for one in self.fields
        )

    def reworded(self, words: Mapping[str, str]) -> "ServiceError":
        """Say one word for another, wherever it stands: names that the caller knows for names of ours."""
        self.args = (_reworded(str(self), words),)
        self.fields = tuple(
            FieldProblem(field=one["field"], message=_reworded(one["message"], words)) for one in self.fields
        )
        self.details = {
            name: _reworded(said, words) if isinstance(said, str) else said for name, said in self.details.items()
        }
        return self

    def relocated(self, place: Callable[[str], str]) -> "ServiceError":
        """Say each field by its name in another request, which `place` knows."""
        for one in self.fields:
            self.args = (str(self).replace(f"{one['field']}: ", f"{place(one['field'])}: ", 1),)
        self.fields = tuple(FieldProblem(field=place(one["field"]), message=one["message"]) for one in self.fields)
        return self

    def inside(self, place: str) -> "ServiceError":
        """Say that the field it is about is one of the object in the request field `place`."""
        if not self.fields:
            self.fields = (FieldProblem(field=place, message=str(self)),)
            self.args = (f"{place}: {self}",)
            return self
        for problem in self.fields:
            self.args = (str(self).replace(f"{problem['field']}: ", f"{place}.{problem['field']}: ", 1),)
        self.fields = tuple(
            FieldProblem(field=f"{place}.{one['field']}", message=one["message"]) for one in self.fields
        )
        return self


def _reworded(text: str, words: Mapping[str, str]) -> str:
    return re.sub(r"[\w:/]+", lambda word: words.get(word[0], word[0]), text)


class InvalidRequestError(ServiceError):
    """The request body does not fit the operation."""

    status = 400
    code = "invalid_request"


class UnknownNameError(InvalidRequestError):
    """No resource of that kind has that name; the message names the nearest ones."""

    code = "unknown_name"

    def __init__(self, kind: str, name: str, near: Sequence[str], app: str, elsewhere: str = ""):
        self.kind, self.name, self.near = kind, name, tuple(near)
        parts = [f"{app} has no {kind.replace('_', ' ')} named {name!r}"]
        if elsewhere:
            parts.append(f"it is a name of {elsewhere}")
        if near:
            parts.append("nearest: " + ", ".join(repr(other) for other in near))
        super().__init__("; ".join(parts), details={"near": list(near)})

    def at(self, field: str) -> "UnknownNameError":
        """Say which request field carried the name."""
        self.fields = ({"field": field, "message": str(self)},)
        self.args = (f"{field}: {self}",)
        return self


class EncryptedDraftError(InvalidRequestError):
    """What was to be imported can be read by the app alone that wrote it."""

    code = "encrypted_draft"


class NotFoundError(ServiceError):
    """What the request names does not exist."""

    status = 404
    code = "not_found"


class DraftNotFoundError(NotFoundError):
    """No draft has that id."""

    code = "draft_not_found"

    def __init__(self, draft_id: str, *, is_deleted: bool = False):
        self.is_deleted = is_deleted
        message = f"no such draft: {draft_id!r}; make one with create_draft"
        if is_deleted:
            message = f"draft {draft_id!r} was deleted; recover_draft brings it back"
        super().__init__(f"draft_id: {message}", [{"field": "draft_id", "message": message}])


class TaskNotFoundError(NotFoundError):
    """No save task has that id, and no draft of that id was ever saved."""

    code = "task_not_found"

    def __init__(self, task_id: str):
        message = f"no such task: {task_id!r}; save_draft answers the task_id to ask for"
        super().__init__(f"task_id: {message}", [{"field": "task_id", "message": message}])


class SegmentNotFoundError(NotFoundError):
    """The draft has no segment of that id."""

    code = "segment_not_found"

    def __init__(self, segment_id: str):
        message = f"the draft has no segment {segment_id!r}; get_draft lists those it has"
        super().__init__(f"segment_id: {message}", [{"field": "segment_id", "message": message}])


class TrackNotFoundError(NotFoundError):
    """The draft has no track of that name."""

    code = "track_not_found"

    def __init__(self, track_name: str):
        message = f"the draft has no track {track_name!r}; get_draft lists those it has"
        super().__init__(f"track_name: {message}", [{"field": "track_name", "message": message}])


class ConflictError(ServiceError):
    """The request is well formed but does not fit the draft as it is now."""

    status = 409
    code = "conflict"


class DraftExistsError(ConflictError):
    """There is a draft of that id, maybe a deleted one."""

    code = "draft_exists"

    def __init__(self, draft_id: str, *, is_deleted: bool = False):
        message = f"draft {draft_id!r} exists; edit it, or use another id"
        if is_deleted:
            message = f"draft {draft_id!r} was deleted; bring it back with recover_draft, purge it, or use another id"
        super().__init__(f"draft_id: {message}", [{"field": "draft_id", "message": message}])


class DraftChangedError(ConflictError):
    """Another caller changed the draft in the meantime; `version` is the one it is at, as far as it is known."""

    code = "draft_changed"

    def __init__(self, draft_id: str, version: int | None = None):
        at = "" if version is None else f"; it is at version {version} now"
        message = f"draft {draft_id!r} was changed in the meantime{at}; look at it and send the call again"
        super().__init__(
            f"expected_version: {message}",
            [{"field": "expected_version", "message": message}],
            {} if version is None else {"version": version},
        )


class KeyReusedError(ConflictError):
    """The Idempotency-Key was sent with another request before, or with this one, which is still under way."""

    code = "key_reused"


class TaskFinishedError(ConflictError):
    """The save has come to its end, so there is nothing to cancel."""

    code = "task_finished"

    def __init__(self, task_id: str, status: str):
        message = f"save {task_id!r} has ended: it is {status}"
        super().__init__(f"task_id: {message}", [{"field": "task_id", "message": message}], {"status": status})


class RefusedStepsError(ServiceError):
    """Some of the operations of one call were refused; nothing was done. Status and code are those of the first.

    `refused` has them by their number; `details` says of each what a call of its own would have said.
    """

    def __init__(self, refused: Mapping[int, ServiceError]):
        first, *more = refused.values()
        self.status, self.code, self.refused = first.status, first.code, refused
        shown = [first, *more][:_MOST_REFUSED]
        message = "; ".join(map(str, shown)) + (
            f"; and {len(more) + 1 - len(shown)} more" if len(more) >= len(shown) else ""
        )
        each = [{"place": _place(one), "code": one.code, "details": one.details} for one in refused.values()]
        problems = [problem for one in shown for problem in one.fields]
        super().__init__(message, problems, {"refused": each[:_MOST_REFUSED], "count": len(refused)})

    def reworded(self, words: Mapping[str, str]) -> "RefusedStepsError":
        """See ServiceError."""
        return RefusedStepsError({number: one.reworded(words) for number, one in self.refused.items()})

    def relocated(self, place: Callable[[str], str]) -> "RefusedStepsError":
        """The same, with each of its places by its name in another request."""
        return RefusedStepsError({number: one.relocated(place) for number, one in self.refused.items()})


def _place(error: ServiceError) -> str:
    return error.fields[0]["field"] if error.fields else ""


_MOST_REFUSED = 20


def shown(url: str) -> str:
    """An address as it stands in messages: of a data: URL, which holds a whole file, the beginning."""
    return url if len(url) <= _LONGEST_SHOWN or url[:5].lower() != "data:" else f"{url[:_LONGEST_SHOWN]}..."


_LONGEST_SHOWN = 40


class MediaError(ServiceError):
    """A medium could not be fetched or read. `url` is the one that was asked for, `reason` says what happened.

    `copy_will_do`: its server failed or refused, which says nothing against a copy that was had before.
    `lacking_bytes`: for want of so much space on the disk; 0: for another reason.
    """

    status = 502
    code = "media_failed"

    def __init__(self, url: str, reason: str, *, copy_will_do: bool = False, lacking_bytes: int = 0):
        super().__init__(f"{shown(url)}: {reason}")
        self.url, self.reason = url, reason
        self.copy_will_do, self.lacking_bytes = copy_will_do, lacking_bytes


class SaveFailedError(ServiceError):
    """A save ended without a complete draft; `details` is the state of its task.

    A medium that cannot be had makes it 502; `status` and `code` are those of another cause, if there was one.
    """

    status = 502
    code = "save_failed"

    def __init__(
        self, message: str, details: dict[str, Any] | None = None, status: int = 502, code: str = "save_failed"
    ):
        super().__init__(message, details=details)
        self.status, self.code = status, code


class StorageError(ServiceError):
    """The storage for finished files did not do as it was told.

    `passing` if another try may go better; `status_there` is the status of its answer, if there was one.
    """

    status = 502
    code = "storage_failed"

    def __init__(self, message: str, *, passing: bool = False, status_there: int = 0):
        super().__init__(message)
        self.passing, self.status_there = passing, status_there


class NoStorageError(ServiceError):
    """The service has no storage for finished files, which `what` needs; the message names the settings."""

    status = 409
    code = "no_storage"

    def __init__(self, what: str, settings: Sequence[str]):
        chosen = " or ".join(settings)
        super().__init__(f"{what}: this service has no storage to put files into; whoever runs it can set {chosen}")


class NotInstalledError(ServiceError):
    """A library that only this needs is missing: there is none ready-made for this machine."""

    code = "not_installed"

    def __init__(self, library: str):
        super().__init__(f"this needs {library}, which is not installed on the server: pip install {library}")


class BusyError(ServiceError):
    """As many calls wait in this process as may, for each holds a thread; it can be sent again."""

    status = 503
    code = "busy"


class ManyStreamsError(BusyError):
    """This process serves as many streams as it may."""

    code = "too_many_streams"


class NoRoomError(ServiceError):
    """The disk of the service has no room for what was to be written; nothing was done."""

    status = 503
    code = "disk_full"

    def __init__(self, what: str):
        super().__init__(f"not enough space on the disk of the service: {what}; nothing was done")


class StoreError(ServiceError):
    """Drafts cannot be read or written just now; nothing of the request was done."""

    status = 503
    code = "store_unavailable"
