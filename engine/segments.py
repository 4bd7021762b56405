"""What a caller asked to have on the timeline.

A segment here is a request made exact, not yet the app's JSON: it may lack what only its media can tell (where an
open clip ends, how large a mask is in pixels). `settle.py` fills that in and `export.py` writes it with
pyJianYingDraft. Segments never change; a changed one is a new one (`dataclasses.replace`). So a saved copy of a draft
shares them with the draft that goes on being edited, at the cost of a list.

All times are whole microseconds; all pairs of times are (start, duration).
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

from .adjust import Adjustments
from .catalog import Kind
from .curves import SpeedCurve
from .facts import MediaKind
from .keyframes import Keyframes

TrackType = Literal["video", "audio", "filter", "adjust", "effect", "sticker", "text"]
AnimationKind = Literal["in", "out", "group", "loop"]
Colour = tuple[float, float, float]
"""Red, green and blue from 0 to 1."""

KEYFRAME_WEIGHT = 130
"""Bytes that one takes in memory, measured."""


@dataclass(frozen=True, slots=True)
class Media:
    """A medium by the address it was asked for under."""

    url: str
    kind: MediaKind
    """What the caller takes it for; its content decides."""
    duration: int | None = None
    """How long it plays, when the caller said so."""


@dataclass(frozen=True, slots=True)
class Look:
    """Where and how a segment stands on the canvas."""

    transform_x: float = 0.0
    """Half canvas widths from the centre, right is positive."""
    transform_y: float = 0.0
    """Half canvas heights from the centre, up is positive."""
    scale_x: float = 1.0
    scale_y: float = 1.0
    alpha: float = 1.0
    rotation: float = 0.0
    """Degrees clockwise."""
    flip_horizontal: bool = False
    flip_vertical: bool = False


@dataclass(frozen=True, slots=True)
class Crop:
    """What is cut away from each edge of a picture, as fractions of its width and height."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class ChromaKey:
    """A colour that becomes transparent; strengths from 0 to 100 as in the app."""

    colour: str
    intensity: float
    shadow: float


@dataclass(frozen=True, slots=True)
class Filter:
    """A look from the app's store."""

    name: str
    intensity: float
    """0 to 100."""


@dataclass(frozen=True, slots=True)
class Mask:
    """A shape that lets part of the picture through."""

    name: str
    center_x: float
    """Pixels of the canvas right of the medium's centre."""
    center_y: float
    """Pixels of the canvas above the medium's centre."""
    size: float
    """Its main measure as a fraction of the medium's height."""
    rotation: float
    """Degrees clockwise."""
    feather: float
    """Softness of the edge, 0 to 100."""
    invert: bool
    rect_width: float | None
    """Rectangles: width as a fraction of the medium's width; None: as its size."""
    round_corner: float | None
    """Rectangles: rounding of the corners, 0 to 100."""


@dataclass(frozen=True, slots=True)
class Transition:
    """How a clip gives way to the one that touches its end."""

    name: str
    duration: int


@dataclass(frozen=True, slots=True)
class Animation:
    """Movement at the beginning ("in"), at the end ("out") or over all of a segment ("group"; texts: "loop")."""

    kind: AnimationKind
    name: str
    duration: int | None
    """None: the resource's own."""


@dataclass(frozen=True, slots=True)
class Effect:
    """A voice, room or picture effect."""

    kind: Kind
    """Its kind in the catalog."""
    name: str
    params: tuple[float | None, ...]
    """Slider values from 0 to 100; None: the slider's default."""


Fit = Literal["contain", "cover", "stretch"]
"""How large a picture is at scale 1: all of it inside the canvas, just filling it, or drawn out to its shape."""


@dataclass(frozen=True, slots=True)
class Finish:
    """What is done to a picture itself, wherever it stands."""

    crop: Crop | None = None
    fit: Fit = "contain"
    filter: Filter | None = None
    effects: tuple[Effect, ...] = ()
    mix_mode: str | None = None
    """How it mixes with what is behind it, by name."""
    chroma_key: ChromaKey | None = None
    adjustments: Adjustments = ()

    @property
    def weight(self) -> int:
        """About how many bytes it takes in memory, in a segment that has any of it."""
        return 400 + 150 * len(self.effects) + 100 * len(self.adjustments)


NATURAL = Finish()
"""Nothing is done to it."""


@dataclass(frozen=True, slots=True)
class TextStyle:
    """How characters look."""

    size: float
    colour: Colour
    alpha: float
    font: str | None
    bold: bool = False
    italic: bool = False
    underline: bool = False
    font_url: str | None = None
    """A font file, which goes before `font`."""


@dataclass(frozen=True, slots=True)
class TextBorder:
    """A line around characters; its width from 0 to 100 as in the app."""

    width: float
    colour: Colour
    alpha: float


@dataclass(frozen=True, slots=True)
class TextRun:
    """A stretch of characters that looks different: [start, end) in Unicode characters."""

    start: int
    end: int
    style: TextStyle
    border: TextBorder | None
    """None: that of the whole text."""


@dataclass(frozen=True, slots=True)
class TextBackground:
    """A plate behind the text; sizes and offsets from 0 to 1 as in the app."""

    style: int
    colour: str
    alpha: float
    round_radius: float
    width: float
    height: float
    horizontal_offset: float
    vertical_offset: float


