"""What calls about uploads have in common."""

from typing import Annotated

from pydantic import BaseModel, Field

from media.address import ASSET_SCHEME
from store.assets import Asset
from util import utc

AssetId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$", description="The asset.")]


class DescribedAsset(BaseModel):
    """One asset."""

    asset_id: str = Field(description="The asset; the same content always has the same id.")
    url: str = Field(description="What to give where a medium's URL is asked for.")
    name: str = Field(description="What it was called.")
    kind: str = Field(description="What it holds, by its content: video, photo, gif, audio, font or text.")
    size: int = Field(description="In bytes.")
    created_at: str = Field(description="When it was uploaded, as UTC.")


def described(asset: Asset) -> dict[str, str | int]:
    """The fields of a DescribedAsset."""
    return {
        "asset_id": asset.asset_id,
        "url": f"{ASSET_SCHEME}{asset.asset_id}",
        "name": asset.name,
        "kind": asset.kind,
        "size": asset.size,
        "created_at": utc(asset.created_at),
    }
