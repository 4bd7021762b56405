"""The named resources of both apps: transitions, masks, fonts, filters, animations and effects.

An app knows a resource by its ids; a client sends a name. Here a name becomes the resource.
The facts are in `catalog_data/<app>.json`, which `python -m scripts.build_catalog` writes from the enums of
pyJianYingDraft and pycapcut and from `scripts/legacy_catalog.json`. Never edit them by hand.

To add a resource: put it under its app and kind in `scripts/legacy_catalog.json`, then run the script.
To let another name stand for a known resource: add it to `OTHER_NAMES` in the script, then run it.
To add a kind: add it to `Kind` here and to `ENUMS` in the script, then run it.

A file is read when its app is first asked for, and the names of a kind are indexed when that kind is: importing this
room costs nothing.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import Any, Literal, get_args

import orjson

from errors import UnknownNameError
from util import nearest

App = Literal["capcut", "jianying"]
"""Whose resource it is: the two apps have different stores, and one's ids mean nothing to the other."""

Kind = Literal[
    "transition",
    "mask",
    "font",
    "filter",
    "mix_mode",
    "video_intro",
    "video_outro",
    "video_combo",
    "text_intro",
    "text_outro",
    "text_loop",
    "video_scene_effect",
    "video_character_effect",
    "audio_scene_effect",
    "audio_tone",
    "audio_speech_to_song",
]
"""What a resource is for; one vocabulary for both apps, though each calls some of them otherwise."""

KINDS: tuple[Kind, ...] = get_args(Kind)
"""Every kind, in the order of the index files."""

DISPLAY_NAMES: dict[App, str] = {"capcut": "CapCut", "jianying": "JianYing"}
"""How each app is called in messages."""

DATA_FOLDER = Path(__file__).with_name("catalog_data")
"""Where the index files are."""

_Row = dict[str, Any]  # one line of an index file: the fields of a Resource that are not at their default
_IGNORED = re.compile(r"[\s_-]+")


@dataclass(frozen=True, slots=True)
class Param:
    """One slider of an effect, in the effect's own scale; a slider position of 0-100 spans `min` to `max`."""

    name: str
    """What the app calls it, for example "effects_adjust_speed"."""
    default: float
    """Its value when nobody says otherwise."""
    min: float = 0.0
    """Its value at slider position 0."""
    max: float = 1.0
    """Its value at slider position 100."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One named thing of an app's store; which of the later fields mean anything depends on its kind."""

    name: str
    """The name that clients send and `names` lists."""
    title: str
    """The name that the app shows."""
    resource_id: str
    """The id that the app fetches it by."""
    effect_id: str
    """The second id that drafts carry; "" where it is not known (CapCut's tones)."""
    md5: str = ""
    """Checksum of its package, and the name of its folder in the app's cache; "" where it is not known."""
    is_vip: bool = False
    """Whether using it needs a paid account."""
    duration_us: int = 0
    """Animations: how long it runs unless told otherwise, in whole microseconds; 0 where it is not known."""
    default_duration_us: int = 0
    """Transitions: how long it runs unless told otherwise, in whole microseconds."""
    is_overlap: bool = False
    """Transitions: whether the two clips run over each other while it lasts."""
    params: tuple[Param, ...] = ()
    """Effects and filters: their sliders, in the order in which clients send values."""
    resource_type: str = ""
    """Masks: the shape as drafts spell it, for example "circle"."""
    default_aspect_ratio: float = 1.0
    """Masks: width over height, both as shares of the medium, unless told otherwise."""
    other_names: tuple[str, ...] = ()
    """Further names that find it."""


@dataclass(frozen=True, slots=True)
class _Index:
    """The rows of one kind by exact name, in the order of the file, and by any folded name."""

    exact: dict[str, _Row]
    folded: dict[str, _Row]


def fold_name(name: str) -> str:
    """Make of `name` what all its spellings share: without case, width, white space, `_` and `-`."""
    return _IGNORED.sub("", unicodedata.normalize("NFKC", name).casefold())


def get_resource(app: App, kind: Kind, name: str) -> Resource:
    """Look up the resource of that name, like `find_resource`, but insist that there is one.

    Raises:
        UnknownNameError: the app has none; it holds the nearest names, and the other app if the name is one of its.
    """
    found = find_resource(app, kind, name)
    if found is None:
        near = _nearest_names(app, kind, name)
        raise UnknownNameError(kind, name, near, app=DISPLAY_NAMES[app], elsewhere=_elsewhere(app, kind, name))
    return found


def find_resource(app: App, kind: Kind, name: str) -> Resource | None:
    """Look up a resource by name, title or other name; None if the app has none.

    Case, width, white space, `_` and `-` make no difference, unless two names differ in nothing else: then the exact
    name decides, and failing that the first in the index. A name goes before a title or other name.

    Raises:
        KeyError: `app` or `kind` is not in the vocabulary.
    """
    index = _index(app, kind)
    row = index.exact.get(name) or index.folded.get(fold_name(name))
    return _resource(row) if row else None


def names(app: App, kind: Kind) -> list[str]:
    """List the names of one kind, in index order: the library's order, then the names only older clients use.

    Raises:
        KeyError: `app` or `kind` is not in the vocabulary.
    """
    return list(_index(app, kind).exact)


@dataclass(frozen=True, slots=True)
class Hit:
    """A resource that a search found, and whose it is."""

    app: App
    kind: Kind
    distance: float
    """How far its name is from what was asked for; 0: it is that name."""
    row: _Row

    @property
    def resource(self) -> Resource:
        """What was found."""
        return _resource(self.row)


