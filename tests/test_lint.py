"""Each rule is broken once, in a draft that keeps all others."""

import copy

import orjson
import pytest

from engine.lint import RULES, lint

from .test_export import PLACED, rich_script, written


@pytest.fixture(scope="module")
def sound():
    return written(rich_script("capcut"))


def segment(document, kind="video", number=0):
    return [one for track in document["tracks"] if track["type"] == kind for one in track["segments"]][number]


def duplicate_id(d):
    segment(d, number=1)["id"] = segment(d)["id"]


def dangling(d):
    segment(d)["extra_material_refs"].append("nowhere")


def no_material(d):
    segment(d)["material_id"] = "nowhere"


def fraction(d):
    segment(d, "text")["target_timerange"]["start"] = 0.5


def overlap(d):
    segment(d, number=1)["target_timerange"]["start"] -= 100_000


def off_grid(d):
    segment(d, "text")["target_timerange"]["start"] += 7


def wrong_speed(d):
    segment(d)["speed"] = 2.0


def past_the_end(d):
    segment(d)["source_timerange"]["start"] = 4_000_000


def orphan_transition(d):
    segment(d, number=1)["target_timerange"]["start"] += 1_000_000


def no_adjustment(d):
    segment(d, "adjust")["extra_material_refs"].clear()


def adjusted_twice(d):
    segment(d, "adjust")["extra_material_refs"] *= 2


def odd_transition(d):
    d["materials"]["transitions"][0]["duration"] = 500_000


def keyframes_in_disorder(d):
    segment(d, "sticker")["common_keyframes"][0]["keyframe_list"].reverse()


def short_styles(d):
    content = orjson.loads(d["materials"]["texts"][0]["content"])
    content["styles"][-1]["range"][1] -= 1
    d["materials"]["texts"][0]["content"] = orjson.dumps(content).decode()


def wrong_layer(d):
    segment(d, "audio")["track_render_index"] = 9


def two_main_tracks(d):
    d["tracks"][1]["flag"] = 0


def wrong_duration(d):
    d["duration"] += 1


HARMS = [
    (duplicate_id, "ids-are-unique"),
    (dangling, "references-resolve"),
    (no_material, "references-resolve"),
    (fraction, "ranges-are-whole"),
    (overlap, "segments-do-not-overlap"),
    (off_grid, "edges-are-on-the-frame-grid"),
    (wrong_speed, "speed-fits-the-ranges"),
    (past_the_end, "source-is-within-the-media"),
    (orphan_transition, "transitions-join-clips"),
    (odd_transition, "transitions-join-clips"),
    (no_adjustment, "adjustments-adjust-something"),
    (adjusted_twice, "adjustments-adjust-something"),
    (keyframes_in_disorder, "keyframes-are-in-order"),
    (short_styles, "text-styles-cover-the-text"),
    (wrong_layer, "layers-follow-the-tracks"),
    (two_main_tracks, "one-main-track"),
    (wrong_duration, "duration-is-the-last-end"),
]


@pytest.mark.parametrize(
    "harm, rule",
    HARMS,
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_a_broken_rule_is_found(sound, harm, rule):
    broken = copy.deepcopy(sound)
    harm(broken)
    assert rule in {finding.rule for finding in lint(broken)}


def test_media_that_are_not_registered_are_found(sound):
    empty = {"draft_materials": [{"type": 0, "value": []}]}
    assert {finding.rule for finding in lint(sound, empty)} == {"media-are-registered"}


def test_registered_media_are_not(sound):
    entries = [{"id": placed.local_id, "file_Path": f"./assets/{placed.name}"} for placed in PLACED.values()]
    assert lint(sound, {"draft_materials": [{"type": 0, "value": entries}]}) == []


def test_every_rule_is_broken_once():
    rules = {rule.__name__.strip("_").replace("_", "-") for rule in RULES}
    assert rules == {rule for _, rule in HARMS} | {"media-are-registered"}
