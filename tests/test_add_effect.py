import pytest

from engine.catalog import fold_name, get_resource, names
from engine.export import write_timeline
from engine.lint import lint
from engine.settle import settle
from errors import InvalidRequestError, UnknownNameError


@pytest.fixture
def add(call, draft):
    return lambda **fields: call("add_effect", draft_id=draft, **{"effect_type": "Blur", **fields})


def written(script):
    return write_timeline(settle(script(), {}).script, {}).document


def test_an_effect_without_params_works(add):
    """CapCutAPI answers "'NoneType' object is not subscriptable"."""
    answer = add()
    assert (answer["start"], answer["end"], answer["track_name"]) == (0, 3, "effect_01")


def test_it_is_written_as_the_apps_do(add, call, draft, script):
    add(params=[25], start=1, end=2)
    call("add_text", draft_id=draft, text="over it")
    document = written(script)
    assert lint(document) == []
    assert [track["type"] for track in document["tracks"]] == ["video", "effect", "text"]
    (segment,) = document["tracks"][1]["segments"]
    (effect,) = document["materials"]["video_effects"]
    assert (segment["material_id"], segment["extra_material_refs"], segment["clip"]) == (effect["id"], [], None)
    assert (segment["render_index"], segment["source_timerange"]) == (11_000, None)
    assert (effect["type"], effect["apply_target_type"]) == ("video_effect", 2)
    assert effect["adjust_params"][0]["value"] == 0.25


def test_values_are_in_the_order_of_the_sliders(add, segment):
    add(effect_params=[10])
    assert segment().effect.params == (10,)


def test_a_character_effect_is_another_kind(add, script):
    add(effect_type="Woman_4", effect_category="character")
    assert written(script)["materials"]["video_effects"][0]["type"] == "face_effect"


@pytest.mark.parametrize("category", ["scene", "character"])
def test_an_unknown_effect_is_refused_with_the_nearest(add, category):
    with pytest.raises(UnknownNameError, match="^effect_type: "):
        add(effect_type="Blurr of nothing", effect_category=category)


@pytest.mark.parametrize("params", [[1] * 15, [101], [-1], "all", [1] * 1_000])
def test_bad_slider_values_are_refused(add, params):
    with pytest.raises(InvalidRequestError, match="params"):
        add(params=params)


@pytest.mark.parametrize("fields", [{"effect_type": None}, {"effect_category": "audio"}, {"end": 0}])
def test_a_bad_field_is_named(add, fields):
    with pytest.raises(InvalidRequestError, match=f"^{next(iter(fields))}: "):
        add(**fields)


def test_an_effect_of_the_other_category_says_so(draft, refused):
    scenes = set(map(fold_name, names("capcut", "video_scene_effect")))
    name = next(one for one in names("capcut", "video_character_effect") if fold_name(one) not in scenes)
    error = refused(InvalidRequestError, "add_effect", effect_type=name)
    assert str(error).endswith("is a character effect; give effect_category 'character' with it")


@pytest.mark.parametrize(
    "params, told", [([1] * 15, "has one slider; give one value, not 15"), ([1], "has nothing to set")]
)
def test_too_many_values_are_told_in_plain_words(draft, refused, params, told):
    plain = next(one for one in names("capcut", "video_scene_effect") if not parameters(one))
    error = refused(InvalidRequestError, "add_effect", effect_type=plain if len(params) == 1 else "Blur", params=params)
    assert told in str(error)


def parameters(name):
    return get_resource("capcut", "video_scene_effect", name).params
