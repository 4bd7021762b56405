"""Skeletons that are kept: how they are written, and how they are found."""

import base64
from typing import Annotated, Any

import orjson
from pydantic import BaseModel, Field, ValidationError

from engine.skeletons import Skeleton, target_within
from errors import NotFoundError, ServiceError, StoreError
from fields.words import Identifier
from services import Services
from settings import TargetName
from util import as_json

SkeletonId = Annotated[Identifier, Field(description="The skeleton.")]


class KeptSkeleton(BaseModel):
    """A skeleton as it is kept."""

    name: str
    saved_at: int
    """Milliseconds since 1970."""
    target: str
    document: dict[str, Any]
    meta: dict[str, Any]
    main: str
    copies: tuple[str, ...]
    files: dict[str, str]
    """In base64."""

    @classmethod
    def of(cls, skeleton: Skeleton, name: str, saved_at: int) -> "KeptSkeleton":
        """What is kept of a skeleton."""
        files = {path: base64.b64encode(content).decode() for path, content in skeleton.files.items()}
        said = {name: getattr(skeleton, name) for name in ("target", "document", "meta", "main", "copies")}
        return cls(name=name, saved_at=saved_at, files=files, **said)

    def packed(self) -> bytes:
        """The bytes that are kept."""
        return as_json(self.model_dump())

    @property
    def skeleton(self) -> Skeleton:
        """The skeleton itself."""
        files = {path: base64.b64decode(content) for path, content in self.files.items()}
        return Skeleton(self.target, self.document, self.meta, self.main, self.copies, files)


def find_skeleton(skeleton_id: str, services: Services, field: str = "skeleton_id") -> KeptSkeleton:
    """The skeleton of that id, which stands in `field` of a request.

    Raises:
        NotFoundError: there is none.
    """
    value = services.skeletons.get(skeleton_id)
    if value is None:
        raise no_such_skeleton(skeleton_id, field)
    return read_skeleton(value)


def target_of_new(target: TargetName | None, skeleton_id: str | None, services: Services) -> str:
    """The target of a new draft that is asked to be for `target` and to have that skeleton.

    Raises:
        NotFoundError: there is no such skeleton.
        InvalidRequestError: it is one of another target.
    """
    if skeleton_id is None:
        return target or services.settings.default_target
    return target_within(find_skeleton(skeleton_id, services, "skeleton").target, target)


def read_skeleton(value: bytes) -> KeptSkeleton:
    """A skeleton as it was kept.

    Raises:
        StoreError: it is damaged.
    """
    try:
        return KeptSkeleton.model_validate(orjson.loads(value))
    except (ValueError, ValidationError) as error:
        raise StoreError("a skeleton is damaged in the store") from error


def no_such_skeleton(skeleton_id: str, field: str = "skeleton_id") -> ServiceError:
    """That there is none of that id."""
    return NotFoundError.about(field, f"there is no skeleton {skeleton_id!r}; list_skeletons lists those there are")
