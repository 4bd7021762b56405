"""Drafts that nobody would think of: whatever the service accepts must be saved as a draft that opens right."""

import importlib.util
import random
from functools import cache
from pathlib import Path

import orjson
import pytest

from engine.adjust import SLIDERS
from engine.catalog import names
from engine.keyframes import CURVES, PROPERTIES
from engine.lint import lint
from errors import SaveFailedError, ServiceError
from operations import OPERATIONS

TARGETS = {"capcut": "capcut", "capcut_legacy": "capcut", "jianying_5_9": "jianying", "jianying_10": "jianying"}
RATES = (1, 12.5, 23.976, 24, 25, 29.97, 30, 50, 59.94, 60, 120)
TINY = Path(__file__).with_name("data") / "tiny.ttf"
TEXTS = ("a", "你好😀", "👨‍👩‍👧‍👦 x", "é" * 5, "𝒳𝒴")

SIDES = (("left",), ("left", "right"), ("top", "bottom"), ("left", "top", "right", "bottom"))


@cache
def checker():
    found = importlib.util.spec_from_file_location("check_draft", Path(__file__).with_name("check_draft.py"))
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


ADDS = (
    *("add_video", "add_image", "add_audio", "add_text", "add_subtitle"),
    *("add_effect", "add_filter", "add_adjust", "add_sticker"),
)


