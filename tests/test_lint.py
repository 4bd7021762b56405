"""Each rule is broken once, in a draft that keeps all others."""

import copy
import re
from pathlib import Path

import orjson
import pytest

from engine.lint import PLACEHOLDER, RULES, lint, rule_id

from .imported_kit import OWN
from .test_export import PLACED, rich_script, written

ROOT = Path(__file__).parent.parent
TIMELINES = sorted(OWN.rglob("draft_content.json"))


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


def no_field(d):
    del d["config"]


def no_version(d):
    d["new_version"] = ""


def no_platform(d):
    d["platform"]["os"] = "linux"


def two_speeds(d):
    refs = segment(d)["extra_material_refs"]
    refs.append(next(one for one in refs if one in {speed["id"] for speed in d["materials"]["speeds"]}))


def sound_with_a_clip(d):
    segment(d, "audio")["clip"] = {}


def no_clip(d):
    segment(d, "text")["clip"] = None


def no_source(d):
    segment(d)["source_timerange"] = None


def odd_keyframes(d):
    segment(d, "sticker")["common_keyframes"][0]["property_type"] = "Whatever"


def keyframes_without_values(d):
    segment(d, "sticker")["common_keyframes"][0]["keyframe_list"][0]["values"] = None


def path_as(path):
    def harm(d):
        d["materials"]["videos"][0]["path"] = path

    harm.__name__ = f"path {path[:12]}"
    return harm


def long_transition(d):
    d["materials"]["transitions"][0]["duration"] = 100_000_000


def magnet_over_a_gap(d):
    d["config"]["maintrack_adsorb"] = True
    segment(d)["target_timerange"]["start"] += 1_000_000


def no_list(d):
    d["materials"]["beats"] = {"a": 1}


def no_companion(d):
    ids = {one["id"] for one in d["materials"]["canvases"]}
    segment(d)["extra_material_refs"] = [one for one in segment(d)["extra_material_refs"] if one not in ids]


def old_mask(d):
    d["materials"]["masks"] = d["materials"].pop("common_mask")


def curve_without_points(d):
    speed = next(one for one in d["materials"]["speeds"] if one["id"] in segment(d)["extra_material_refs"])
    speed |= {"mode": 1, "curve_speed": {"speed_points": []}}


def id_of_a_library(d):
    d["id"] = "91E08AC5-22FB-47E2-9AA0-7DC300FAEA2B"


HARMS = [
    (no_field, "fields-are-there"),
    (no_version, "versions-are-declared"),
    (no_platform, "versions-are-declared"),
    (two_speeds, "companions-are-single"),
    (sound_with_a_clip, "segments-fit-their-kind"),
    (no_clip, "segments-fit-their-kind"),
    (no_source, "segments-fit-their-kind"),
    (odd_keyframes, "keyframes-are-of-known-kinds"),
    (keyframes_without_values, "keyframes-are-of-known-kinds"),
    (path_as(""), "paths-lead-to-files"),
    (path_as("https://a.example/b.mp4"), "paths-lead-to-files"),
    (path_as("assets/b.mp4"), "paths-lead-to-files"),
    (path_as("##_draftpath_placeholder_0_##/b.mp4"), "paths-lead-to-files"),
    (path_as("C:\\media\\b.mp4"), "paths-have-slashes"),
    (path_as("C:/media/b.mp4"), "media-lie-in-the-folder"),
    (path_as(f"{PLACEHOLDER}/assets/other.mp4"), "files-are-in-the-folder"),
    (long_transition, "transitions-are-short-enough"),
    (magnet_over_a_gap, "gaps-of-the-main-track-stay"),
    (no_list, "materials-are-lists"),
    (no_companion, "companions-are-there"),
    (old_mask, "masks-are-read"),
    (curve_without_points, "speed-fits-the-ranges"),
    (id_of_a_library, "ids-are-its-own"),
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
    files = [placed.path.removeprefix(f"{PLACEHOLDER}/") for placed in PLACED.values()]
    assert rule in {finding.rule for finding in lint(broken, is_placed=True, files=files)}


ENTRIES = [{"id": placed.local_id, "file_Path": f"./assets/{placed.name}"} for placed in PLACED.values()]


@pytest.fixture
def meta(sound):
    return {
        **{"draft_id": "A", "draft_name": "a", "draft_fold_path": "", "draft_root_path": ""},
        **{"tm_draft_create": 1, "tm_draft_modified": 1, "tm_duration": sound["duration"]},
        "draft_materials": [{"type": 0, "value": ENTRIES}],
    }


def test_a_sound_draft_breaks_no_rule(sound, meta):
    assert lint(sound, meta) == []


@pytest.mark.parametrize(
    "changes, rule",
    [
        ({"draft_materials": [{"type": 0, "value": []}]}, "media-are-registered"),
        ({"draft_materials": [{"type": 0, "value": [*ENTRIES[1:], ENTRIES[0] | {"id": "X"}]}]}, "media-are-registered"),
        (
            {"draft_materials": [{"type": 0, "value": [*ENTRIES[:-1], ENTRIES[-1] | {"file_Path": "./x"}]}]},
            "media-are-registered",
        ),
        ({"draft_name": ""}, "meta-is-whole"),
        ({"draft_root_path": "C:/Drafts"}, "meta-is-whole"),
        ({"tm_duration": 1}, "meta-is-whole"),
        ({"draft_id": "792BD5DA-E961-4821-B10E-F51E4683DEC0"}, "ids-are-its-own"),
    ],
)
def test_what_is_wrong_with_the_meta_file_is_found(sound, meta, changes, rule):
    assert {finding.rule for finding in lint(sound, meta | changes)} == {rule}


def test_every_rule_is_broken_once():
    rules = {rule.__name__.strip("_").replace("_", "-") for rule in RULES}
    assert rules == {rule for _, rule in HARMS} | {"media-are-registered", "meta-is-whole"}


def test_every_finding_says_what_mends_it(sound):
    for harm, _ in HARMS:
        broken = copy.deepcopy(sound)
        harm(broken)
        assert all(finding.fix for finding in lint(broken, {}))


def test_what_apps_wrote_breaks_no_rule():
    """But for captions over one another and a path that a tool left (draft-format 6.1), and media elsewhere."""
    for path in TIMELINES:
        folder_meta = path.with_name("draft_meta_info.json")
        meta = orjson.loads(folder_meta.read_bytes()) if folder_meta.is_file() else None
        found = lint(orjson.loads(path.read_bytes()), meta, is_placed=True)
        rules = {one.rule for one in found if one.severity != "info"}
        allowed = {"segments-do-not-overlap", "edges-are-on-the-frame-grid", "paths-lead-to-files"}
        assert rules <= (allowed if "8.9.1" in str(path) else set()), path


def test_the_document_names_every_rule_with_its_severity():
    said = (ROOT / "docs" / "draft-format.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z-]+)` \| (error|warning|info) \|", said, re.MULTILINE)
    assert dict(rows) == {rule_id(rule): severity for rule, severity in RULES.items()}
