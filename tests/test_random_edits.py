"""Edits that nobody would think of, on top of one another: the draft stays what its log says, and opens right."""

import random
from itertools import pairwise

import orjson
import pytest

from engine.catalog import names
from engine.export import write_timeline
from engine.keyframes import PROPERTIES, in_order
from engine.mending import MENDS
from engine.settle import settle
from errors import ServiceError
from operations import OPERATIONS

from .test_random_drafts import RATES, Maker

EDITS = {
    *("move_segment", "trim_segment", "split_segment", "remove_segment", "replace_media", "update_segment"),
    "replace_by_name",
    *("add_transition", "add_mask"),
    *("remove_track", "move_track", "mute_track", "hide_track", "set_canvas"),
    *("add_video_keyframe", "remove_keyframes"),
    *("rename_draft", "set_cover", "add_track", "mend_draft", "batch"),
}
OFTEN = ["move_segment", "trim_segment", "split_segment", "update_segment", "add_video_keyframe"] * 2
OF_PICTURES = ("add_transition", "add_mask", "replace_media")
RATIOS = ("9:16", "16:9", "1:1", "4:3", "3:4", "21:9")


class Editor(Maker):
    """Draws edits of a draft that it can look at; to add one: a method, its name in EDITS."""

    def edit(self, script, app):
        name = self.random.choice(sorted(EDITS) + OFTEN)
        return name, self.change(name, script, app)

    def change(self, name, script, app):
        """The fields of that edit for the draft as it is."""
        if name == "add_video_keyframe":
            return self.add_video_keyframe(script.tracks)
        if name.endswith("segment") or name in ("replace_media", "remove_keyframes", "add_transition", "add_mask"):
            found = list(script.segments())
            if name in OF_PICTURES and self.random.random() < 0.8:
                found = [pair for pair in found if pair[1].track_type == "video"] or found
            if name == "add_transition" and self.random.random() < 0.8:
                starts = {(track.name, segment.start) for track, segment in found}
                found = [pair for pair in found if (pair[0].name, pair[1].end) in starts] or found
            segment = self.random.choice(found)[1] if found else None
            named = {"segment_id": segment.id if segment else "nobody"}
            return named | getattr(self, name)(segment, app)
        if name == "batch":
            return self.batch(script, app)
        if name == "replace_by_name":
            return self.replace_by_name(script)
        named = {"track_name": self.random.choice([*script.tracks, "nobody"])} if name.endswith("track") else {}
        return named | getattr(self, name)()

    def near(self, segment):
        """A time in or around a segment, or one of its edges."""
        start, end = segment.start / 1e6, (segment.end or segment.start + 2_000_000) / 1e6
        inside, around = self.random.uniform(start, end), self.random.uniform(start - 2, end + 2)
        return max(0, self.random.choice([start, end, around, inside, inside, inside, inside]))

    def rippling(self):
        return self.maybe(0.5, ripple=lambda: self.random.choice(["track", "all", "none", True]))

    def move_segment(self, segment, app):
        track = self.maybe(0.3, track_name=lambda: self.random.choice(["a", "b", "video_main", "text_main"]))
        return self.maybe(0.8, start=self.time) | track | self.rippling()

    def trim_segment(self, segment, app):
        if segment is None:
            return {"end": 1}
        edges = self.maybe(0.5, start=lambda: self.near(segment)) | self.maybe(0.6, end=lambda: self.near(segment))
        return edges | self.rippling()

    def split_segment(self, segment, app):
        return {"at": self.near(segment) if segment else 1}

    def remove_segment(self, segment, app):
        return self.rippling()

    def remove_keyframes(self, segment, app):
        return self.maybe(0.7, property=lambda: self.random.choice(PROPERTIES["text"]))

    def replace_media(self, segment, app):
        url = self.random.choice(self.videos + self.photos + self.sounds)
        return {"url": url} | self.maybe(0.5, start=self.time) | self.maybe(0.3, duration=lambda: self.time() + 1)

    def update_segment(self, segment, app):
        kind = segment.asked.model.example if segment else {}
        name = next((op.name for op in OPERATIONS.values() if op.request.example is kind), "add_text")
        fields = getattr(self, name)(app) | self.maybe(0.2, track_name=lambda: self.random.choice("ab"))
        count = self.random.randint(1, len(fields))
        chosen = {field: fields[field] for field in self.random.sample(sorted(fields), count)}
        return {"set": {field: None if self.random.random() < 0.15 else value for field, value in chosen.items()}}

    def replace_by_name(self, script):
        """Other words for a text, or another medium for all that show one."""
        found = [segment for _, segment in script.segments()]
        said = [segment.text for segment in found if hasattr(segment, "text")] or ["nothing"]
        shown = [medium.url for medium in script.media()] or ["nothing"]
        texts = self.maybe(0.6, texts=lambda: {self.random.choice(said): "other words 😀"})
        url = self.random.choice(self.videos + self.photos)
        return texts or {"media": {self.random.choice(shown): url}}

    def add_transition(self, segment, app):
        length = self.maybe(0.5, transition_duration=lambda: self.random.uniform(0.001, 8))
        return {"transition": self.random.choice(names(app, "transition"))} | length

    def add_mask(self, segment, app):
        size = self.maybe(0.5, mask_size=lambda: self.random.uniform(0.01, 3))
        return {"mask_type": self.random.choice(names(app, "mask"))} | size

    def remove_track(self):
        return {}

    def move_track(self):
        return {"relative_index": self.random.randint(-3, 3)}

    def mute_track(self):
        return self.maybe(0.5, muted=lambda: self.random.random() < 0.5)

    def hide_track(self):
        return self.maybe(0.5, hidden=lambda: self.random.random() < 0.5)

    def add_track(self):
        return {"type": self.random.choice(["video", "audio", "text", "effect", "sticker"])}

    def batch(self, script, app):
        """One to three other edits, of which later ones may speak of what the first has added."""
        first, rest = self.operation(app), sorted({*EDITS} - {"batch"})
        steps = [{"operation": first[0], "request": first[1], "alias": "first"}]
        for name in [self.random.choice(rest) for _ in range(self.random.randint(0, 2))]:
            fields = self.change(name, script, app)
            if "segment_id" in fields and self.random.random() < 0.7:
                fields["segment_id"] = "alias://first"
            steps.append({"operation": name, "request": fields})
        return {"operations": steps}

    def mend_draft(self):
        return self.maybe(0.5, rules=lambda: self.random.sample(sorted(MENDS), 3))

    def rename_draft(self):
        return {"name": self.random.choice(["a", "名 😀", "b" * 200])}

    def set_cover(self):
        return self.maybe(0.5, time=self.time) or self.maybe(0.5, image_url=lambda: self.random.choice(self.photos))

    def set_canvas(self):
        return self.maybe(0.6, fps=lambda: self.random.choice(RATES)) | self.maybe(
            0.6, ratio=lambda: self.random.choice(RATIOS)
        )