def search(text: str, apps: Collection[App], kinds: Collection[Kind]) -> list[Hit]:
    """Find resources by what their names have in common with `text`, the nearest first; all of them if it is empty.

    First those of that name, then those that begin with it, that have it in them, that have all its words in them; if
    there is none of these, those that are spelled nearly so, and if there is none either, those with one of its words.

    Raises:
        KeyError: an app or a kind is not in the vocabulary.
    """
    for distance in (_by_letters(text), _by_looks(text), _by_a_word(text)):
        hits = [
            Hit(app, kind, far, row)
            for app in apps
            for kind in kinds
            for spellings, row in _spelled(app, kind)
            if not (text and row["name"] in _UNSAID)
            if (far := min(map(distance, spellings))) < _FAR
        ]
        if hits:
            break
    return sorted(hits, key=attrgetter("distance"))


_FAR = 10.0  # no match at all
_ALIKE = 0.6  # least likeness, as difflib has it, of two names that one may be a misspelling of


def _by_letters(text: str) -> Callable[[str], float]:
    """How far a spelling is from `text`, by the letters they share."""
    whole, words = fold_name(text), [fold_name(word) for word in _IGNORED.split(text)]

    def distance(spelling: str) -> float:
        if whole in spelling:
            return 0 if whole == spelling else 1 if spelling.startswith(whole) else 2
        return 3 if all(word in spelling for word in words) else _FAR

    return distance


def _by_a_word(text: str) -> Callable[[str], float]:
    """How far a spelling is from `text`, by the longest word of it that it has."""
    words = _long_words(text)
    return lambda spelling: min((9 - min(len(word), 8) / 10 for word in words if word in spelling), default=_FAR)


def _by_looks(text: str) -> Callable[[str], float]:
    """How far a spelling is from `text`, by how much they look alike."""
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(fold_name(text))

    def distance(spelling: str) -> float:
        matcher.set_seq1(spelling)
        if matcher.real_quick_ratio() < _ALIKE or matcher.quick_ratio() < _ALIKE:
            return _FAR
        likeness = matcher.ratio()
        return _FAR if likeness < _ALIKE else 4 - likeness

    return distance


def _nearest_names(app: App, kind: Kind, name: str) -> list[str]:
    """Those that have a word of `name` in them, then those that look like it; each as it is spelled there."""
    known = {spelling: (row["name"], said) for spelling, said, row in _said(app, kind)}
    words = _long_words(name)
    having = [spelling for spelling in known if any(word in spelling for word in words)]
    # One resource may be near under several spellings, so ask for more than the three that are wanted.
    spellings = get_close_matches(fold_name(name), having, n=9, cutoff=0) + nearest(fold_name(name), known, count=9)
    near: dict[str, str] = {}
    for spelling in spellings:
        near.setdefault(*known[spelling])
    return list(near.values())[:3]


@cache
def _said(app: App, kind: Kind) -> list[tuple[str, str, _Row]]:
    """Every spelling of a kind that can be offered, folded and as it is written; the name of a resource comes first."""
    names = ((name, row) for spell in _NAMED_BY for row in _rows(app)[kind] for name in spell(row))
    offered: dict[str, tuple[str, _Row]] = {}
    for name, row in names:
        if row["name"] not in _UNSAID:
            offered.setdefault(fold_name(name), (name, row))
    return [(spelling, name, row) for spelling, (name, row) in offered.items()]


_NAMED_BY: tuple[Callable[[_Row], Sequence[str]], ...] = (
    lambda row: (row["name"],),
    lambda row: row.get("other_names", ()),
    lambda row: (row["title"],) if "title" in row else (),
)
_UNSAID = {"undefined"}
"""Names that older clients may send and nobody should be offered: CapCut's list has a transition of no name."""


def _long_words(text: str) -> list[str]:
    """The words of `text` that tell something: "fade" of "fade in"."""
    return [fold_name(word) for word in _IGNORED.split(text) if len(word) >= _LEAST_LETTERS or not word.isascii()]


_LEAST_LETTERS = 3


def _elsewhere(app: App, kind: Kind, name: str) -> str:
    other: App = "jianying" if app == "capcut" else "capcut"
    return DISPLAY_NAMES[other] if find_resource(other, kind, name) else ""


def _resource(row: _Row) -> Resource:
    params = tuple(Param(**param) for param in row.get("params", ()))
    others = tuple(row.get("other_names", ()))
    defaults = {"title": row["name"], "effect_id": row["resource_id"]}
    return Resource(**{**defaults, **row, "params": params, "other_names": others})


@cache
def _index(app: App, kind: Kind) -> _Index:
    rows = _rows(app)[kind]
    folded: dict[str, _Row] = {}
    for row in rows:
        folded.setdefault(fold_name(row["name"]), row)
    for row in rows:
        for other in (row.get("title", ""), *row.get("other_names", ())):
            folded.setdefault(fold_name(other), row)
    folded.pop("", None)  # a name of nothing but separators must find nothing
    return _Index({row["name"]: row for row in rows}, folded)


@cache
def _spelled(app: App, kind: Kind) -> list[tuple[tuple[str, ...], _Row]]:
    """Every resource of a kind under all its folded names."""
    names = (
        (row, (row["name"], row.get("title", row["name"]), *row.get("other_names", ()))) for row in _rows(app)[kind]
    )
    return [(tuple(dict.fromkeys(map(fold_name, spellings))), row) for row, spellings in names]


@cache
def _rows(app: App) -> dict[str, list[_Row]]:
    if app not in DISPLAY_NAMES:  # no other word may become part of a path
        raise KeyError(app)
    kinds: dict[str, list[_Row]] = orjson.loads((DATA_FOLDER / f"{app}.json").read_bytes())
    return kinds