class Maker:
    """Draws requests with the randomness it is given; to add an operation that adds: a method, its name in ADDS."""

    def __init__(self, randomness, media):
        self.random = randomness
        pick = self.random.choice
        self.videos = [media.video(f"https://e.com/v{i}.mp4", pick([0.02, 0.5, 2.97, 5, 61.3])) for i in range(5)]
        self.photos = [media.photo(f"https://e.com/p{i}.png") for i in range(2)]
        self.fonts = [media.file("https://e.com/f.ttf", TINY.read_bytes()), media.file("https://e.com/no.ttf", b"no")]
        self.sounds = [media.audio(f"https://e.com/a{i}.mp3", pick([0.3, 3.14159, 120])) for i in range(3)]

    def time(self, most=20):
        return self.random.choice([0, 1, 2.5, self.random.uniform(0, most)])

    def maybe(self, chance, **fields):
        return {name: make() for name, make in fields.items()} if self.random.random() < chance else {}

    def operation(self, app):
        rarely = ["add_subtitle"] if self.random.random() < 0.5 else []
        name = self.random.choice([*ADDS, "add_video", "add_text", *rarely])
        return name, self.addition(name, app)

    def addition(self, name, app):
        return getattr(self, name)(app) | self.maybe(0.3, track_name=lambda: name + self.random.choice("12"))

    def clip(self):
        start, pick = self.time(5), self.random.uniform
        return {"start": start, "target_start": self.time()} | {
            **self.maybe(0.6, end=lambda: start + pick(0.001, 6)),
            **self.maybe(0.3, duration=lambda: start + pick(0.1, 10)),
            **self.maybe(0.4, speed=lambda: self.random.choice([0.1, 0.5, 1.33, 2, 7.7, 100])),
        }

    def span(self):
        start = self.time()
        return {"start": start, "end": start + self.random.uniform(0.0001, 5)}

    def looks(self, app):
        pick = self.random.choice
        return {
            **self.maybe(
                0.4,
                transition=lambda: pick(names(app, "transition")),
                transition_duration=lambda: self.random.uniform(0.001, 8),
            ),
            **self.maybe(0.3, mask_type=lambda: pick(names(app, "mask"))),
            **self.maybe(0.3, background_blur=lambda: self.random.randint(1, 4)),
            **self.maybe(0.2, background_color=lambda: "#123456"),
            **self.maybe(0.3, alpha=self.random.random, rotation=lambda: self.random.uniform(-400, 400)),
            **self.maybe(0.3, crop=lambda: {side: self.random.uniform(0, 0.5) for side in pick(SIDES)}),
            **self.maybe(0.3, fit=lambda: pick(["contain", "cover", "stretch", "blur"]), flip_vertical=lambda: True),
            **self.maybe(
                0.3, filter=lambda: pick(names(app, "filter")), filter_intensity=lambda: self.random.uniform(0, 100)
            ),
            **self.maybe(0.2, effects=lambda: [{"name": pick(names(app, "video_scene_effect")), "params": [None]}]),
            **self.maybe(0.3, adjust=self.adjustments),
            **self.maybe(0.2, mix_mode=lambda: pick(names(app, "mix_mode")), chroma_key=lambda: "#00FF00"),
            **self.maybe(
                0.3,
                intro_animation=lambda: pick(names(app, "video_intro")),
                outro_animation=lambda: pick(names(app, "video_outro")),
                intro_animation_duration=lambda: self.random.uniform(0.01, 8),
            ),
            **self.maybe(0.1, combo_animation=lambda: pick(names(app, "video_combo"))),
        }

    def sound(self):
        return self.maybe(0.4, fade_in=self.time, fade_out=self.time) | self.maybe(0.3, change_pitch=lambda: True)

    def add_video(self, app):
        url = self.random.choice(self.videos * 3 + self.photos)
        bent = self.maybe(0.3, speed_curve=self.curve, speed=lambda: 1)
        return {"video_url": url} | self.clip() | self.looks(app) | self.sound() | bent

    def curve(self):
        inner = sorted({round(self.random.random(), 3) for _ in range(self.random.randint(0, 4))} - {0, 1})
        own = [[x, self.random.uniform(0.1, 10)] for x in (0, *inner, 1)]
        return self.random.choice([own, own, "bullet", "Flash in"])

    def add_audio(self, app):
        effect = self.maybe(0.3, effect_type=lambda: self.random.choice(names(app, "audio_scene_effect")))
        return {"audio_url": self.random.choice(self.sounds * 3 + self.videos)} | self.clip() | effect | self.sound()

    def add_image(self, app):
        return {"image_url": self.random.choice(self.photos)} | self.span() | self.looks(app)

    def add_text(self, app):
        text = self.random.choice(TEXTS)
        first = self.random.randint(0, len(text) - 1)
        style = {"start": first, "end": self.random.randint(first + 1, len(text)), "style": {"bold": True}}
        span = self.span()
        return (
            {"text": text}
            | span
            | self.text_look(app, text)
            | self.maybe(0.5, text_styles=lambda: [style, {**style, "end": len(text)}])
            | self.maybe(0.2, words=lambda: self.words(text, **span))
        )

    def add_video_keyframe(self, tracks):
        """Some keyframes on any track: many are refused, for nothing is there or it has no such property."""
        track, count = self.random.choice([*tracks.values(), None]), self.random.randint(1, 4)
        found = self.random.choice(track.segments) if track and track.segments else None
        start = found.start / 1e6 if found else 0
        end = start + 3 if found is None or found.end is None else found.end / 1e6
        names = PROPERTIES.get(track.type, ["alpha"]) if track else ["alpha"]
        values = {"rotation": lambda: f"{self.random.uniform(-90, 90):.3f}deg"}
        chosen = [self.random.choice(names) for _ in range(count)]
        return {
            "track_name": track.name if track else "nobody",
            "property_types": chosen,
            "times": [self.random.uniform(start, end) for _ in range(count)],
            "values": [values.get(name, self.random.random)() for name in chosen],
            "easing": self.random.choice([*sorted(CURVES), self.bent()]),
        }

    def bent(self):
        pick = self.random.uniform
        return [pick(0, 1), pick(-1, 2), pick(0, 1), pick(-1, 2)]

    def add_sticker(self, app):
        pick = self.random.uniform
        return {"sticker_id": "7245680678875008261"} | self.span() | self.maybe(0.5, rotation=lambda: pick(-400, 400))

    def add_filter(self, app):
        strength = self.maybe(0.5, filter_intensity=lambda: self.random.uniform(0, 100))
        return {"filter": self.random.choice(names(app, "filter"))} | self.span() | strength

    def add_adjust(self, app):
        return self.adjustments() | self.span()

    def adjustments(self):
        """Some sliders; none is refused where there must be one."""
        chosen = self.random.sample(sorted(SLIDERS), self.random.randint(0, 4))
        return {name: self.random.uniform(0 if name in ("sharpen", "clarity") else -100, 100) for name in chosen}

    def add_subtitle(self, app):
        cues = [{"text": self.random.choice(TEXTS)} | self.span() for _ in range(self.random.randint(1, 8))]
        later = self.maybe(0.3, time_offset=lambda: self.random.uniform(-3, 30))
        trim = self.maybe(0.3, on_overlap=lambda: "trim")
        return {"cues": cues} | later | trim | self.text_look(app, self.random.choice(TEXTS))

    def text_look(self, app, text):
        pick, between = self.random.choice, self.random.uniform
        return {
            **self.maybe(0.5, intro_animation=lambda: pick(names(app, "text_intro"))),
            **self.maybe(
                0.2, outro_animation=lambda: pick(names(app, "text_outro")), outro_duration=lambda: between(0.01, 3)
            ),
            **self.maybe(0.2, font_url=lambda: pick(self.fonts)),
            **self.maybe(0.3, loop_animation=lambda: pick(names(app, "text_loop"))),
            **self.maybe(0.3, keywords=lambda: [pick(text), {"text": text[-2:], "style": {"italic": True}}]),
            **self.maybe(0.3, alignment=lambda: pick(["left", "right"]), rotation=lambda: between(-400, 400)),
            **self.maybe(0.3, auto_wrapping=lambda: pick([True, False]), bold=lambda: pick([True, False])),
        }

    def words(self, text, start, end):
        """Some characters of a text one after the other, each with its time."""
        times = sorted(self.random.uniform(start, end) for _ in range(2 * min(len(text), 3)))
        pairs = zip(text, times[::2], times[1::2], strict=False)
        return [{"text": character, "start": begin, "end": until} for character, begin, until in pairs]

    def add_effect(self, app):
        return {"effect_type": self.random.choice(names(app, "video_scene_effect"))} | self.span()


