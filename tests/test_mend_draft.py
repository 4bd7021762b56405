"""Good drafts are broken in every rule, imported and mended: nothing else of them changes, and it can be undone."""

import base64
import copy
import json

import orjson
import pytest

from engine.export import write_timeline
from engine.lint import lint
from engine.mending import MENDS
from errors import DraftNotFoundError, InvalidRequestError
from operations import OPERATIONS

from . import test_lint as broken
from .conftest import checked
from .fakes import make_services
from .imported_kit import OWN, every_saved_draft_is_right  # noqa: F401 - a fixture
from .test_export import PLACED, rich_script, written
from .test_import_draft import packed

PROJECT = OWN / "cc-win-8.9.1"
V = "https://example.com/a.mp4"


@pytest.fixture(scope="module")
def sound():
    return written(rich_script("capcut"))


@pytest.fixture
def meta(sound):
    entries = [{"id": placed.local_id, "file_Path": f"./assets/{placed.name}"} for placed in PLACED.values()]
    return {"draft_name": "a", "draft_materials": [{"type": 0, "value": entries}], "tm_duration": sound["duration"]}


@pytest.fixture
def brought(call, meta):
    """Import a draft; answers what lint_draft finds, informing aside."""

    def bring(document, draft_id="d1", **more):
        call("import_draft", draft_id=draft_id, document=document, meta=meta | more)
        return look(call("lint_draft", draft_id=draft_id))

    return bring


def look(report):
    return {one["rule"] for one in report["findings"] if one["severity"] != "info"}


def timeline(services, draft_id="d1"):
    return json.loads((services.saved.archive(draft_id).with_suffix("") / "draft_content.json").read_bytes())


def segment(document, kind="video", number=0):
    return broken.segment(document, kind, number)


# ---- each fault


def many_overlays(d):
    for track in d["tracks"]:
        track["flag"] = 0


def no_fields(d):
    for name in ("config", "id", "keyframes", "canvas_config", "fps", "duration", "color_space"):
        del d[name]


def no_main_track(d):
    for track in d["tracks"]:
        track["flag"] = 2


def fraction_of_a_source(d):
    segment(d)["source_timerange"]["duration"] += 0.25


def twice_the_same_material(d):
    d["materials"]["speeds"].append(copy.deepcopy(d["materials"]["speeds"][0]))


def speed_of_the_material(d):
    speed = next(one for one in d["materials"]["speeds"] if one["id"] in segment(d)["extra_material_refs"])
    speed["speed"] = 3.5


def transition_of_the_last(d):
    last = [track for track in d["tracks"] if track["type"] == "video"][-1]["segments"][-1]
    last["extra_material_refs"].append(d["materials"]["transitions"][0]["id"])


def styles_in_characters(d):
    content = {"text": "a😀b", "styles": [{"range": [0, 2], "size": 5}, {"range": [2, 3], "size": 9}]}
    d["materials"]["texts"][0]["content"] = json.dumps(content)


def styles_in_bytes(d):
    content = {"text": "a😀b", "styles": [{"range": [0, 6], "size": 5}, {"range": [6, 8], "size": 9}]}
    d["materials"]["texts"][0]["content"] = json.dumps(content)


def styles_that_end_early(d):
    d["materials"]["texts"][0]["content"] = json.dumps({"text": "abc", "styles": [{"range": [0, 2], "size": 5}]})


def path_of_windows(d):
    for material in d["materials"]["videos"]:
        material["path"] = material["path"].replace("/", "\\").replace("##\\", "##/")


def all_without_companions(d):
    for name in ("speeds", "canvases", "beats", "vocal_separations"):
        d["materials"][name] = []
    for track in d["tracks"]:
        for one in track["segments"] if track["type"] in ("video", "audio") else ():
            one["extra_material_refs"] = []


MENDED = [
    *(
        (harm, rule)
        for harm, rule in broken.HARMS
        if harm
        in (
            broken.no_field,
            broken.duplicate_id,
            broken.dangling,
            broken.wrong_speed,
            broken.orphan_transition,
            broken.odd_transition,
            broken.long_transition,
            broken.keyframes_in_disorder,
            broken.wrong_layer,
            broken.two_main_tracks,
            broken.wrong_duration,
            broken.sound_with_a_clip,
            broken.no_clip,
            broken.no_list,
            broken.no_companion,
            broken.overlap,
            broken.id_of_a_library,
        )
    ),
    (broken.path_as("##_draftpath_placeholder_0_##/assets/clip.mp4"), "paths-lead-to-files"),
    (no_fields, "fields-are-there"),
    (many_overlays, "one-main-track"),
    (no_main_track, "one-main-track"),
    (fraction_of_a_source, "ranges-are-whole"),
    (twice_the_same_material, "ids-are-unique"),
    (speed_of_the_material, "speed-fits-the-ranges"),
    (transition_of_the_last, "transitions-join-clips"),
    (styles_in_characters, "text-styles-cover-the-text"),
    (styles_in_bytes, "text-styles-cover-the-text"),
    (path_of_windows, "paths-have-slashes"),
    (all_without_companions, "companions-are-there"),
]
TESTED_BELOW = {"media-are-registered", "gaps-of-the-main-track-stay"}
LEFT = [broken.no_material, broken.no_source, broken.two_speeds, broken.no_version, styles_that_end_early]


