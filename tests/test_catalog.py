import json
import subprocess
import sys
from collections import Counter

import pytest

from engine.catalog import DISPLAY_NAMES, KINDS, Param, Resource, find_resource, fold_name, get_resource, names, search
from errors import UnknownNameError
from scripts import build_catalog

APPS = ("capcut", "jianying")
LEGACY = json.loads(build_catalog.LEGACY_FILE.read_text("utf-8"))

# Library and legacy list mean different packages by these names; clients mean the legacy one.
LEGACY_KEEPS_THE_NAME = {
    ("capcut", "transition"): {"White_Flash", "Flash"},
    ("capcut", "video_scene_effect"): {"VX1000", "Flash"},
}


def members(app, kind):
    return list(getattr(build_catalog.LIBRARIES[app], build_catalog.ENUMS[kind], ()))


def legacy_entries(app, kind):
    return LEGACY[app].get(build_catalog.LEGACY_KINDS.get((app, kind), kind), {})


def resource(name, md5="", **facts):
    return Resource(name, name, resource_id=md5, effect_id=md5, md5=md5, **facts)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("app", APPS)
def test_every_library_name_finds_its_own_entry(app, kind):
    if (app, kind) in build_catalog.LEGACY_ONLY:
        assert all(find_resource(app, kind, member.name) for member in members(app, kind))
        return
    kept = LEGACY_KEEPS_THE_NAME.get((app, kind), set())
    wrong = [
        member.name
        for member in members(app, kind)
        if (found := get_resource(app, kind, member.name)).name != member.name
        or (found.resource_id != member.value.resource_id) != (member.name in kept)
    ]
    assert wrong == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("app", APPS)
def test_every_legacy_name_still_means_the_same_package(app, kind):
    entries = legacy_entries(app, kind)
    wrong = [name for name, facts in entries.items() if get_resource(app, kind, name).md5 != facts["md5"]]
    assert wrong == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("app", APPS)
def test_every_listed_name_is_listed_once_and_finds_itself(app, kind):
    listed = names(app, kind)
    assert listed
    assert [get_resource(app, kind, name).name for name in listed] == listed
    assert max(Counter(listed).values()) == 1


def test_every_part_of_the_legacy_list_has_a_kind():
    asked_for = {app: {build_catalog.LEGACY_KINDS.get((app, kind), kind) for kind in KINDS} for app in APPS}
    assert all(set(LEGACY[app]) <= asked_for[app] for app in APPS)


def test_every_resource_has_what_a_draft_needs():
    incomplete = [
        (app, kind, name)
        for app in APPS
        for kind in KINDS
        for name in names(app, kind)
        if not ((found := get_resource(app, kind, name)).title and found.resource_id.isdigit())
    ]
    assert incomplete == []


def test_the_index_files_are_up_to_date(capsys):
    assert build_catalog.main(["--check"]) == 0, capsys.readouterr().out