@pytest.mark.parametrize("seed", range(60))
def test_whatever_is_accepted_opens_right(services, media, seed):
    maker = Maker(random.Random(seed), media)
    target = maker.random.choice(list(TARGETS))
    OPERATIONS["create_draft"]({"draft_id": "d1", "target": target, "fps": maker.random.choice(RATES)}, services)
    for _ in range(maker.random.randint(1, 25)):
        name, fields = maker.operation(TARGETS[target])
        try:
            OPERATIONS[name]({"draft_id": "d1", **fields}, services)
        except ServiceError as refusal:
            assert refusal.status in (400, 409), refusal
    for _ in range(maker.random.randint(0, 8)):
        fields = maker.add_video_keyframe(services.drafts.snapshot("d1").tracks)
        try:
            OPERATIONS["add_video_keyframe"]({"draft_id": "d1", **fields}, services)
        except ServiceError as refusal:
            assert refusal.status in (400, 404, 409), refusal
    assert_it_opens_right(services, maker.random.choice(["trim", "drop"]))


def assert_it_opens_right(services, on_conflict):
    """The draft "d1" is saved without a finding, and its JSON passes the independent checker."""
    shown = OPERATIONS["query_script"]({"draft_id": "d1", "format": "object"}, services).script
    assert lint(shown) == []
    state = saved(services, on_conflict)
    assert state["findings"] == [] and "internal" not in state["message"], state
    (content,) = services.saved.archive("d1").parent.glob("*/draft_content.json")
    document = orjson.loads(content.read_bytes())
    report = checker().R()
    checker().timeline(document, report)
    assert [row for row in report.rows if row[0] != "info"] == []


def saved(services, on_conflict):
    """The last state of a save, complete or not."""
    try:
        answer = OPERATIONS["save_draft"]({"draft_id": "d1", "wait": 60, "on_conflict": on_conflict}, services)
    except SaveFailedError as failure:
        return failure.details
    return answer.model_dump()
