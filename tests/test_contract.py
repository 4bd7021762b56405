"""CapCutAPI's contract, every route and every parameter of it, over HTTP on the compatible face.

`data/contract.json` is the contract; how it is written is said at its top. Each call is made in a service of its own,
so that two calls which ask for the same give the same draft, ids included.
"""

import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic_core import to_jsonable_python

from operations import OPERATIONS

from .fakes import FakeMedia, make_services

CONTRACT = json.loads((Path(__file__).parent / "data" / "contract.json").read_text(encoding="utf-8"))
ROUTES, LISTS = CONTRACT["routes"], CONTRACT["lists"]
PARAMETERS = {
    (route, name): said for route, all_of_it in ROUTES.items() for name, said in all_of_it["parameters"].items()
}
"""What is said of each parameter of each route."""
ENVELOPE = {"success", "output", "error", "warnings"}
TABLES = {
    "create_draft": "width height",
    "add_video": "video_url draft_folder start end duration target_start speed volume transform_x transform_y scale_x "
    "scale_y track_name relative_index transition transition_duration mask_type mask_center_x mask_center_y mask_size "
    "mask_rotation mask_feather mask_invert mask_rect_width mask_round_corner background_blur draft_id width height",
    "add_image": "image_url start end transform_x transform_y scale_x scale_y transition transition_duration "
    "background_blur track_name animation animation_duration intro_animation intro_animation_duration outro_animation "
    "outro_animation_duration combo_animation combo_animation_duration mask_type mask_center_x mask_center_y mask_size "
    "mask_rotation mask_feather mask_invert mask_rect_width mask_round_corner draft_id width height draft_folder "
    "relative_index",
    "add_audio": "audio_url start end duration target_start volume speed track_name effect_type effect_params "
    "draft_folder draft_id width height",
    "add_text": "text start end color font_color size font_size alpha font_alpha font track_name transform_x "
    "transform_y vertical fixed_width fixed_height border_alpha border_color border_width background_color "
    "background_style background_alpha background_round_radius background_height background_width "
    "background_horizontal_offset background_vertical_offset shadow_enabled shadow_alpha shadow_angle shadow_color "
    "shadow_distance shadow_smoothing bubble_effect_id bubble_resource_id effect_effect_id intro_animation "
    "intro_duration outro_animation outro_duration text_styles draft_id width height",
    "add_subtitle": "srt time_offset font font_size bold italic underline font_color vertical alpha border_alpha "
    "border_color border_width background_color background_style background_alpha transform_x transform_y scale_x "
    "scale_y rotation track_name draft_id width height",
    "add_sticker": "sticker_id start end transform_x transform_y alpha flip_horizontal flip_vertical rotation scale_x "
    "scale_y track_name relative_index draft_id width height",
    "add_effect": "effect_type effect_category start end track_name params draft_id width height",
    "add_video_keyframe": "draft_id track_name property_type time value property_types times values",
    "query_script": "draft_id force_update",
    "save_draft": "draft_id draft_folder",
    "query_draft_status": "task_id",
    "generate_draft_url": "draft_id draft_folder",
}
"""The parameters as the contract's own tables name them: none may fall out of the data file."""