def test_check_fails_on_an_out_of_date_file_and_leaves_it_alone(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(build_catalog, "DATA_FOLDER", tmp_path)
    monkeypatch.setattr(build_catalog, "build", lambda app: {"mask": [resource(app)]})
    (tmp_path / "capcut.json").write_text("{}")
    assert build_catalog.main(["--check"]) == 1
    assert (tmp_path / "capcut.json").read_text() == "{}"
    assert not (tmp_path / "jianying.json").exists()
    assert "capcut.json: out of date" in capsys.readouterr().out
    assert build_catalog.main([]) == 0
    assert build_catalog.main(["--check"]) == 0


def test_the_index_has_one_resource_per_line_without_what_is_implied():
    full = resource("b", "2", params=(Param("speed", 0.5), Param("size", 1.0, 0.5, 2.0)))
    assert build_catalog.dump({"filter": [resource("a"), full], "mask": []}).splitlines() == [
        "{",
        '"filter":[',
        '{"name":"a","resource_id":""},',
        '{"name":"b","resource_id":"2","md5":"2","params":[{"name":"speed","default":0.5},'
        '{"name":"size","default":1.0,"min":0.5,"max":2.0}]}',
        "],",
        '"mask":[',
        "",
        "]",
        "}",
    ]


def test_merge_keeps_the_library_entry_of_the_same_package():
    library = [resource("X_Signal", "same"), resource("Other", "1")]
    assert build_catalog.merge(library, [resource("XSignal", "same", is_vip=True)]) == library


def test_merge_gives_a_disputed_name_to_the_legacy_entry_in_place():
    merged = build_catalog.merge([resource("Flash", "new"), resource("Other", "1")], [resource("Flash", "old")])
    assert merged == [resource("Flash", "old"), resource("Other", "1")]


def test_merge_keeps_both_where_only_the_spelling_is_alike():
    both = [resource("Fade_In", "new"), resource("FadeIn", "old")]
    assert build_catalog.merge(both[:1], both[1:]) == both


@pytest.mark.parametrize(
    "spelling", ["White_Flash", "white flash", "WHITE-FLASH", " ｗｈｉｔｅ＿ｆｌａｓｈ\u3000", "WhiteFlash"]
)
def test_spelling_makes_no_difference(spelling):
    assert get_resource("capcut", "transition", spelling).name == "White_Flash"


@pytest.mark.parametrize("name", ["高清4K电影", "高清4k电影"])
def test_exact_name_decides_between_names_that_differ_in_case_only(name):
    assert get_resource("jianying", "filter", name).name == name


def test_first_in_the_index_decides_when_no_name_is_exact():
    alike = [name for name in names("jianying", "video_scene_effect") if fold_name(name) == "倒计时ii"]
    assert len(alike) == 2
    assert get_resource("jianying", "video_scene_effect", "倒计时-ii").name == alike[0]


def test_a_title_finds_its_resource():
    assert get_resource("jianying", "font", "ZEN丸ゴシック").name == "ZEN丸コ_シック"
    assert get_resource("capcut", "transition", "B&W Flash").name == "BW_Flash"


def test_a_name_goes_before_a_title():
    assert get_resource("capcut", "transition", "white_flash_1").title == "White Flash"
    assert get_resource("capcut", "transition", "white_flash").name == "White_Flash"


@pytest.mark.parametrize("name", ["", " ", "_-_", "Whit Flsh"])
def test_find_returns_none_for_an_unknown_name(name):
    assert find_resource("capcut", "transition", name) is None


def test_an_unknown_name_is_refused_with_the_three_nearest():
    with pytest.raises(UnknownNameError) as caught:
        get_resource("capcut", "transition", "WHIT FLSH")
    assert len(caught.value.near) == 3
    assert caught.value.near[0] == "White_Flash"
    assert caught.value.details == {"near": list(caught.value.near)}
    assert str(caught.value).startswith("CapCut has no transition named 'WHIT FLSH'; nearest: 'White_Flash'")


def test_nearest_names_are_names_and_no_resource_comes_twice():
    with pytest.raises(UnknownNameError) as caught:
        get_resource("jianying", "mask", "star z")
    assert caught.value.near[0] == "star" and get_resource("jianying", "mask", "star").name == "星形"
    assert len(set(caught.value.near)) == len(caught.value.near)


@pytest.mark.parametrize(("app", "name", "other"), [("capcut", "冬恋", "JianYing"), ("jianying", "badbunny", "CapCut")])
def test_a_name_of_the_other_app_is_said_to_be_one(app, name, other):
    with pytest.raises(UnknownNameError, match=f"it is a name of {other}"):
        get_resource(app, "filter", name)


def test_a_name_of_neither_app_is_not_said_to_be_one():
    with pytest.raises(UnknownNameError) as caught:
        get_resource("jianying", "filter", "no such thing")
    assert "it is a name of" not in str(caught.value)


@pytest.mark.parametrize(("app", "kind"), [("vlc", "mask"), ("capcut", "sticker")])
def test_an_app_or_kind_outside_the_vocabulary_is_a_mistake_of_the_caller(app, kind):
    with pytest.raises(KeyError):
        find_resource(app, kind, "Circle")


def test_capcut_has_its_own_nine_masks():
    nine = ["Split", "Filmstrip", "Circle", "Rectangle", "Stars", "Heart", "Text", "Brush", "Pen"]
    assert names("capcut", "mask") == nine
    assert get_resource("capcut", "mask", "circle").resource_id == "7374021188315517456"
    assert get_resource("capcut", "mask", "rectangle").resource_id == "7374021450748924432"


@pytest.mark.parametrize(
    ("name", "found"),
    {
        "线性": "Split",
        "镜面": "Filmstrip",
        "圆形": "Circle",
        "矩形": "Rectangle",
        "爱心": "Heart",
        "星形": "Stars",
        "linear": "Split",
        "mirror": "Filmstrip",
        "circle": "Circle",
        "rectangle": "Rectangle",
        "heart": "Heart",
        "star": "Stars",
    }.items(),
)
def test_capcut_masks_answer_to_jianyings_and_the_documented_names(name, found):
    assert get_resource("capcut", "mask", name).name == found


@pytest.mark.parametrize(
    ("name", "found"),
    {
        "line": "线性",
        "linear": "线性",
        "mirror": "镜面",
        "circle": "圆形",
        "rectangle": "矩形",
        "Heart": "爱心",
        "star": "星形",
        "Stars": "星形",
    }.items(),
)
def test_jianying_masks_answer_to_english_names(name, found):
    assert get_resource("jianying", "mask", name).name == found


def test_masks_have_their_shape_and_proportions():
    stars = get_resource("capcut", "mask", "Stars")
    assert (stars.resource_type, stars.default_aspect_ratio) == ("pentagram", 1.0471014493)
    heart = get_resource("jianying", "mask", "爱心")
    assert (heart.resource_type, heart.default_aspect_ratio) == ("geometric_shape", 1.115)


def test_durations_are_whole_microseconds():
    assert get_resource("capcut", "video_intro", "渐显").duration_us == 500_000
    assert get_resource("capcut", "transition", "White_Flash").default_duration_us == 466_666
    assert get_resource("jianying", "transition", "闪黑").default_duration_us == 500_000
    assert get_resource("jianying", "video_intro", "渐显").duration_us == 500_000
    every = (get_resource(app, "transition", name) for app in APPS for name in names(app, "transition"))
    assert all(type(found.default_duration_us) is int and found.default_duration_us > 10_000 for found in every)


@pytest.mark.parametrize("name", ["White_Flash", "闪白", "Open", "开幕", "Black_Fade", "闪黑"])
def test_transitions_overlap_as_capcut_itself_writes(name):
    assert not get_resource("capcut", "transition", name).is_overlap


def test_a_legacy_name_has_the_ids_and_vip_flag_the_library_knows():
    new, old = get_resource("capcut", "video_intro", "灼烧出现"), get_resource("capcut", "video_intro", "Flame_Risen")
    assert (old.resource_id, old.effect_id, old.is_vip) == (new.resource_id, new.effect_id, True)
    transition = get_resource("capcut", "transition", "White_Flash")
    assert transition.effect_id == transition.resource_id


def test_params_come_in_order_with_their_scale():
    assert get_resource("capcut", "audio_scene_effect", "Low").params == (
        Param("change_voice_param_pitch", 0.375, 0.0, 1.0),
        Param("change_voice_param_timbre", 0.25, 0.0, 1.0),
    )
    tracking = get_resource("jianying", "video_scene_effect", "动态侦测").params
    assert Param("effects_adjust_speed", 55.0, 0.0, 100.0) in tracking


def test_importing_the_catalog_reads_no_data_and_no_library():
    program = """
import os
import sys
opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
import engine.catalog
assert not [path for path in opened if "catalog_data" in path], opened
engine.catalog.names("capcut", "mask")
assert [os.path.basename(path) for path in opened if "catalog_data" in path] == ["capcut.json"], opened
assert not {"pycapcut", "pyJianYingDraft"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", program], check=True, cwd=build_catalog.DATA_FOLDER.parents[1])


def test_the_nearest_names_have_a_word_of_what_was_asked_for():
    with pytest.raises(UnknownNameError) as caught:
        get_resource("capcut", "transition", "fade_in")
    assert caught.value.near[0] == "Black_Fade"


def test_nearest_names_are_told_in_the_language_that_was_asked_in():
    with pytest.raises(UnknownNameError) as caught:
        get_resource("capcut", "mix_mode", "multipli")
    assert caught.value.near[0] == "Multiply"


@pytest.mark.parametrize("app", DISPLAY_NAMES)
@pytest.mark.parametrize(
    "name", ["multiply", "color_dodge", "color_burn", "linear burn", "soft_light", "Hard Light", "screen", "overlay"]
)
def test_mix_modes_have_english_names_in_both_apps(app, name):
    assert get_resource(app, "mix_mode", name).resource_id == get_resource("capcut", "mix_mode", name).resource_id


def test_a_transition_without_a_name_can_be_had_and_is_never_offered():
    assert get_resource("capcut", "transition", "undefined").resource_id == "6724866446842663431"
    for name in ("undefine", "undefined_", "fined"):
        assert "undefined" not in [hit.resource.name for hit in search(name, ["capcut"], ["transition"])]
    with pytest.raises(UnknownNameError) as caught:
        get_resource("capcut", "transition", "undefines")
    assert "undefined" not in caught.value.near
