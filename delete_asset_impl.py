"""delete_asset: remove an upload."""

from pydantic import Field

from errors import NotFoundError
from fields.answers import Answer
from fields.assets import AssetId
from fields.requests import Changing
from services import Services


class DeleteAsset(Changing):
    """Remove an upload for good; drafts that are saved keep what they have of it, later saves cannot have it."""

    example = {"asset_id": "b1ff9c8ea3a780bad09b346c423d2d0e"}

    asset_id: AssetId


class DeletedAsset(Answer):
    """The asset that is gone."""

    asset_id: str = Field(description="The asset.")


def delete_asset(req: DeleteAsset, services: Services) -> DeletedAsset:
    """Remove it.

    Raises:
        NotFoundError: there is no such asset.
    """
    if services.assets.delete(req.asset_id) is None:
        raise NotFoundError(f"asset_id: there is no asset {req.asset_id!r}; list_assets lists them")
    return DeletedAsset(asset_id=req.asset_id)
