"""get_skeleton: read what a skeleton is."""

from typing import Any

from pydantic import Field

from fields.answers import Answer
from fields.requests import Request
from services import Services
from skeletons import SkeletonId, find_skeleton
from util import utc


class GetSkeleton(Request):
    """Read what a skeleton is: the app and version that made it, and what is in its folder."""

    example = {"skeleton_id": "my-capcut"}

    skeleton_id: SkeletonId


class SkeletonRead(Answer):
    """A skeleton."""

    skeleton_id: str = Field(description="The skeleton.")
    name: str = Field(description="What it is called.")
    target: str = Field(description="The target that drafts saved with it are for.")
    app_version: str = Field(description="Version of the app that made it.")
    new_version: str = Field(description="Version of the format that it declares.")
    client_os: str = Field(description="System that it was made on.")
    timelines: list[str] = Field(description="Where in the folder the timeline stands; <id> is that of each draft.")
    files: list[str] = Field(description="What is in its folder beside the timeline and its meta file.")
    fields: list[str] = Field(description="The fields of its timeline.")
    saved_at: str = Field(description="When it was saved, as UTC.")


def get_skeleton(req: GetSkeleton, services: Services) -> SkeletonRead:
    """Find it. What the app says of the computer it is on stays here.

    Raises:
        NotFoundError: there is no such skeleton.
    """
    found = find_skeleton(req.skeleton_id, services)
    skeleton = found.skeleton
    platform: dict[str, Any] = dict(skeleton.platform)
    return SkeletonRead(
        skeleton_id=req.skeleton_id,
        name=found.name,
        target=found.target,
        app_version=str(platform["app_version"]),
        new_version=skeleton.document["new_version"],
        client_os=platform["os"],
        timelines=skeleton.places("<id>", platform["os"]),
        files=list(skeleton.files),
        fields=list(skeleton.document),
        saved_at=utc(found.saved_at),
    )