@dataclass(frozen=True, slots=True)
class TextShadow:
    """A shadow of the text."""

    colour: Colour
    alpha: float
    angle: float
    """Degrees from -180 to 180."""
    distance: float
    """0 to 100 as in the app."""
    smoothing: float
    """0 to 100 as in the app."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a segment was asked for with, so that it can be read back and built again with something changed.

    Where the segment stands and what of its medium plays is not in here: the segment itself knows that, and moving
    or trimming it needs to change nothing else.
    """

    model: type
    """The request model; the engine only hands it back."""
    fields: bytes
    """The fields that were given, as JSON."""

    @property
    def weight(self) -> int:
        """About how many bytes it takes in memory."""
        return 100 + len(self.fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Something on a track."""

    track_type: ClassVar[TrackType]

    id: str
    added: int
    """Number of the call that placed it: the later-added of two has the larger; of two of one call neither has."""
    start: int
    """Where it begins on the timeline."""
    duration: int | None
    """How long it lasts on the timeline; None: to the end of its media."""
    asked: Asked | None = None
    """None only for segments that no request made."""
    keyframes: Keyframes = ()
    """Values that change while it is shown."""

    @property
    def weight(self) -> int:
        """About how many bytes it takes in memory (benchmarks/memory.py)."""
        return 610 + self.kept_weight

    @property
    def kept_weight(self) -> int:
        """The part of its weight that any kind of segment may have."""
        return KEYFRAME_WEIGHT * len(self.keyframes) + (self.asked.weight if self.asked else 0)

    @property
    def end(self) -> int | None:
        """Where it ends on the timeline; None as long as only its media can tell."""
        return None if self.duration is None else self.start + self.duration


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaSegment(Segment):
    """A clip of a medium."""

    media: Media
    source_start: int = 0
    """Where in the medium it begins."""
    speed: float = 1.0
    """2 plays twice as fast: two seconds of the medium last one on the timeline."""
    asked_length: int | None = None
    """How much of the medium was asked for, as long as nothing was cut off: its time on the timeline is on frames."""
    volume: float = 1.0
    fade_in: int = 0
    """How long its sound takes to come in."""
    fade_out: int = 0
    """How long its sound takes to go out."""
    change_pitch: bool = False
    """Whether its sound becomes higher when it plays faster."""

    @property
    def weight(self) -> int:
        """See Segment."""
        return 620 + len(self.media.url) + self.extra_weight + self.kept_weight

    @property
    def extra_weight(self) -> int:
        """What few clips have, in bytes."""
        return 0

    def source_duration(self, duration: int) -> int:
        """How much of the medium `duration` on the timeline uses."""
        return round(duration * self.speed)


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoSegment(MediaSegment):
    """A video clip or a picture."""

    track_type: ClassVar[TrackType] = "video"

    look: Look = Look()
    mask: Mask | None = None
    transition: Transition | None = None
    animations: tuple[Animation, ...] = ()
    background_blur: float | None = None
    """Fill what the picture leaves of the canvas with the picture, blurred: 0.0625, 0.375, 0.75 or 1."""
    background_colour: str | None = None
    """Fill it with a colour instead."""
    curve: SpeedCurve | None = None
    """How its speed changes; `speed` is its mean then. It spans what is shown, however long that is."""
    finish: Finish = NATURAL

    @property
    def extra_weight(self) -> int:
        """See MediaSegment."""
        finish = 0 if self.finish is NATURAL else self.finish.weight
        return finish + (200 + 120 * len(self.curve.points) if self.curve else 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioSegment(MediaSegment):
    """A clip of sound."""

    track_type: ClassVar[TrackType] = "audio"

    effect: Effect | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectSegment(Segment):
    """A visual effect over all that is behind its track."""

    track_type: ClassVar[TrackType] = "effect"

    effect: Effect


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterSegment(Segment):
    """A filter over all that is behind its track."""

    track_type: ClassVar[TrackType] = "filter"

    filter: Filter


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustSegment(Segment):
    """Colour adjustments of all that is behind its track."""

    track_type: ClassVar[TrackType] = "adjust"

    adjustments: Adjustments

    @property
    def weight(self) -> int:
        """See Segment."""
        return 610 + 100 * len(self.adjustments) + self.kept_weight


@dataclass(frozen=True, slots=True, kw_only=True)
class StickerSegment(Segment):
    """A sticker on the canvas."""

    track_type: ClassVar[TrackType] = "sticker"

    resource_id: str
    """What the app's store knows it by."""
    look: Look = Look()


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSegment(Segment):
    """A text on the canvas."""

    track_type: ClassVar[TrackType] = "text"

    text: str
    style: TextStyle
    look: Look = Look()
    vertical: bool = False
    alignment: int = 1
    """0 left, 1 centre, 2 right."""
    letter_spacing: float = 0.0
    line_spacing: float = 0.0
    """Both as the app counts them; 0 is the font's own."""
    wraps: bool = False
    """Whether lines longer than `line_max_width` are broken, as the apps do with captions."""
    line_max_width: float = 0.82
    """Fraction of the canvas width."""
    fixed_width: float | None = None
    """Fraction of the canvas width; None: as wide as the text needs."""
    fixed_height: float | None = None
    border: TextBorder | None = None
    background: TextBackground | None = None
    shadow: TextShadow | None = None
    runs: tuple[TextRun, ...] = ()
    animations: tuple[Animation, ...] = ()
    bubble: tuple[str, str] | None = None
    """(effect id, resource id) of a speech bubble."""
    effect_id: str | None = None
    """Effect id of a decorative text style."""
    captions: str = ""
    """Name of the captions that it came in with, if it did."""

    @property
    def font_urls(self) -> set[str]:
        """The font files that it is set in."""
        styles = (self.style, *(run.style for run in self.runs))
        return {style.font_url for style in styles if style.font_url}

    @property
    def weight(self) -> int:
        """See Segment."""
        return 750 + 4 * len(self.text) + 250 * len(self.runs) + self.kept_weight
