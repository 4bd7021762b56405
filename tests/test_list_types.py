import json

import pytest

from engine.catalog import get_resource, names
from errors import InvalidRequestError
from fields.kinds import LIST_NAMES, LISTS

from .fakes import make_services

OF_THE_CONTRACT = (
    "get_intro_animation_types", "get_outro_animation_types", "get_combo_animation_types", "get_transition_types",
    "get_mask_types", "get_font_types", "get_text_intro_types", "get_text_outro_types", "get_text_loop_anim_types",
    "get_video_scene_effect_types", "get_video_character_effect_types", "get_audio_effect_types",
)  # fmt: skip


def listed(client, route, **query):
    answer = client.get(f"/{route}", query_string=query)
    body = answer.get_json()
    assert answer.status_code == 200 and body["success"] and body["error"] == "", body
    return body["output"]


@pytest.mark.parametrize("route", OF_THE_CONTRACT)
def test_every_route_of_the_contract_lists_names(client, route):
    found = listed(client, route)
    assert found and all(isinstance(one["name"], str) and one["name"] for one in found)
    if route != "get_audio_effect_types":
        assert {tuple(one) for one in found} == {("name",)}


@pytest.mark.parametrize("kind", LISTS)
@pytest.mark.parametrize("app", ["capcut", "jianying"])
def test_the_names_are_those_that_operations_take(client, kind, app):
    found = [one["name"] for one in listed(client, f"get_{kind}_types", profile=app)]
    assert found == names(app, LISTS[kind])


@pytest.mark.parametrize(
    "app, types",
    [
        ("capcut", ["Voice_filters", "Voice_characters", "Speech_to_song"]),
        ("jianying", ["Tone", "Audio_scene", "Speech_to_song"]),
    ],
)
def test_sound_effects_have_kind_and_sliders_in_hundredths(client, app, types):
    found = listed(client, "get_audio_effect_types", profile=app)
    assert list(dict.fromkeys(one["type"] for one in found)) == types
    assert all(set(one) == {"name", "type", "params"} for one in found)
    sliders = [param for one in found for param in one["params"]]
    assert sliders and all(set(one) == {"name", "default_value", "min_value", "max_value"} for one in sliders)
    effect = next(one for one in found if one["type"] == types[app == "jianying"] and one["params"])
    known = get_resource(app, "audio_scene_effect", effect["name"]).params
    assert [one["default_value"] for one in effect["params"]] == [pytest.approx(one.default * 100) for one in known]
    assert [one["max_value"] for one in effect["params"]] == [pytest.approx(one.max * 100) for one in known]


def test_every_sound_effect_that_is_listed_can_be_added(call, client):
    for target in ("capcut", "jianying_10"):
        call("create_draft", draft_id=target, target=target)
        for place, one in enumerate(listed(client, "get_audio_effect_types", target=target)[::9]):
            fields = {"audio_url": "https://example.com/a.mp3", "end": 1, "target_start": place}
            call("add_audio", draft_id=target, effect_type=one["name"], **fields)


@pytest.mark.parametrize("profile", ["jianying", "jianying_5_9", "JianYing", "jianying_pro_10"])
def test_another_app_can_be_asked_for(client, profile):
    assert {"name": "圆形"} in listed(client, "get_mask_types", profile=profile)


def test_without_a_word_it_is_the_app_of_new_drafts(client, tmp_path, media):
    from capcut_server import create_app

    assert {"name": "Circle"} in listed(client, "get_mask_types")
    services = make_services(tmp_path, media, is_capcut_env=False)
    assert {"name": "圆形"} in listed(create_app(services=services).test_client(), "get_mask_types")
    services.close()


def test_an_unknown_app_is_refused(call, client):
    with pytest.raises(InvalidRequestError, match="^profile: must be one of capcut, jianying"):
        call("list_types", kind="mask", profile="premiere")
    assert client.get("/get_mask_types?profile=premiere").status_code == 400


def test_a_kind_is_needed(call):
    with pytest.raises(InvalidRequestError, match="^kind: "):
        call("list_types")
    with pytest.raises(InvalidRequestError, match="^kind: "):
        call("list_types", kind="sticker")


@pytest.mark.parametrize("body", [{}, {"json": {}}, {"json": {"profile": "capcut"}}])
def test_the_routes_take_posts_with_and_without_a_body(client, body):
    assert client.post("/get_mask_types", **body).get_json()["output"] == listed(client, "get_mask_types")
    assert client.post("/v1/get_mask_types", **body).get_json()["output"] == listed(client, "get_mask_types")


def test_a_stray_query_does_not_fail_a_probe(client):
    answer = client.get("/get_mask_types?t=1795365202")
    assert answer.status_code == 200 and answer.get_json()["warnings"] == ["t: unknown field; left aside"]
    assert client.get("/v1/get_mask_types?t=1").status_code == 400
    assert client.head("/get_mask_types").status_code == 200


def test_every_list_is_of_a_kind_that_the_page_to_try_it_offers(client):
    document = json.dumps(client.get("/openapi.json").get_json()["components"]["schemas"]["ListTypes"])
    assert all(f'"{name}"' in document for name in LIST_NAMES)
