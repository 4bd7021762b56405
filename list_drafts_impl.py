"""list_drafts: which drafts there are."""

from typing import Literal

from pydantic import BaseModel, Field

from fields.answers import Answer
from fields.pages import Searched
from services import Services
from store.drafts import DraftEntry, Listing, State
from util import utc

SortName = Literal["changed_at", "created_at", "name", "draft_id", "bytes", "version"]


class ListDrafts(Searched):
    """List drafts: search by id or name, sort, page through them."""

    example = {"search": "first", "sort": "changed_at", "limit": 10}

    state: Literal["active", "deleted", "all"] = Field("active", description="Which: active, deleted, or all.")
    sort: SortName = Field("changed_at", description="What they are sorted by.")
    order: Literal["ascending", "descending"] = Field("descending", description="Which way they are sorted.")


class ListedDraft(BaseModel):
    """One draft of a list."""

    draft_id: str = Field(description="The draft.")
    name: str = Field(description="Its name.")
    state: State = Field(description="active, or deleted: then recover_draft brings it back.")
    version: int = Field(description="How many operations it has.")
    bytes: int = Field(description="Size of its operations.")
    created_at: str = Field(description="When it was made, as UTC.")
    changed_at: str = Field(description="When it was last edited, as UTC.")
    deleted_at: str = Field(description="When it was deleted, as UTC; empty if it was not.")


class DraftList(Answer):
    """One page of drafts."""

    drafts: list[ListedDraft] = Field(description="The drafts of this page.")
    total: int = Field(description="How many there are on all pages.")


def list_drafts(req: ListDrafts, services: Services) -> DraftList:
    """Ask the index of drafts."""
    state: State | None = None if req.state == "all" else req.state
    listing = Listing(req.search, state, req.sort, req.order == "descending", req.limit, req.offset)
    entries, total = services.store.search(listing)
    return DraftList(drafts=[_listed(entry) for entry in entries], total=total)


def _listed(entry: DraftEntry) -> ListedDraft:
    return ListedDraft(
        draft_id=entry.draft_id,
        name=entry.name,
        state="active" if entry.deleted_at is None else "deleted",
        version=entry.version,
        bytes=entry.bytes,
        created_at=utc(entry.created_at),
        changed_at=utc(entry.changed_at),
        deleted_at="" if entry.deleted_at is None else utc(entry.deleted_at),
    )