@dataclass
class Seen:
    """What a call came to."""

    output: Any
    warnings: list[str]
    document: dict[str, Any]
    meta: dict[str, Any]

    def at(self, path: str) -> Any:
        """What the path of an effect leads to; LookupError if nothing is there."""
        first, *rest = path.split(".")
        return _follow(getattr(self, first)(), rest) if first in _STARTS else _follow(self._place(first), rest)

    def _place(self, first: str) -> Any:
        return self.output if first == "output" else self.meta if first == "meta" else self.document[first]

    def _named(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The segment that the answer names, the first of several, with its track."""
        named = self.output.get("segment_id") or self.output["segment_ids"][0]
        ((track, segment),) = [
            (track, one) for track in self.document["tracks"] for one in track["segments"] if one["id"] == named
        ]
        return track, segment

    def track(self) -> dict[str, Any]:
        return self._named()[0]

    def segment(self) -> dict[str, Any]:
        return self._named()[1]

    def material(self) -> dict[str, Any]:
        wanted = self.segment()["material_id"]
        lists = [one for one in self.document["materials"].values() if isinstance(one, list)]
        (found,) = [one for materials in lists for one in materials if one["id"] == wanted]
        return found


_STARTS = ("track", "segment", "material")


def _follow(found: Any, keys: list[str]) -> Any:
    for place, key in enumerate(keys):
        if isinstance(found, str):
            found = json.loads(found)
        if key == "*":
            return [_follow(one, keys[place + 1 :]) for one in found]
        found = found[int(key)] if isinstance(found, list) else found[key]
    return found


def _web():
    media, there = FakeMedia(), CONTRACT["media"]
    for url, seconds in there["video"].items():
        media.video(url, seconds, (1080, 1920))
    for url in there["photo"]:
        media.photo(url, (1080, 1920))
    for url, seconds in there["audio"].items():
        media.audio(url, seconds)
    for url, content in there["file"].items():
        media.file(url, content.encode())
    return media


@pytest.fixture
def run(shared_app, tmp_path):
    """Make a call of the contract in a new service; answers what it came to."""
    made, client = [], shared_app.test_client()

    def answered(route, body):
        response = client.post(f"/{route}", json=body)
        answer = response.get_json()
        assert (response.status_code, answer["error"], answer["success"]) == (200, "", True), answer
        assert answer.keys() == ENVELOPE
        return answer

    def one(route, body, calls=(), starts=False):
        shared_app.extensions["services"] = services = make_services(tmp_path / str(len(made)), _web())
        made.append(services)
        if not starts and route != "create_draft":
            answered("create_draft", {"draft_id": "d1"})
        for before in (*ROUTES[route].get("before", ()), *calls):
            answered(*before)
        answer = answered(route, body)
        output = answer["output"]
        draft_id = output.get("draft_id", "d1") if isinstance(output, dict) else "d1"
        document = json.loads(answered("query_script", {"draft_id": draft_id})["output"])
        meta = {}
        if route == "save_draft":
            meta = saved(output)
        elif route == "create_draft":
            meta = saved(answered("save_draft", {"draft_id": draft_id})["output"])
        return Seen(output, answer["warnings"], document, meta)

    def saved(state):
        with zipfile.ZipFile(io.BytesIO(client.get(state["draft_url"]).data)) as archive:
            (name,) = [name for name in archive.namelist() if name.endswith("draft_meta_info.json")]
            return json.loads(archive.read(name))

    yield one
    for services in made:
        services.close()


def without(route, name):
    """The call without the parameter: body, calls before it, whether it makes the draft."""
    said = PARAMETERS[route, name]
    return ROUTES[route]["least"] | said.get("with", {}), said.get("before", ()), said.get("starts", False)


def sent(route, name, under=""):
    """The call with the parameter, or with its value under another name."""
    said = PARAMETERS[route, name]
    body, *rest = without(route, name)
    body = {key: value for key, value in body.items() if key != name} | said.get("needs", {})
    return body | {under or name: said["send"]}, *rest


def missed(seen, said):
    """The paths of the effect that lead elsewhere, with what is there."""
    found = {path: _there(seen, path) for path in said.get("effect", {})}
    return {path: value for path, value in found.items() if value != _about(said["effect"][path])}


def _there(seen, path):
    try:
        return seen.at(path)
    except (LookupError, TypeError) as error:
        return error


def _about(value):
    return pytest.approx(value) if isinstance(value, float) else value


@pytest.mark.parametrize("route, name", PARAMETERS)
def test_a_parameter_does_what_the_contract_says(run, route, name):
    said = PARAMETERS[route, name]
    seen = run(route, *sent(route, name))
    assert set(ROUTES[route]["output"]) <= (seen.output.keys() if isinstance(seen.output, dict) else set())
    assert missed(seen, said) == {}
    if "default" in said and not said.get("refused_without"):
        plain = run(route, *without(route, name))
        assert missed(plain, said) or (said["inert"] and plain.document == seen.document)


@pytest.mark.parametrize("route, name", [pair for pair, said in PARAMETERS.items() if "default" in said])
def test_a_default_is_the_contracts(run, route, name):
    said = PARAMETERS[route, name]
    model = OPERATIONS[route].request
    assert to_jsonable_python(_field(model, name).get_default()) == said.get("ours", said["default"])
    if said["default"] is None or said.get("refused_without"):
        return
    body, *rest = without(route, name)
    left_out, explicit = run(route, body, *rest), run(route, body | {name: said["default"]}, *rest)
    assert (explicit.document, explicit.warnings) == (left_out.document, left_out.warnings)


def _newest(model, name):
    return model._older_names.get(name, name)


def _field(model, name):
    return model.model_fields[_newest(model, name)]


ALIASES = [(*pair, alias) for pair, said in PARAMETERS.items() for alias in said.get("aliases", ())]


@pytest.mark.parametrize("route, name, alias", ALIASES)
def test_another_name_means_the_same(run, route, name, alias):
    other = run(route, *sent(route, name, under=alias))
    assert other.warnings == []
    assert missed(other, PARAMETERS[route, name]) == {}


def _as_text(value):
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list):
        return [_as_text(one) for one in value]
    return {key: _as_text(one) for key, one in value.items()} if isinstance(value, dict) else value


@pytest.mark.parametrize(
    "route, name", [pair for pair, said in PARAMETERS.items() if said["send"] != _as_text(said["send"])]
)
def test_numbers_and_switches_may_be_texts(run, route, name):
    body, *rest = sent(route, name)
    assert missed(run(route, _as_text(body), *rest), PARAMETERS[route, name]) == {}


@pytest.mark.parametrize("route", ROUTES)
def test_null_is_as_if_left_out(run, route):
    least = ROUTES[route]["least"]
    nothing = {name: None for name in ROUTES[route]["parameters"] if name not in least}
    left_out, null = run(route, least), run(route, nothing | least)
    assert (null.document, null.warnings) == (left_out.document, [])


@pytest.mark.parametrize("route, name", [pair for pair, said in PARAMETERS.items() if "required" in said])
def test_what_is_required_is_named_when_it_lacks(client, route, name):
    body = {key: value for key, value in ROUTES[route]["least"].items() if key != name}
    response = client.post(f"/{route}", json=body)
    answer = response.get_json()
    assert response.status_code == 200
    assert (answer["success"], answer["output"]) == (False, "") and answer.keys() > ENVELOPE
    assert answer["error"].startswith(f"{name}: ") and answer["fields"][0]["field"] == name


@pytest.mark.parametrize("route", [route for route, said in ROUTES.items() if "width" in said["parameters"]])
def test_a_size_counts_only_when_the_call_makes_the_draft(run, route):
    seen = run(route, ROUTES[route]["least"] | {"width": 1920, "height": 1080})
    width, height = (1920, 1080) if route == "create_draft" else (1080, 1920)
    assert (seen.at("canvas_config.width"), seen.at("canvas_config.height")) == (width, height)


def test_a_folder_is_not_taken_for_an_id(run):
    said = run("create_draft", {"draft_id": "d1", "draft_folder": "/home/me/drafts"})
    assert said.warnings == ["draft_folder: unknown field; left aside"]


@pytest.mark.parametrize("route", ["add_video", "add_audio"])
@pytest.mark.parametrize("unknown", [0, -1, "0", "-1"])
def test_a_length_that_a_client_does_not_know_is_as_if_left_out(run, route, unknown):
    least = ROUTES[route]["least"]
    assert run(route, least | {"duration": unknown}).document == run(route, least).document


def test_the_newer_of_two_names_wins(run):
    both = {"color": "#0000FF", "font_color": "#00FF00", "size": 9, "font_size": 20, "alpha": 0.5, "font_alpha": 0.1}
    material = run("add_text", ROUTES["add_text"]["least"] | both).material()
    assert (material["text_color"], material["font_size"], material["global_alpha"]) == ("#0000FF", 9, 0.5)


@pytest.mark.parametrize("sent, written", [(315, -45), (-200, 160), (180, 180), (360, 0)])
def test_angles_of_shadows_may_go_all_around(run, sent, written):
    """Tools for agents send 315 unless told otherwise."""
    seen = run("add_text", ROUTES["add_text"]["least"] | {"shadow_enabled": True, "shadow_angle": sent})
    assert seen.at("material.shadow_angle") == written


def test_the_status_of_no_save_is_a_failure(client):
    answer = client.post("/query_draft_status", json={"task_id": "nobody"}).get_json()
    assert (answer["success"], answer["code"]) == (False, "task_not_found")


def test_the_look_of_a_range_may_stand_beside_it_as_documents_show(run):
    flat = {"start": 1, "end": 3, "font_color": "#00FF00", "font_size": 20, "bold": True, "font": "ALEGREYA"}
    seen = run("add_text", ROUTES["add_text"]["least"] | {"text_styles": [flat]})
    style = seen.at("material.content.styles.1")
    assert (style["range"], style["bold"], style["size"]) == ([1, 3], True, 20) and seen.warnings == []
    assert style["fill"]["content"]["solid"]["color"] == [0, 1, 0] and style["font"]["id"] == "7044878305576620546"


@pytest.mark.parametrize("name, written", [("transform_x", "KFTypePositionX"), ("transform_y", "KFTypePositionY")])
def test_keyframes_know_positions_by_the_name_of_the_parameter(run, name, written):
    seen = run("add_video_keyframe", {"draft_id": "d1", "property_type": name, "value": 0.5})
    assert seen.at("segment.common_keyframes.0.property_type") == written


@pytest.mark.parametrize("route", LISTS)
@pytest.mark.parametrize("query", [{}, {"profile": "jianying"}])
def test_a_list_has_exactly_the_shape_of_the_contract(client, route, query):
    response = client.get(f"/{route}", query_string=query)
    answer = response.get_json()
    assert response.status_code == 200
    assert answer == {"success": True, "output": answer["output"], "error": "", "warnings": []}
    assert {tuple(item) for item in answer["output"]} == {tuple(LISTS[route]["keys"])}
    names = [item["name"] for item in answer["output"]]
    assert all(isinstance(name, str) and name for name in names)
    assert query or set(LISTS[route]["among"]) <= set(names)


def test_sliders_of_sound_effects_are_in_hundredths(client):
    found = {item["name"]: item for item in client.get("/get_audio_effect_types").get_json()["output"]}
    assert found["Big_House"]["type"] == "Voice_filters"
    (slider,) = found["Big_House"]["params"]
    assert slider.keys() == {"name", "default_value", "min_value", "max_value"}
    assert (slider["min_value"], slider["max_value"]) == (0, 100)


def test_nothing_of_the_contract_is_left_out():
    assert TABLES.keys() == ROUTES.keys() and len(LISTS) == 12
    for route, table in TABLES.items():
        parameters = ROUTES[route]["parameters"]
        known = {*parameters, *(alias for one in parameters.values() for alias in one.get("aliases", ()))}
        assert set(table.split()) <= known, route


@pytest.mark.parametrize("route", ROUTES)
def test_the_model_has_every_parameter_and_each_can_be_seen(route):
    model = OPERATIONS[route].request
    for name, said in ROUTES[route]["parameters"].items():
        assert said.keys() & {"default", "required"} and said.keys() & {"effect", "inert"}, name
        assert {_newest(model, alias) for alias in said.get("aliases", ())} <= {_newest(model, name)}, name
        assert _field(model, name).is_required() == ("required" in said and "ours" not in said), name


@pytest.mark.parametrize(
    "route, name, meant",
    [
        ("add_video", "start_time", "'target_start' or 'start'"),
        ("add_audio", "start_time", "'target_start' or 'start'"),
        ("add_image", "target_start", "'start'"),
        ("add_image", "duration", "'end'"),
        ("add_text", "x", "'transform_x'"),
        ("add_text", "stroke_enabled", "'border_width'"),
        ("add_subtitle", "subtitle_text", "'srt' or 'cues'"),
        ("add_sticker", "sticker_type", "'sticker_id'"),
        ("add_effect", "intensity", "'params'"),
        ("add_effect", "target", "'effect_category'"),
        ("create_draft", "resolution", "'width' or 'height'"),
        ("save_draft", "output_path", "'draft_folder'"),
    ],
)
def test_a_name_that_may_mean_several_things_is_answered_with_the_right_ones(run, route, name, meant):
    said = run(route, ROUTES[route]["least"] | {name: 1})
    assert said.warnings == [f"{name}: unknown field, did you mean {meant}?; left aside"]
