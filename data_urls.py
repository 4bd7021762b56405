"""Media that stand in a request themselves, as data: URLs: kept as uploads, so that no log has to hold them.

What holds the request then says `asset://<id>`, which follows from the content: the same content is kept once.
"""

import io
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel

from engine.facts import MediaFacts
from errors import ConflictError, InvalidRequestError
from fields.requests import Request
from fields.words import ADDRESS
from media.address import ASSET_SCHEME, DataUrl, check_url, data_content, is_data
from media.read import UnreadableMediaError
from services import Services

_R = TypeVar("_R", bound=Request)
_Keep = Callable[[str, str], str]
"""Gives the asset for a data: URL; the second is the place that it stands in."""

_FIELD_OF_MEDIUM = re.compile(r"(video|image|audio|font|media)(_(url|path))?")


def without_data(req: _R, services: Services) -> _R:
    """The request with assets in place of its data: URLs.

    Raises:
        InvalidRequestError: one of them is no medium, or too large.
        ConflictError: there is no room for one.
    """
    kept: _R = _without(req, "", lambda url, place: asset_of(url, place, services))
    return kept


def asset_of(url: str, place: str, services: Services) -> str:
    """The address of the asset that holds what is in `url`, if that is a data: URL; else `url` as it is.

    Raises:
        InvalidRequestError: what is in the field `place` is no medium, or too large.
        ConflictError: there is no room for it.
    """
    if not is_data(url):
        return url
    content, found = _content(url, place, services.settings.max_data_url_bytes), list[MediaFacts]()

    def identify(path: Path) -> str:
        try:
            kind = services.media.kind(path)
            if kind != "font":
                found.append(services.media.identify(path))
        except UnreadableMediaError as error:
            raise InvalidRequestError.about(place, str(error)) from None
        return kind

    try:
        asset = services.assets.add(io.BytesIO(content), "", identify)
    except ConflictError as error:
        raise error.relocated(lambda _: place) from None
    address = f"{ASSET_SCHEME}{asset.asset_id}"
    for facts in found:  # so that nobody has to look again, not even a dry run, which keeps nothing to look at
        services.media.remember(address, facts, asset.size, asset.asset_id)
    return address


def _content(url: str, place: str, most: int) -> bytes:
    try:
        check_url(url)
        content = data_content(url)
        if len(content) > most:
            raise ValueError(f"holds {len(content):,} bytes, more than {most:,}: send it to POST /v1/assets")
    except ValueError as error:
        raise InvalidRequestError.about(place, str(error)) from None
    return content


def _without(part: Any, place: str, keep: _Keep) -> Any:
    """`part` with what `keep` gives for the data: URLs that its models have checked."""
    if isinstance(part, DataUrl):
        return keep(part, place)
    if isinstance(part, BaseModel):
        return _model_without(part, place, keep)
    if isinstance(part, dict):
        return {name: _without(inner, f"{place}.{name}", keep) for name, inner in part.items()}
    if isinstance(part, tuple | list):
        return type(part)(_without(inner, f"{place}.{number}", keep) for number, inner in enumerate(part))
    return part


def _model_without(model: BaseModel, place: str, keep: _Keep) -> BaseModel:
    given = _with_media(type(model)) & model.model_fields_set
    if not given:  # of most edits
        return model
    inside = f"{place}." if place else ""
    kept = {name: _without(getattr(model, name), f"{inside}{name}", keep) for name in given}
    for name in given & _of_others(type(model)):
        kept[name] = _json_without(kept[name], f"{inside}{name}", keep)
    changed = {name: value for name, value in kept.items() if value != getattr(model, name)}
    return model.model_copy(update=changed) if changed else model


def _json_without(part: Any, place: str, keep: _Keep) -> Any:
    """The same for what no model has checked yet: there fields are known by their names."""
    if isinstance(part, list):
        return [_json_without(inner, f"{place}.{number}", keep) for number, inner in enumerate(part)]
    if not isinstance(part, dict):
        return part
    return {
        name: keep(value, f"{place}.{name}")
        if isinstance(value, str) and _FIELD_OF_MEDIUM.fullmatch(name)
        else _json_without(value, f"{place}.{name}", keep)
        for name, value in part.items()
    }


@cache
def _with_media(model: type[BaseModel]) -> frozenset[str]:
    """The fields of a model in which media may stand, be it further in."""
    fields = model.model_fields.items()
    named = {name for name, field in fields if ADDRESS in field.metadata or _names_media(field.annotation)}
    return _of_others(model).union(named)


def _of_others(model: type[BaseModel]) -> frozenset[str]:
    """Those of plain JSON, in which fields of other operations stand."""
    return model.of_other_operations if issubclass(model, Request) else frozenset()


def _names_media(kind: Any) -> bool:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return bool(_with_media(kind))
    return ADDRESS in getattr(kind, "__metadata__", ()) or any(map(_names_media, get_args(kind)))
