import pytest

from engine.adjust import SLIDERS
from engine.lint import lint
from errors import ConflictError, InvalidRequestError
from fields.adjust import Adjusting

URL = "https://e.com/a.mp4"
APP_WRITTEN = {
    "adjust_params", "algorithm_artifact_path", "apply_target_type", "bloom_params", "category_id", "category_name",
    "color_match_info", "effect_id", "enable_skin_tone_correction", "exclusion_group", "face_adjust_params",
    "formula_id", "id", "intensity_key", "multi_language_current", "name", "panel_id", "path", "platform",
    "request_id", "resource_id", "source_platform", "sub_type", "time_range", "type", "value", "version",
}  # fmt: skip
"""Fields of an adjustment that JianYing 6.0.1 wrote."""


@pytest.fixture
def add(call, draft):
    return lambda **fields: call("add_adjust", draft_id=draft, **({"brightness": 20} | fields))


def test_it_lies_over_three_seconds_unless_told(add, segment):
    answer = add()
    assert (answer["track_name"], answer["start"], answer["end"]) == ("adjust_01", 0, 3)
    assert segment().adjustments == (("brightness", 20),)


def test_every_answer_says_that_it_was_not_seen_in_the_app(add, call):
    assert "check there" in add()["warnings"][0] and "CapCut" in add(start=5, end=6)["warnings"][0]
    call("create_draft", draft_id="d2", target="jianying_10")
    (warning,) = call("add_adjust", draft_id="d2", contrast=5)["warnings"]
    assert "JianYing" in warning and "Windows" in warning


def test_it_is_written_as_the_app_does(add, written):
    add(brightness=20, tint=-100, sharpen=22, vignette=0)
    (track,) = [track for track in written()["tracks"] if track["type"] == "adjust"]
    (one,) = track["segments"]
    assert written()["materials"]["placeholders"] == [
        {"id": one["material_id"], "material_resource_id": "", "name": "Adjust", "type": "adjust"}
    ]
    effects = written()["materials"]["effects"]
    assert one["extra_material_refs"] == [effect["id"] for effect in effects]
    assert [(effect["type"], effect["version"], effect["value"]) for effect in effects] == [
        ("brightness", "v2", 0.2),
        ("tone", "v3", -1),
        ("sharpen", "v1", 0.22),
    ]
    assert all(set(effect) == APP_WRITTEN for effect in effects)
    assert (one["enable_adjust"], one["clip"], one["source_timerange"], one["render_index"]) == (True, None, None, 0)
    assert (track["flag"], track["attribute"]) == (0, 0) and lint(written()) == []


def test_capcut_is_given_its_resource_and_jianying_a_path(add, call, written):
    add()
    assert {(one["resource_id"], one["path"]) for one in written()["materials"]["effects"]} == {
        ("7501974767453474064", "")
    }
    call("create_draft", draft_id="d2", target="jianying_5_9")
    call("add_adjust", draft_id="d2", contrast=5, clarity=5, sharpen=5)
    found = written("d2")["materials"]["effects"]
    assert [one["path"].rsplit("/", 1)[1] for one in found] == ["combine_adjust", "sharpen_v1", "clear"]
    assert {one["resource_id"] for one in found} == {""}


def test_it_is_in_front_of_filters_and_behind_effects(add, call, draft, written):
    call("add_effect", draft_id=draft, effect_type="Blur")
    add()
    call("add_filter", draft_id=draft, filter="BW 2")
    assert [track["type"] for track in written()["tracks"]] == ["video", "filter", "adjust", "effect"]


@pytest.mark.parametrize(
    "older, name", [("tone", "tint"), ("light_sensation", "brilliance"), ("vignetting", "vignette")]
)
def test_the_apps_own_names_are_known(add, segment, older, name):
    add(brightness=0, **{older: 7})
    assert segment().adjustments == ((name, 7),)


@pytest.mark.parametrize(
    "fields, word",
    [
        ({"brightness": 0}, "brightness, contrast"),
        ({"brightness": 101}, "brightness"),
        ({"contrast": -101}, "contrast"),
        ({"sharpen": -1}, "sharpen"),
        ({"clarity": 101}, "clarity"),
        ({"hue": 5}, "hue"),
        ({"end": 0}, "end"),
    ],
)
def test_what_it_cannot_do_is_refused(add, script, fields, word):
    with pytest.raises(InvalidRequestError, match=word):
        add(**fields)
    assert not script().tracks


def test_two_do_not_overlap_on_a_track(add):
    add()
    with pytest.raises(ConflictError):
        add(start=1, end=2)
    add(start=1, end=2, track_name="more")


def test_it_can_be_changed_cut_moved_and_taken_back(add, call, draft, written):
    made = add()["segment_id"]
    call("update_segment", draft_id=draft, segment_id=made, set={"contrast": -50, "brightness": None})
    call("split_segment", draft_id=draft, segment_id=made, at=1)
    call("move_segment", draft_id=draft, segment_id=made, start=5)
    assert [(one["type"], one["value"]) for one in written()["materials"]["effects"]] == [("contrast", -0.5)] * 2
    with pytest.raises(InvalidRequestError):
        call("update_segment", draft_id=draft, segment_id=made, set={"contrast": 0})
    call("undo", draft_id=draft, steps=3)
    assert [(one["type"], one["value"]) for one in written()["materials"]["effects"]] == [("brightness", 0.2)]


@pytest.mark.parametrize("name, url", [("add_video", "video_url"), ("add_image", "image_url")])
def test_a_clip_can_have_its_own(call, draft, written, name, url):
    adjust = {"saturation": -100, "shadows": 10}
    answer = call(name, draft_id=draft, end=2, adjust=adjust, filter="BW 2", **{url: URL})
    assert answer["warnings"][0].startswith("adjust: ")
    (one,) = written()["tracks"][0]["segments"]
    effects = [effect for effect in written()["materials"]["effects"] if effect["id"] in one["extra_material_refs"]]
    assert [(effect["type"], effect["value"]) for effect in effects] == [
        ("filter", 1),
        ("saturation", -1),
        ("shadow", 0.1),
    ]
    made = answer["segment_id"]
    assert call("update_segment", draft_id=draft, segment_id=made, set={"adjust": None})["warnings"] == []
    assert [effect["type"] for effect in written()["materials"]["effects"]] == ["filter"]


def test_a_clip_of_no_adjustments_has_none_and_no_warning(call, draft, segment):
    assert not call("add_video", draft_id=draft, video_url=URL, end=1, adjust={"contrast": 0})["warnings"]
    assert segment().finish.adjustments == ()


def test_there_is_a_field_for_every_slider():
    assert list(Adjusting.model_fields) == list(SLIDERS)