def state(script):
    """All that an edit could change, as bytes and numbers."""
    tracks = [(name, track.relative_index, track.muted, track.hidden) for name, track in script.tracks.items()]
    about = script.name, script.cover, script.mends
    return (
        orjson.dumps(write_timeline(settle(script, {}).script, {}).document),
        tracks,
        about,
        script.version,
        script.weight,
    )


def check(script):
    """What must hold after every edit: edges on frames, order, one place for each, weight and ids that are right."""
    grid, weight = script.grid, script.weight
    for track in script.tracks.values():
        assert track._starts == [one.start for one in track.segments] == sorted(track._starts)
        assert track._by_id == {one.id: one for one in track.segments}
        for one in track.segments:
            assert grid.nearest(one.start) == one.start >= 0
            assert one.end is None or grid.nearest(one.end) == one.end > one.start
            assert grid.nearest(getattr(one, "source_start", 0)) == getattr(one, "source_start", 0) >= 0
            assert one.keyframes == in_order(one.keyframes)
            assert {key.name for key in one.keyframes} <= set(PROPERTIES.get(track.type, ()))
            assert all(0 <= key.time <= (one.duration or key.time) + 1 for key in one.keyframes)
            weight -= one.weight
        assert all((one.end or one.start + 1) <= other.start for one, other in pairwise(track.segments))
    assert weight == 500


@pytest.mark.parametrize("seed", range(40))
def test_what_is_read_of_an_edited_draft_adds_it_again(services, media, seed):
    editor = Editor(random.Random(seed), media)
    OPERATIONS["create_draft"]({"draft_id": "d1", "fps": editor.random.choice(RATES)}, services)
    for _ in range(30):
        script = services.drafts.snapshot("d1")
        name, fields = editor.operation("capcut") if editor.random.random() < 0.4 else editor.edit(script, "capcut")
        try:
            OPERATIONS[name]({"draft_id": "d1", **fields}, services)
        except ServiceError:
            continue
    said = OPERATIONS["get_draft"]({"draft_id": "d1"}, services).model_dump(mode="json")
    OPERATIONS["create_draft"]({"draft_id": "d2", "fps": said["fps"]}, services)
    parts = [one for track in said["tracks"] for one in track["segments"]]
    for part in sorted(parts, key=lambda one: one["start"]):
        made = OPERATIONS[part["operation"]]({"draft_id": "d2", **part["parameters"]}, services)
        for key in part["keyframes"]:
            add_again(services, made.segment_id, key)
    again = OPERATIONS["get_draft"]({"draft_id": "d2"}, services).model_dump(mode="json")
    assert ([one["parameters"] for one in parts] and placed(said) == placed(again)) or not parts
    grid = services.drafts.snapshot("d2").grid
    assert moving(said, grid) == moving(again, grid)


def add_again(services, segment_id, key):
    fields = {"property_type": key["property"], **{name: key[name] for name in ("time", "value", "easing")}}
    OPERATIONS["add_video_keyframe"]({"draft_id": "d2", "segment_id": segment_id, **fields}, services)


def moving(draft, grid):
    """Value and easing of keyframes by track, segment, property and frame: a new speed leaves them between frames."""
    return {
        (one["track_name"], part["start"], key["property"], grid.nearest(round(key["time"] * 1e6))): (
            key["value"],
            key["easing"],
        )
        for one in draft["tracks"]
        for part in one["segments"]
        for key in part["keyframes"]
    }


def placed(draft):
    """Parameters of segments by track and time, whichever was added first."""
    found = [(one["track_name"], part["start"]) for one in draft["tracks"] for part in one["segments"]]
    assert len(found) == len(set(found))
    return {
        (one["track_name"], part["start"]): (part["operation"], part["end"], part["parameters"])
        for one in draft["tracks"]
        for part in one["segments"]
    }
