import json

import pytest

from engine.catalog import find_resource
from errors import InvalidRequestError
from scripts import build_catalog

LEGACY = json.loads(build_catalog.LEGACY_FILE.read_text("utf-8"))
KINDS = {name: kind for (_, kind), name in build_catalog.LEGACY_KINDS.items()}


@pytest.fixture
def search(call):
    return lambda **fields: call("search_catalog", **fields)


@pytest.fixture
def found(search):
    """(app, kind, name) of what is found."""
    return lambda **fields: [(one["app"], one["kind"], one["name"]) for one in search(**fields)["items"]]


def test_a_name_of_both_apps_is_found_in_both(found):
    assert found(q="circle", kind="mask") == [("capcut", "mask", "Circle"), ("jianying", "mask", "圆形")]


@pytest.mark.parametrize("q", ["White_Flash", "white flash", "WHITE-FLASH", "whiteflash", "white__ flash"])
def test_spelling_makes_no_difference(found, q):
    assert found(q=q, kind="transition")[0] == ("capcut", "transition", "White_Flash")


def test_the_very_name_comes_first_then_what_begins_with_it_then_what_has_it_in_it(found):
    names = [name.casefold() for _, _, name in found(q="blur", kind="video_scene_effect", profile="capcut")]
    assert names[0] == "blur"
    ranks = [0 if name == "blur" else 1 if name.startswith("blur") else 2 for name in names]
    assert ranks == sorted(ranks) and 2 in ranks


def test_words_may_be_in_any_order(found):
    assert ("capcut", "transition", "White_Flash") in found(q="flash white")


@pytest.mark.parametrize("q", ["Whit Flsh", "White_Flahs", "Withe_Flash"])
def test_a_misspelled_name_is_found_by_its_looks(found, q):
    assert found(q=q, kind="transition", profile="capcut")[0][2] == "White_Flash"


def test_nothing_like_it_is_an_empty_page(search):
    assert search(q="zzqqzzqqzz") == {"items": [], "total": 0, "warnings": []}


def test_an_item_says_all_there_is_to_know(search):
    (blur,) = search(q="Blur", kind="video_scene_effect", profile="capcut", limit=1)["items"]
    known = find_resource("capcut", "video_scene_effect", "Blur")
    assert blur == {
        "name": "Blur",
        "title": known.title,
        "other_names": [],
        "app": "capcut",
        "kind": "video_scene_effect",
        "is_vip": known.is_vip,
        "resource_id": known.resource_id,
        "effect_id": known.effect_id,
        "duration": None,
        "params": [
            {
                "name": "effects_adjust_blur",
                "default": 50,
                "default_value": 0.5,
                "min_value": 0,
                "max_value": 1,
            }
        ],
    }


def test_defaults_of_sliders_are_positions_that_an_effect_takes(search):
    items = search(kind="video_scene_effect", limit=1_000)["items"]
    positions = [slider["default"] for item in items for slider in item["params"]]
    assert positions and all(0 <= position <= 100 for position in positions)


def test_transitions_and_animations_say_how_long_they_take(search):
    for kind in ("transition", "video_intro"):
        assert all(item["duration"] is None or item["duration"] > 0 for item in search(kind=kind)["items"])
    assert search(q="White_Flash", kind="transition", profile="capcut")["items"][0]["duration"] > 0


def test_what_needs_a_paid_plan_is_marked(search):
    assert {item["is_vip"] for item in search(kind="filter", limit=1_000)["items"]} == {True, False}


def test_pages_follow_one_another(found, search):
    whole = found(q="fl", limit=40)
    assert found(q="fl", limit=20) + found(q="fl", limit=20, offset=20) == whole
    total = search(q="fl", limit=1)["total"]
    assert total >= 40 and found(q="fl", offset=total) == []


def test_without_a_word_it_lists_all(search):
    assert search(kind="mask", profile="capcut")["total"] == 9
    assert search()["total"] > 9_000


@pytest.mark.parametrize("profile", ["jianying", "jianying_10", "jianying_5_9"])
def test_one_app_can_be_asked_for(found, profile):
    assert {app for app, _, _ in found(q="flash", profile=profile, limit=1_000)} <= {"jianying"}


@pytest.mark.parametrize("app, kind", [(app, kind) for app, kinds in LEGACY.items() for kind in kinds])
def test_names_of_older_clients_are_found_in_their_app(found, app, kind):
    for name in list(LEGACY[app][kind])[::7]:
        here = KINDS.get(kind, kind)
        meant = find_resource(app, here, name)  # under another spelling, where the library has it too
        assert (app, here, meant.name) in found(q=name, kind=here, profile=app, limit=1_000), name


@pytest.mark.parametrize(
    "fields", [{"kind": "sticker"}, {"profile": "x"}, {"q": "a" * 101}, {"q": "\0"}, {"limit": 0}, {"offset": -1}]
)
def test_a_bad_field_is_named(search, fields):
    with pytest.raises(InvalidRequestError, match=f"^{next(iter(fields))}: "):
        search(**fields)


def test_it_is_a_resource(client):
    answer = client.get("/catalog?q=circle&kind=mask&target=capcut&limit=1&offset=0")
    assert answer.status_code == 200
    assert [one["name"] for one in answer.get_json()["output"]["items"]] == ["Circle"]
    assert client.get("/catalog?kind=nothing").status_code == 400


def test_catalog_and_lists_take_each_others_words_for_kinds(call, search):
    both = [("video_intro", "intro_animation"), ("text_loop", "text_loop_anim"), ("transition", "transition")]
    for kind, name in both:
        assert search(kind=name, profile="capcut")["total"] == search(kind=kind, profile="capcut")["total"] > 0
        assert call("list_types", kind=kind) == call("list_types", kind=name)
    sounds = ("audio_scene_effect", "audio_tone", "audio_speech_to_song")
    assert search(kind="audio_effect")["total"] == sum(search(kind=kind)["total"] for kind in sounds)
    assert call("list_types", kind="audio_tone") == call("list_types", kind="audio_effect")
    with pytest.raises(InvalidRequestError, match="kind: must be"):
        search(kind="sound")
