"""mend_draft: mend what an imported draft breaks of the rules of the format, where there is but one way to."""

from typing import Annotated

from pydantic import AfterValidator, Field

from engine.export import write_timeline
from engine.lint import lint
from engine.mending import MENDS, mend
from engine.profiles import get_profile
from engine.script_file import Script_file
from engine.settle import settle
from fields.answers import DraftAnswer
from fields.requests import OfDraft
from fields.words import at_most
from services import Services


def _known(rule: str) -> str:
    if rule not in MENDS:
        raise ValueError(f"must be a rule that can be mended: {', '.join(MENDS)}")
    return rule


class MendDraft(OfDraft):
    """Let what was imported keep rules of the format that lint_draft says it breaks, where there is but one way to.

    Nothing is guessed, and no time is changed. What is written of the draft from now on keeps them: references that
    lead nowhere are gone, what the app needs beside each segment is there, media are registered, and the like.
    """

    example = {"draft_id": "first"}

    rules: Annotated[tuple[Annotated[str, AfterValidator(_known)], ...], at_most(len(MENDS))] | None = Field(
        None, description="The rules, as findings name them; left out: all that it breaks and that can be mended."
    )


class Mended(DraftAnswer):
    """The draft that is mended."""

    rules: list[str] = Field(description="Every rule that it is made to keep.")


def learn_rules(req: MendDraft, services: Services) -> tuple[MendDraft, list[str]]:
    """See which of the rules can be mended in this draft; those are logged, so that a later version mends no more.

    Raises:
        DraftNotFoundError: there is no such draft.
    """
    script = services.drafts.snapshot(req.draft_id)
    base = script.base
    if base is None:
        return req.model_copy(update={"rules": ()}), []  # what is made here keeps them all
    document, meta = write_timeline(settle(script, {}).script, {}).document, base.folder.meta_document()
    broken = {finding.rule for finding in lint(document, meta or None, is_placed=True)}
    wanted = [rule for rule in MENDS if rule in (broken if req.rules is None else req.rules)]
    left = mend(document, wanted, meta, get_profile(script.target), script.draft_id)
    rules = tuple(rule for rule in wanted if rule not in left)
    warnings = [f"rules: {', '.join(left)} cannot be mended: the draft is written as no app writes it"] if left else []
    return req.model_copy(update={"rules": rules}), warnings


def mend_draft(req: MendDraft, script: Script_file) -> Mended:
    """Note the rules; they are kept when the draft is written."""
    script.mend(req.rules or ())
    return Mended(draft_id=script.draft_id, version=script.version, rules=sorted(script.mends))