@pytest.mark.parametrize("harm, rule", MENDED, ids=lambda one: one if isinstance(one, str) else one.__name__)
def test_what_there_is_one_way_to_mend_is_mended_in_one_step(call, sound, brought, harm, rule):
    assert brought(copy.deepcopy(sound), "good") == set()
    document = copy.deepcopy(sound)
    harm(document)
    assert rule in brought(document)
    report = call("lint_draft", draft_id="d1", fix=True)
    assert (look(report), report["version"], report["warnings"]) == (set(), 2, [])
    assert rule in {one["rule"] for one in report["fixed"]}
    call("undo", draft_id="d1")
    assert rule in look(call("lint_draft", draft_id="d1"))


def test_gaps_stay_from_the_first_edit_on(call, sound, brought):
    document = copy.deepcopy(sound)
    broken.magnet_over_a_gap(document)
    assert "gaps-of-the-main-track-stay" in brought(document)
    brought(document, "d2")
    report = call("lint_draft", draft_id="d1", fix=True)
    assert "gaps-of-the-main-track-stay" in {one["rule"] for one in report["fixed"]}
    call("add_text", draft_id="d2", text="a", track_name="mine")
    assert "gaps-of-the-main-track-stay" not in look(call("lint_draft", draft_id="d2"))


def test_an_id_that_other_files_name_is_left(call, services):
    files = {path.relative_to(PROJECT).as_posix(): path.read_bytes() for path in PROJECT.rglob("*") if path.is_file()}
    own = json.loads(files["draft_content.json"])["id"].encode()
    known = b"91E08AC5-22FB-47E2-9AA0-7DC300FAEA2B"
    files = {path.replace(own.decode(), known.decode()): said.replace(own, known) for path, said in files.items()}
    call("import_draft", draft_id="d1", zip=base64.b64encode(packed(files)).decode())
    report = call("lint_draft", draft_id="d1", fix=True)
    assert "ids-are-its-own" in look(report) and write(services)["id"] == known.decode()


def test_every_mend_is_tested():
    assert set(MENDS) == {rule for _, rule in MENDED} - {"segments-do-not-overlap"} | TESTED_BELOW


@pytest.mark.parametrize("harm", LEFT, ids=lambda one: one.__name__)
def test_what_would_have_to_be_guessed_is_left(call, sound, brought, harm):
    document = copy.deepcopy(sound)
    harm(document)
    before = brought(document)
    assert before and look(call("lint_draft", draft_id="d1", fix=True)) == before
    version = call("lint_draft", draft_id="d1")["version"]
    assert call("lint_draft", draft_id="d1", fix=True)["version"] == version


def test_a_mended_draft_differs_in_nothing_else(call, services, sound, brought):
    document = copy.deepcopy(sound)
    broken.dangling(document)
    brought(document)
    call("lint_draft", draft_id="d1", fix=True)
    assert write(services) == sound
    segment(document)["extra_material_refs"].remove("nowhere")
    assert write(services, "d1") == document


def write(services, draft_id="d1"):
    return write_timeline(services.drafts.snapshot(draft_id), {}).document


# ---- what is saved


def test_what_is_saved_passes_the_independent_checker(call, services, sound, brought):
    """A draft as a library leaves it: no companions, nothing registered, overlays that say to be the main track."""
    document = copy.deepcopy(sound)
    for harm in (all_without_companions, many_overlays, broken.wrong_duration, path_of_windows, styles_in_characters):
        harm(document)
    for material in [*document["materials"]["videos"], *document["materials"]["audios"]]:
        material["local_material_id"] = ""
    assert len(brought(document, draft_materials=[])) >= 7
    report = call("lint_draft", draft_id="d1", fix=True)
    assert look(report) == set() and report["sound"]
    call("save_draft", draft_id="d1", wait=30)
    folder = services.saved.archive("d1").with_suffix("")
    assert [one for one in checked(folder) if one["code"] != "media-missing"] == []
    meta = json.loads((folder / "draft_meta_info.json").read_bytes())
    known = {entry["id"] for entry in meta["draft_materials"][0]["value"]}
    assert {one["local_material_id"] for one in timeline(services)["materials"]["videos"]} <= known
    assert timeline(services)["materials"]["speeds"]


def test_what_is_registered_under_another_id_is_found_by_that(call, services, sound, brought, meta):
    document = copy.deepcopy(sound)
    videos = [one for one in document["materials"]["videos"] if one["type"] == "video"]
    known = videos[0]["local_material_id"]
    videos[0]["local_material_id"] = ""
    assert brought(document) == {"media-are-registered"}
    assert look(call("lint_draft", draft_id="d1", fix=True)) == set()
    call("save_draft", draft_id="d1", wait=30)
    folder = services.saved.archive("d1").with_suffix("")
    entries = json.loads((folder / "draft_meta_info.json").read_bytes())["draft_materials"][0]["value"]
    assert len(entries) == len(PLACED)
    assert known in {one["local_material_id"] for one in timeline(services)["materials"]["videos"]}


