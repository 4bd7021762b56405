"""list_assets: which uploads there are."""

from typing import Annotated

from pydantic import Field

from fields.answers import Answer
from fields.assets import DescribedAsset, described
from fields.requests import Request
from fields.words import Limit, Offset
from services import Services


class ListAssets(Request):
    """List uploads, the newest first: search by name or id, page through them."""

    example = {"search": "red"}

    search: Annotated[str, Field(max_length=200)] = Field("", description="Part of the name or the id, in any case.")
    limit: Limit = 50
    offset: Offset = 0


class AssetList(Answer):
    """One page of assets."""

    assets: list[DescribedAsset] = Field(description="The assets of this page.")
    total: int = Field(description="How many there are on all pages.")


def list_assets(req: ListAssets, services: Services) -> AssetList:
    """Read all that there are."""
    text = req.search.casefold()
    found = [one for one in services.assets.all() if text in one.name.casefold() or text in one.asset_id]
    page = found[req.offset : req.offset + req.limit]
    return AssetList(assets=[DescribedAsset.model_validate(described(one)) for one in page], total=len(found))
