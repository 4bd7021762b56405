"""Drafts of the apps, edited in ways that nobody would think of: what is not edited stays, and nothing breaks."""

import json
import random
from itertools import combinations

import pytest

from engine.export import write_timeline
from engine.imported import ImportedSegment, references
from engine.lint import lint, since
from engine.settle import settle
from errors import ServiceError
from operations import OPERATIONS, replay
from util import as_json

from .fakes import logged
from .imported_kit import OWN, errors, is_timeline
from .test_random_edits import Editor

DRAFTS = sorted(
    path for path in OWN.rglob("*") if path.is_file() and is_timeline(path) and "Timelines" not in path.parts
)


class Importer(Editor):
    """Draws edits of what an app wrote."""

    def edit(self, script, app):
        """Moves go to tracks that the app made, too."""
        name, fields = super().edit(script, app)
        track = script.tracks and any(one.find(fields.get("segment_id", "")) for one in script.tracks.values())
        if name == "move_segment" and track and self.random.random() < 0.5:
            moved, _ = script.get_segment(fields["segment_id"])
            alike = [one.name for one in script.tracks.values() if one.type == moved.type]
            fields = {"start": self.time()} | fields | {"track_name": self.random.choice(alike)}
        return name, fields

    def update_segment(self, segment, app):
        if not isinstance(segment, ImportedSegment):
            return super().update_segment(segment, app)
        draw = self.random
        fields = {
            "text": draw.choice(["new", "新😀", "a\nb"]),
            "alpha": draw.random(),
            "rotation": draw.uniform(-90, 90),
            "scale_x": draw.uniform(0.1, 3),
            "flip_vertical": True,
            "transform_y": draw.uniform(-1, 1),
            "volume": draw.uniform(0, 2),
            "speed": draw.choice([0.5, 1.33, 2, 7.7]),
            "media": draw.choice(self.videos + self.photos + self.sounds),
        }
        return {"set": {name: fields[name] for name in draw.sample(sorted(fields), draw.randint(1, 3))}}


def rebuilt(services):
    script = None
    for row in logged(services, "d1"):
        script = replay("d1", script, row)
    return script


def written(script):
    return write_timeline(settle(script, {}).script, {}).document


def state(script):
    tracks = [(name, track.relative_index, track.muted, track.hidden) for name, track in script.tracks.items()]
    return as_json(written(script)), tracks, script.name, script.cover, script.version, script.weight


def parts_of(document):
    """Every segment by its id, with its materials."""
    materials = {
        (one["id"]): one for found in document["materials"].values() if isinstance(found, list) for one in found
    }
    return {
        segment["id"]: (segment, [materials.get(name) for name in references(segment)])
        for track in document["tracks"]
        for segment in track["segments"]
    }


@pytest.mark.parametrize("seed", range(80))
def test_any_edits_leave_what_they_are_not_about_as_it_was(services, media, seed):
    editor = Importer(random.Random(seed), media)
    path = editor.random.choice(DRAFTS)
    OPERATIONS["import_draft"]({"draft_id": "d1", "document": path.read_text(encoding="utf-8")}, services)
    first = services.drafts.snapshot("d1")
    original = written(first)
    done = 0
    for _ in range(25):
        script = services.drafts.snapshot("d1")
        adding = editor.random.random() < 0.3
        name, fields = editor.operation(first.app) if adding else editor.edit(script, first.app)
        before = state(script)
        try:
            OPERATIONS[name]({"draft_id": "d1", **fields}, services)
            done += 1
        except ServiceError as refusal:
            assert refusal.status in (400, 404, 409), refusal
            assert state(services.drafts.snapshot("d1")) == before, (name, fields)
    live = services.drafts.snapshot("d1")
    assert live.version == done + 1
    assert state(rebuilt(services)) == state(live)
    document = written(live)
    _, new = since(lint(original), lint(document))
    assert new == []
    assert not errors(document) - errors(original)
    check_untouched(first, live, original, document)
    assert overlaps(live) <= overlaps(first)


def overlaps(script):
    """Pairs that are over one another: old apps, and tools, let that be."""
    return {
        (one.id, other.id)
        for track in script.tracks.values()
        for one, other in combinations(track.segments, 2)
        if (one.end or one.start + 1) > other.start
    }


def check_untouched(first, live, original, document):
    """What nobody has edited is as it was, but for the places of tracks; so is all that is no segment."""
    before, after = parts_of(original), parts_of(document)
    for _, segment in live.segments():
        if (
            isinstance(segment, ImportedSegment)
            and segment.id in before
            and segment is first.get_segment(segment.id)[1]
        ):
            placed = {"track_render_index", "track_attribute"}
            old, new = before[segment.id], after[segment.id]
            kept = {name for name in old[0] if name not in placed}
            if not segment.leads_on:
                assert {name: old[0][name] for name in kept} == {name: new[0][name] for name in kept}
                assert old[1] == new[1]
    edited = {"tracks", "materials", "duration", "canvas_config", "fps"}
    if document["config"].get("maintrack_adsorb") is False:  # for the gaps that there are now
        original["config"]["maintrack_adsorb"] = False
    rest = {name: value for name, value in document.items() if name not in edited}
    assert json.dumps(rest) == json.dumps({name: value for name, value in original.items() if name not in edited})


@pytest.fixture(autouse=True)
def every_saved_draft_is_right():
    """What is made of anything is right for nobody; whether it is as it was, the tests say."""


JUNK = [None, True, -1, 0, 1.5, "", [], {}, "x", [None], [{}], {"a": 1}, 10**30, -(10**20), "\0", {"start": "x"}, 1e308]


def places(value):
    """Every place in a JSON value: what it is in, and its name or number there."""
    for name in list(value) if isinstance(value, dict) else range(len(value)):
        yield value, name
        if isinstance(value[name], dict | list):
            yield from places(value[name])


@pytest.mark.parametrize("seed", range(60))
def test_nothing_that_a_file_may_say_breaks_anything(services, media, seed):
    editor = Importer(random.Random(seed), media)
    document = json.loads(editor.random.choice(DRAFTS).read_text(encoding="utf-8"))
    for inside, name in editor.random.sample(list(places(document)), 12):
        inside[name] = editor.random.choice(JUNK)
    calls = [("import_draft", {"document": document}), ("get_draft", {}), ("query_script", {"format": "object"})]
    for name, fields in calls:
        answered(services, name, fields)
    if "d1" not in services.drafts:
        return
    for _ in range(8):
        script = services.drafts.snapshot("d1")
        answered(services, *editor.edit(script, script.app))
    for name in ("get_draft", "export_otio", "export_subtitles", "save_draft"):
        answered(services, name, {"wait": 20} if name == "save_draft" else {})


def answered(services, name, fields):
    """Do it, or be told why not; a save may lack a medium that a clip got."""
    try:
        OPERATIONS[name]({"draft_id": "d1", **fields}, services)
    except ServiceError as refusal:
        assert refusal.status < 500 or "saved without" in str(refusal), refusal