def test_edits_after_it_are_mended_with_the_rest(call, sound, brought, media):
    document = copy.deepcopy(sound)
    many_overlays(document)
    brought(document)
    call("lint_draft", draft_id="d1", fix=True)
    call("add_video", draft_id="d1", video_url=media.video(V), track_name="mine", end=2)
    call("add_text", draft_id="d1", text="mine", track_name="words")
    assert look(call("lint_draft", draft_id="d1")) == set()
    assert call("save_draft", draft_id="d1", wait=30)["findings"] == []


def test_each_file_is_registered_once(call, services, sound, brought, media):
    document = copy.deepcopy(sound)
    brought(document, draft_materials=[])
    call("lint_draft", draft_id="d1", fix=True)
    photo = media.photo("https://example.com/p.jpg")
    call("add_image", draft_id="d1", image_url=photo, track_name="mine", start=0, end=2)
    call("add_video", draft_id="d1", video_url=media.video(V), track_name="mine", target_start=2, end=2)
    call("save_draft", draft_id="d1", wait=30)
    folder = services.saved.archive("d1").with_suffix("")
    assert {one["code"] for one in checked(folder)} <= {"media-missing"}
    (group, *_) = json.loads((folder / "draft_meta_info.json").read_bytes())["draft_materials"]
    paths = [entry["file_Path"] for entry in group["value"]]
    assert len(paths) == len(set(paths)) == len(PLACED) + 2


def test_trims_and_mends_are_one_step(call, brought, sound):
    document = copy.deepcopy(sound)
    broken.overlap(document)
    broken.dangling(document)
    faults = brought(document)
    assert faults > {"segments-do-not-overlap", "references-resolve"}
    report = call("lint_draft", draft_id="d1", fix=True)
    assert (look(report), report["version"]) == (set(), 2)
    call("undo", draft_id="d1")
    assert look(call("lint_draft", draft_id="d1")) == faults


def test_a_draft_of_ours_that_is_imported_under_its_old_id_takes_new_segments(call, services):
    call("create_draft", draft_id="d1")
    made = call("add_text", draft_id="d1", text="a")["segment_id"]
    document = write(services)
    call("delete_draft", draft_id="d1", purge=True)
    call("import_draft", draft_id="d1", document=document)
    added = call("add_text", draft_id="d1", text="b", start=5, end=6)["segment_id"]
    assert added != made and lint(write(services)) == []


def test_it_survives_the_service(tmp_path, media, sound, meta):
    document = copy.deepcopy(sound)
    all_without_companions(document)
    services = make_services(tmp_path, media)
    OPERATIONS["import_draft"]({"draft_id": "d1", "document": document, "meta": meta}, services)
    OPERATIONS["lint_draft"]({"draft_id": "d1", "fix": True}, services)
    before = write(services)
    again = make_services(tmp_path, media, services.store)
    assert write(again) == before and lint(before) == []
    again.close()
    services.close()


# ---- the operation itself


def test_rules_can_be_chosen(call, sound, brought):
    document = copy.deepcopy(sound)
    broken.dangling(document)
    broken.wrong_layer(document)
    brought(document)
    answer = call("mend_draft", draft_id="d1", rules=["references-resolve"])
    assert answer["rules"] == ["references-resolve"]
    assert look(call("lint_draft", draft_id="d1")) == {"layers-follow-the-tracks"}
    assert call("mend_draft", draft_id="d1")["rules"] == ["layers-follow-the-tracks", "references-resolve"]


@pytest.mark.parametrize("path", sorted(OWN.glob("*/draft_content.json")), ids=lambda path: path.parent.name)
def test_what_apps_wrote_is_as_sound_as_before(call, services, path):
    document = orjson.loads(path.read_bytes())
    call("import_draft", draft_id="d1", document=document)
    before = lint(document)
    call("mend_draft", draft_id="d1")
    assert {one.rule for one in lint(write(services))} <= {one.rule for one in before}
    assert before or write(services) == document


def test_what_tools_wrote_in_a_way_that_nobody_knows_is_left_with_a_warning(call, services, sound):
    document = copy.deepcopy(sound)
    segment(document, "sticker")["common_keyframes"] = [17]
    document["materials"]["texts"][0]["content"] = 17
    call("import_draft", draft_id="d1", document=document)
    answer = call("mend_draft", draft_id="d1")
    assert "keyframes-are-in-order cannot be mended" in answer["warnings"][0]
    assert "keyframes-are-in-order" not in answer["rules"]
    assert segment(write(services), "sticker")["common_keyframes"] == [17]


def test_what_was_made_here_needs_none(call, draft):
    answer = call("mend_draft", draft_id=draft)
    assert (answer["rules"], answer["warnings"]) == ([], [])


def test_what_is_no_draft_or_no_rule_is_refused(call, draft):
    with pytest.raises(DraftNotFoundError):
        call("mend_draft", draft_id="nobody")
    with pytest.raises(InvalidRequestError, match="rules.*references-resolve"):
        call("mend_draft", draft_id=draft, rules=["whatever"])
