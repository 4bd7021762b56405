"""The group of a clip whose speed may change while it plays."""

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, WithJsonSchema, field_validator

from engine.catalog import fold_name
from engine.curves import PRESETS, Points, SpeedCurve
from engine.segments import Segment, VideoSegment
from util import nearest

from .groups import Excerpt
from .words import Number, Share, at_most

_SLOWEST, _FASTEST = 0.1, 10
_MOST_POINTS = 100
_BY_FOLDED_NAME = {fold_name(name): points for name, points in PRESETS.items()}


def _named(curve: Any) -> Any:
    """The points of a curve that is given by its name, or by points with names for their parts."""
    if isinstance(curve, list):
        return [_pair(point) for point in curve]
    if not isinstance(curve, str):
        return curve
    if fold_name(curve) not in _BY_FOLDED_NAME:
        near = ", ".join(nearest(curve, PRESETS) or PRESETS)
        raise ValueError(f"there is no speed curve named {curve!r}; nearest: {near}; or give points [[x, speed], ...]")
    return _BY_FOLDED_NAME[fold_name(curve)]


def _pair(point: Any) -> Any:
    """{"x", "y"}, as drafts have points, and {"x", "speed"} as [x, speed]."""
    if isinstance(point, dict) and point.keys() in ({"x", "y"}, {"x", "speed"}):
        return point["x"], point.get("y", point.get("speed"))
    return point


def _whole(points: Points) -> Points:
    places = [x for x, _ in points]
    if len(points) < 2 or places[0] != 0 or places[-1] != 1 or sorted(set(places)) != places:
        raise ValueError("needs at least two points [x, speed]; the first x is 0, the last 1, each greater than before")
    return points


Factor = Annotated[Number, Field(ge=_SLOWEST, le=_FASTEST)]
Curve = Annotated[
    tuple[tuple[Share, Factor], ...],
    AfterValidator(_whole),
    BeforeValidator(_named),
    at_most(_MOST_POINTS),
    WithJsonSchema(
        {
            "type": ["array", "string"],
            "items": {
                "type": "array",
                "prefixItems": [
                    {"type": "number", "minimum": 0, "maximum": 1},
                    {"type": "number", "minimum": _SLOWEST, "maximum": _FASTEST},
                ],
                "minItems": 2,
                "maxItems": 2,
            },
            "minItems": 2,
            "maxItems": _MOST_POINTS,
        }
    ),
]


class Paced(Excerpt):
    """A clip whose speed may change while it plays."""

    speed_curve: Curve | None = Field(
        None,
        description="How its speed changes: montage, hero, bullet, jump_cut, flash_in, flash_out, or 2 to 100 points "
        "[x, speed]: x from 0 to 1 is where in what plays of the medium, speed 0.1 to 10; or {x, y}. Not with speed.",
    )

    @field_validator("speed_curve")
    @classmethod
    def _one_speed(cls, curve: Points, info: ValidationInfo) -> Points:
        if info.data.get("speed", 1) != 1:
            raise ValueError("cannot be combined with speed; leave one of them out")
        return curve

    def curve(self) -> SpeedCurve | None:
        """The curve, if one is asked for."""
        return SpeedCurve(self.speed_curve) if self.speed_curve else None

    def pace(self) -> float:
        """See Excerpt."""
        curve = self.curve()
        return curve.mean if curve else self.speed

    @classmethod
    def times(cls, segment: Segment) -> dict[str, Any]:
        """See OnTrack. A clip that was cut knows what is left of its curve."""
        assert isinstance(segment, VideoSegment)
        return super().times(segment) | ({"speed_curve": segment.curve.points} if segment.curve else {})
