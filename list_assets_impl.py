"""list_assets: which uploads there are."""

from pydantic import Field

from fields.answers import Answer
from fields.assets import DescribedAsset, described
from fields.pages import Searched
from services import Services


class ListAssets(Searched):
    """List uploads, the newest first: search by name or id, page through them."""

    example = {"search": "red"}


class AssetList(Answer):
    """One page of assets."""

    assets: list[DescribedAsset] = Field(description="The assets of this page.")
    total: int = Field(description="How many there are on all pages.")


def list_assets(req: ListAssets, services: Services) -> AssetList:
    """Read all that there are."""
    found = [one for one in services.assets.all() if req.finds(one.name, one.asset_id)]
    page = req.page(found)
    return AssetList(assets=[DescribedAsset.model_validate(described(one)) for one in page], total=len(found))
