"""set_canvas: change the size of the picture and the frame rate."""

from typing import Literal

from pydantic import Field

from engine.editing import put_on_grid
from engine.script_file import Script_file
from engine.time import frame_rate, seconds
from errors import InvalidRequestError
from fields.answers import DraftAnswer
from fields.requests import OfDraft
from fields.words import LEAST_PIXELS, MOST_PIXELS, FrameRate, Pixels


class SetCanvas(OfDraft):
    """Change the canvas of a draft, its frame rate, or both."""

    example = {"draft_id": "first", "ratio": "1:1"}

    width: Pixels | None = Field(None, description="Width in pixels; left out: as now, or as ratio has it.")
    height: Pixels | None = Field(None, description="Height in pixels; left out: as now, or as ratio has it.")
    ratio: Literal["9:16", "16:9", "1:1", "4:3", "3:4", "21:9"] | None = Field(
        None, description="Width to height; with neither of them given the shorter side stays."
    )
    fps: FrameRate | None = Field(
        None, description="Frames a second; every edge of a segment goes to the nearest frame. Left out: as now."
    )

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Width and height, from those that there are.

        Raises:
            InvalidRequestError: the ratio and both sides are given, or the other side would be out of bounds.
        """
        if self.ratio is None:
            return self.width or width, self.height or height
        if self.width and self.height:
            raise InvalidRequestError.about("ratio", "give two of width, height and ratio")
        across, down = (int(part) for part in self.ratio.split(":"))
        found = self._by_ratio(across, down, min(width, height))
        if not all(LEAST_PIXELS <= side <= MOST_PIXELS for side in found):
            within = f"is not within {LEAST_PIXELS} to {MOST_PIXELS} pixels"
            raise InvalidRequestError.about("ratio", f"{found[0]} x {found[1]} {within}")
        return found

    def _by_ratio(self, across: int, down: int, shorter: int) -> tuple[int, int]:
        if self.width:
            return self.width, _even(self.width * down / across)
        if self.height:
            return _even(self.height * across / down), self.height
        return _even(shorter * max(across / down, 1)), _even(shorter * max(down / across, 1))


class Canvas(DraftAnswer):
    """The canvas as it is now."""

    width: int = Field(description="Width in pixels.")
    height: int = Field(description="Height in pixels.")
    fps: float = Field(description="Frames a second.")
    duration: float = Field(description="Where the last segment ends, in seconds.")


def set_canvas(req: SetCanvas, script: Script_file) -> Canvas:
    """Put everything on the grid of the new rate, then change the canvas."""
    if not req.model_fields_set & {"width", "height", "ratio", "fps"}:
        raise InvalidRequestError.about("width", "give width, height, ratio or fps")
    width, height = req.size(script.width, script.height)
    rate = frame_rate(req.fps) if req.fps else script.rate
    with script.all_or_nothing():
        if rate != script.rate:
            put_on_grid(script, rate, "fps")
        script.set_canvas(width, height, rate)
    return Canvas(
        draft_id=script.draft_id,
        version=script.version,
        width=width,
        height=height,
        fps=float(rate),
        duration=seconds(script.duration),
    )


def _even(side: float) -> int:
    """The nearest even number of pixels: video formats have no odd ones."""
    return round(side / 2) * 2
