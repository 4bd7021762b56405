"""search_catalog: find names, and what there is to know of them."""

from typing import Annotated

from pydantic import AliasChoices, BaseModel, Field

from engine.catalog import DISPLAY_NAMES, KINDS, App, Hit, Kind, Param, search
from engine.time import seconds
from fields.answers import Answer
from fields.kinds import SOUND_EFFECTS, CatalogKind
from fields.pages import Paged
from fields.words import PRINTABLE, AppName
from services import Services


class SearchCatalog(Paged):
    """Search transitions, masks, fonts, filters, animations and effects of both apps by name.

    Case, spaces, `_` and `-` make no difference. When no name has all the words in it, those that look alike are found.
    """

    example = {"q": "white fl", "kind": "transition", "profile": "capcut", "limit": 3}

    q: Annotated[str, Field(max_length=100), PRINTABLE] = Field(
        "", description="The name or a part of it; left out: all there are."
    )
    kind: CatalogKind | None = Field(None, description="Only those of this kind; left out: of every kind.")
    profile: AppName | None = Field(
        None,
        validation_alias=AliasChoices("profile", "target"),
        description="Only those of this app (capcut, jianying) or target; left out: of both apps.",
    )


class Slider(BaseModel):
    """A slider of an effect or a filter."""

    name: str = Field(description="What the app calls it.")
    default: float = Field(description="Where it is unless told otherwise, from 0 to 100 as operations take it.")
    default_value: float = Field(description="The same in the effect's own scale.")
    min_value: float = Field(description="What 0 means in the effect's own scale.")
    max_value: float = Field(description="What 100 means in the effect's own scale.")


class CatalogItem(BaseModel):
    """One thing that has a name."""

    name: str = Field(description="The name that operations take.")
    title: str = Field(description="The name that the app shows.")
    other_names: list[str] = Field(description="Further names that operations take.")
    app: App = Field(description="Whose it is: capcut or jianying.")
    kind: Kind = Field(description="What it is for.")
    is_vip: bool = Field(description="Whether it is known to need a paid plan of the app.")
    resource_id: str = Field(description="The id that the app fetches it by.")
    effect_id: str = Field(description="The second id that drafts carry; empty if it is not known.")
    duration: float | None = Field(
        description="Animations and transitions: how long it takes unless told otherwise, in seconds; null: not known."
    )
    params: list[Slider] = Field(description="Sliders, in the order in which operations take their values.")


class CatalogPage(Answer):
    """One page of what was found."""

    items: list[CatalogItem] = Field(description="What was found, the nearest first.")
    total: int = Field(description="How many there are on all pages.")


def search_catalog(req: SearchCatalog, services: Services) -> CatalogPage:
    """Search the catalogs."""
    kinds = SOUND_EFFECTS if req.kind == "audio_effect" else (req.kind,) if req.kind else KINDS
    hits = search(req.q, [req.profile] if req.profile else list(DISPLAY_NAMES), kinds)
    return CatalogPage(items=[_item(hit) for hit in req.page(hits)], total=len(hits))


def _item(hit: Hit) -> CatalogItem:
    found = hit.resource
    length = found.duration_us or found.default_duration_us
    return CatalogItem(
        name=found.name,
        title=found.title,
        other_names=list(found.other_names),
        app=hit.app,
        kind=hit.kind,
        is_vip=found.is_vip,
        resource_id=found.resource_id,
        effect_id=found.effect_id,
        duration=seconds(length) if length else None,
        params=[_slider(param) for param in found.params],
    )


def _slider(param: Param) -> Slider:
    width = param.max - param.min
    position = (param.default - param.min) / width * 100 if width else 0
    return Slider(
        name=param.name,
        default=round(min(max(position, 0), 100), 6),  # some lists have one that is out of range
        default_value=param.default,
        min_value=param.min,
        max_value=param.max,
    )
