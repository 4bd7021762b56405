"""add_text: put a text on the canvas.

A text with `words` (karaoke) becomes texts that follow each other without a gap, each saying all, with the word lit up
that is said then. Each of them is a text like any other afterwards.
"""

from collections.abc import Iterator
from typing import Any

from pydantic import Field

from engine.script_file import Script_file
from engine.time import LONGEST, microseconds, seconds
from fields.answers import Placed
from fields.text import AddText, TextRange, lit, places_in_order


class PlacedText(Placed):
    """A text and where it is."""

    segment_ids: list[str] = Field(description="The segment; with words all that it became, in order of time.")


def add_text(req: AddText, script: Script_file) -> PlacedText:
    """Place the text on its track, or one text for each of its words."""
    if req.words:
        return _sung(req, script)
    placed = req.put(script)
    return PlacedText(**vars(placed), segment_ids=[placed.segment_id])


def _sung(req: AddText, script: Script_file) -> PlacedText:
    with script.all_or_nothing():
        placed = [piece.put(script) for piece in _pieces(req, script)]
    told = placed[0].warnings + placed[-1].warnings  # how it comes in and how it goes out
    late = [
        f"words.{number}: shorter than a frame, so it is not lit up"
        for number, word in enumerate(req.words)
        if script.grid.frame(microseconds(word.start)) == script.grid.frame(microseconds(word.end))
    ]
    return PlacedText(
        **vars(placed[0]) | {"end": placed[-1].end, "warnings": list(dict.fromkeys([*told, *late]))},
        segment_ids=[one.segment_id for one in placed],
    )


def _pieces(req: AddText, script: Script_file) -> Iterator[AddText]:
    """A text for each stretch in which the same word is said, or none; it comes in and goes out once."""
    given = req.model_dump(mode="json", exclude_unset=True, exclude={"words", "highlight", "text_styles"})
    stretches = list(_stretches(req, script))
    for number, (first, last, style) in enumerate(stretches):
        leaves_out = (AddText.at_its_start if number else frozenset()) | (
            AddText.at_its_end if number < len(stretches) - 1 else frozenset()
        )
        fields: dict[str, Any] = {name: value for name, value in given.items() if name not in leaves_out}
        times = {"start": _time(script, first), "end": _time(script, last)}
        styles = (*req.text_styles, style) if style else req.text_styles
        yield AddText.model_validate(fields | times | {"text_styles": styles} if styles else fields | times)


def _stretches(req: AddText, script: Script_file) -> Iterator[tuple[int, int, TextRange | None]]:
    """First frame, the one after the last, and the word that is lit up."""
    grid, span = script.grid, req.span(script)
    at, last = grid.frame(span["start"]), grid.frame(span["start"] + span["duration"])
    for word, place in zip(req.words, places_in_order(req.words, req.text), strict=True):
        begin, end = (grid.frame(microseconds(time)) for time in (word.start, word.end))
        if at < begin < end:
            yield at, begin, None
        if max(at, begin) < end:
            yield max(at, begin), end, lit(*place, req.highlight)
            at = end
    if at < last:
        yield at, last, None


def _time(script: Script_file, frame: int) -> float:
    """Where a frame begins, as a request can name it: the last of 24 hours may begin a little later."""
    return seconds(min(script.grid.position(frame), LONGEST))
