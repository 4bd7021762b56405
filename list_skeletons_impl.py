"""list_skeletons: which skeletons there are."""

from pydantic import BaseModel, Field

from fields.answers import Answer
from fields.pages import Searched
from services import Services
from skeletons import KeptSkeleton, read_skeleton
from util import utc


class ListSkeletons(Searched):
    """List skeletons by name: search by id or name, page through them."""

    example = {"search": "capcut"}


class ListedSkeleton(BaseModel):
    """One skeleton of a list."""

    skeleton_id: str = Field(description="The skeleton.")
    name: str = Field(description="What it is called.")
    target: str = Field(description="The target that drafts saved with it are for.")
    saved_at: str = Field(description="When it was saved, as UTC.")


class SkeletonList(Answer):
    """One page of skeletons."""

    skeletons: list[ListedSkeleton] = Field(description="The skeletons of this page.")
    total: int = Field(description="How many there are on all pages.")


def list_skeletons(req: ListSkeletons, services: Services) -> SkeletonList:
    """Read all that there are."""
    kept = {skeleton_id: read_skeleton(value) for skeleton_id, value in services.skeletons.all().items()}
    found = [
        _listed(skeleton_id, one)
        for skeleton_id, one in sorted(kept.items(), key=lambda item: (item[1].name.casefold(), item[0]))
        if req.finds(skeleton_id, one.name)
    ]
    return SkeletonList(skeletons=req.page(found), total=len(found))


def _listed(skeleton_id: str, one: KeptSkeleton) -> ListedSkeleton:
    return ListedSkeleton(skeleton_id=skeleton_id, name=one.name, target=one.target, saved_at=utc(one.saved_at))
