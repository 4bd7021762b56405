"""delete_skeleton: remove a skeleton."""

from pydantic import Field

from fields.answers import Answer
from fields.requests import Changing
from services import Services
from skeletons import SkeletonId, no_such_skeleton


class DeleteSkeleton(Changing):
    """Remove a skeleton for good; drafts that were saved with it stay."""

    example = {"skeleton_id": "my-capcut"}

    skeleton_id: SkeletonId


class DeletedSkeleton(Answer):
    """The skeleton that is gone."""

    skeleton_id: str = Field(description="The skeleton.")


def delete_skeleton(req: DeleteSkeleton, services: Services) -> DeletedSkeleton:
    """Remove it.

    Raises:
        NotFoundError: there is no such skeleton.
    """
    if services.skeletons.change(req.skeleton_id, lambda _: None) is None:
        raise no_such_skeleton(req.skeleton_id)
    return DeletedSkeleton(skeleton_id=req.skeleton_id)
