"""What a request says is what the app finds: one row for each parameter, with values that no default has."""

import orjson
import pytest

from engine.adjust import SLIDERS
from engine.export import write_timeline
from engine.settle import settle
from operations import OPERATIONS

V, P, A = "https://example.com/v.mp4", "https://example.com/p.png", "https://example.com/a.mp3"
BODIES = {
    "add_video": {"video_url": V, "end": 2},
    "add_image": {"image_url": P},
    "add_audio": {"audio_url": A, "end": 2},
    "add_text": {"text": "Hello"},
    "add_sticker": {"sticker_id": "77"},
    "add_filter": {"filter": "BW_2"},
    "add_adjust": {"brightness": 5},
}
SEGMENT, MASK, TEXT, STYLE = "segment", "common_mask", "texts", "style"
CORNERS = {
    **{"upper_left_x": 0.1, "upper_left_y": 0.0, "upper_right_x": 1.0, "upper_right_y": 0.0},
    **{"lower_left_x": 0.1, "lower_left_y": 0.75, "lower_right_x": 1.0, "lower_right_y": 0.75},
}

ROWS = [
    ("add_video", {"volume": 0.37}, (SEGMENT, "volume"), 0.37),
    ("add_video", {"speed": 1.7}, (SEGMENT, "speed"), 1.7),
    ("add_video", {"start": 0.5}, (SEGMENT, "source_timerange", "start"), 500_000),
    ("add_video", {"target_start": 3}, (SEGMENT, "target_timerange", "start"), 3_000_000),
    ("add_video", {"transform_x": 0.3}, (SEGMENT, "clip", "transform", "x"), 0.3),
    ("add_video", {"transform_y": -0.4}, (SEGMENT, "clip", "transform", "y"), -0.4),
    ("add_video", {"scale_x": 0.6}, (SEGMENT, "clip", "scale", "x"), 0.6),
    ("add_video", {"scale_y": 0.7}, (SEGMENT, "clip", "scale", "y"), 0.7),
    ("add_video", {"scale_y": 0.7}, (SEGMENT, "uniform_scale", "on"), False),
    ("add_video", {"background_blur": 3}, ("canvases", "blur"), 0.75),
    ("add_video", {"background_blur": 3}, ("canvases", "type"), "canvas_blur"),
    ("add_video", {"background_blur": "3"}, ("canvases", "blur"), 0.75),
    ("add_text", {"background_alpha": 0.5, "background_style": "2"}, (TEXT, "background_style"), 2),
    ("add_text", {"background_alpha": 0.5, "background_style": 2.0}, (TEXT, "background_style"), 2),
    ("add_text", {"text_styles": [{"start": "0", "end": "5", "style": {"align": "2"}}]}, (TEXT, "alignment"), 1),
    ("add_video", {"mask_type": "Circle"}, (MASK, "resource_type"), "circle"),
    ("add_video", {"mask_type": "Circle", "mask_center_x": 270}, (MASK, "config", "centerX"), 0.5),
    ("add_video", {"mask_type": "Circle", "mask_center_y": -480}, (MASK, "config", "centerY"), -0.5),
    ("add_video", {"mask_type": "Circle", "mask_size": 0.8}, (MASK, "config", "height"), 0.8),
    ("add_video", {"mask_type": "Circle", "mask_rotation": 33}, (MASK, "config", "rotation"), 33),
    ("add_video", {"mask_type": "Circle", "mask_feather": 25}, (MASK, "config", "feather"), 0.25),
    ("add_video", {"mask_type": "Circle", "mask_invert": True}, (MASK, "config", "invert"), True),
    ("add_video", {"background_color": "#12AB34"}, ("canvases", "color"), "#12ab34ff"),
    ("add_video", {"background_color": "#12AB34"}, ("canvases", "type"), "canvas_color"),
    ("add_video", {"fit": "blur"}, ("canvases", "blur"), 0.375),
    ("add_video", {"alpha": 0.4}, (SEGMENT, "clip", "alpha"), 0.4),
    ("add_video", {"rotation": -45}, (SEGMENT, "clip", "rotation"), -45),
    ("add_video", {"flip_horizontal": True}, (SEGMENT, "clip", "flip"), {"horizontal": True, "vertical": False}),
    ("add_video", {"flip_vertical": True}, (SEGMENT, "clip", "flip"), {"horizontal": False, "vertical": True}),
    ("add_video", {"crop": {"left": 0.1, "bottom": 0.25}}, ("videos", "crop"), CORNERS),
    ("add_video", {"fade_in": 0.3}, ("audio_fades", "fade_in_duration"), 300_000),
    ("add_video", {"fade_out": 0.7}, ("audio_fades", "fade_out_duration"), 700_000),
    ("add_video", {"change_pitch": True, "speed": 2}, (SEGMENT, "is_tone_modify"), True),
    ("add_video", {"filter": "BW_2"}, ("effects", "resource_id"), "6857756260339552776"),
    ("add_video", {"filter": "BW_2", "filter_intensity": 35}, ("effects", "value"), 0.35),
    ("add_video", {"filter_type": "BW 2"}, ("effects", "type"), "filter"),
    ("add_video", {"mix_mode": "screen"}, ("effects", "resource_id"), "6758325170760323597"),
    ("add_video", {"mix_mode": "screen"}, ("effects", "type"), "mix_mode"),
    ("add_video", {"effects": [{"name": "Blur"}]}, ("video_effects", "apply_target_type"), 0),
    ("add_video", {"effects": [{"name": "Blur", "params": [30]}]}, ("video_effects", "adjust_params", 0, "value"), 0.3),
    ("add_video", {"chroma_key": "#00FF00"}, ("chromas", "color"), "#00ff00ff"),
    ("add_video", {"chroma_key": "#0F0", "chroma_key_intensity": 64}, ("chromas", "intensity_value"), 0.64),
    ("add_video", {"chroma_key": "#0F0", "chroma_key_shadow": 15}, ("chromas", "shadow_value"), 0.15),
    ("add_video", {"speed_curve": [[0, 1], [1, 3]]}, (SEGMENT, "speed"), 2),
    ("add_video", {"speed_curve": [[0, 1], [1, 3]]}, (SEGMENT, "target_timerange", "duration"), 1_000_000),
    ("add_video", {"speed_curve": [[0, 1], [1, 3]]}, ("speeds", "mode"), 1),
    ("add_video", {"speed_curve": "hero"}, ("speeds", "curve_speed", "name"), "hero"),
    (
        "add_video",
        {"speed_curve": [[0, 1], [1, 3]]},
        ("speeds", "curve_speed", "speed_points"),
        [{"x": 0, "y": 1}, {"x": 1, "y": 3}],
    ),
    ("add_video", {"intro_animation": "Fade_In"}, ("material_animations", "animations", 0, "type"), "in"),
    ("add_video", {"outro_animation": "Fade_Out"}, ("material_animations", "animations", 0, "start"), 0),
    ("add_image", {"alpha": 0.4, "rotation": 20}, (SEGMENT, "clip", "rotation"), 20),
    ("add_video", {"adjust": {"contrast": -30}}, ("effects", "value"), -0.3),
    ("add_image", {"adjust": {"vignette": 30}}, ("effects", "type"), "vignetting"),
    *(
        ("add_adjust", {"brightness": 0, name: 40}, ("effects", "type"), slider.type)
        for name, slider in SLIDERS.items()
    ),
    ("add_image", {"filter": "BW_2"}, ("effects", "name"), "BW 2"),
    ("add_audio", {"fade_in": 0.3}, ("audio_fades", "fade_in_duration"), 300_000),
    ("add_audio", {"change_pitch": True}, (SEGMENT, "is_tone_modify"), True),
    ("add_image", {"intro_animation": "Fade_In"}, ("material_animations", "animations", 0, "type"), "in"),
    ("add_image", {"intro_animation": "Fade_In"}, ("material_animations", "animations", 0, "material_type"), "video"),
    ("add_image", {"outro_animation": "Fade_Out"}, ("material_animations", "animations", 0, "start"), 0),
    ("add_image", {"combo_animation": "Zoom_1"}, ("material_animations", "animations", 0, "type"), "group"),
    ("add_audio", {"volume": 0.37}, (SEGMENT, "volume"), 0.37),
    ("add_audio", {"speed": 0.7}, ("speeds", "speed"), 0.7),
    (
        "add_audio",
        {"effect_type": "Big_House", "effect_params": [30]},
        ("audio_effects", "audio_adjust_params", 0, "value"),
        0.3,
    ),
    ("add_sticker", {"sticker_id": "88"}, ("stickers", "sticker_id"), "88"),
    ("add_sticker", {"alpha": 0.6}, (SEGMENT, "clip", "alpha"), 0.6),
    ("add_sticker", {"rotation": 33}, (SEGMENT, "clip", "rotation"), 33),
    ("add_sticker", {"flip_horizontal": True}, (SEGMENT, "clip", "flip", "horizontal"), True),
    ("add_sticker", {"flip_vertical": True}, (SEGMENT, "clip", "flip", "vertical"), True),
    ("add_filter", {}, (SEGMENT, "render_index"), 10_000),
    ("add_filter", {}, ("effects", "resource_id"), "6857756260339552776"),
    ("add_filter", {"filter_intensity": 35}, ("effects", "value"), 0.35),
    ("add_text", {"transform_x": 0.3}, (SEGMENT, "clip", "transform", "x"), 0.3),
    ("add_text", {"transform_y": -0.4}, (SEGMENT, "clip", "transform", "y"), -0.4),
    ("add_text", {}, (SEGMENT, "render_index"), 14_000),
    ("add_text", {"alpha": 0.6}, (TEXT, "global_alpha"), 0.6),
    ("add_text", {"vertical": True}, (TEXT, "typesetting"), 1),
    ("add_text", {"fixed_width": 0.5}, (TEXT, "fixed_width"), 540),
    ("add_text", {"fixed_height": 0.2}, (TEXT, "fixed_height"), 384),
    ("add_text", {"fixed_width": 0}, (TEXT, "fixed_width"), -1),
    ("add_text", {"fixed_height": -200}, (TEXT, "fixed_height"), -1),
    ("add_text", {"size": 13}, (TEXT, "font_size"), 13),
    ("add_text", {"size": 13}, (STYLE, "size"), 13),
    ("add_text", {"color": "#0000FF"}, (STYLE, "fill", "content", "solid", "color"), [0, 0, 1]),
    ("add_text", {"font": "ALEGREYA"}, (STYLE, "font", "id"), "7044878305576620546"),
    ("add_text", {"border_width": 50}, (STYLE, "strokes", 0, "width"), pytest.approx(0.1)),
    (
        "add_text",
        {"border_width": 50, "border_alpha": 0.4},
        (STYLE, "strokes", 0, "content", "solid", "alpha"),
        0.4,
    ),
    ("add_text", {"background_alpha": 0.5}, (TEXT, "background_alpha"), 0.5),
    ("add_text", {"background_alpha": 0.5}, (TEXT, "background_style"), 1),
    ("add_text", {"background_alpha": 0.5, "background_style": 1}, (TEXT, "background_style"), 1),
    ("add_text", {"background_style": 1}, (TEXT, "background_style"), 0),
    ("add_text", {"background_alpha": 0.5, "background_color": "#0F0"}, (TEXT, "background_color"), "#00FF00"),
    ("add_text", {"background_alpha": 0.5, "background_style": 2}, (TEXT, "background_style"), 2),
    ("add_text", {"background_alpha": 0.5, "background_round_radius": 0.3}, (TEXT, "background_round_radius"), 0.3),
    (
        "add_text",
        {"background_alpha": 0.5, "background_horizontal_offset": 0.75},
        (TEXT, "background_horizontal_offset"),
        0.5,
    ),
    ("add_text", {"shadow_enabled": True, "shadow_angle": 30}, (STYLE, "shadows", 0, "angle"), 30),
    ("add_text", {"shadow_enabled": True, "shadow_angle": 315}, (STYLE, "shadows", 0, "angle"), -45),
    ("add_text", {"shadow_enabled": True, "shadow_angle": 180}, (STYLE, "shadows", 0, "angle"), 180),
    ("add_text", {"shadow_enabled": True, "shadow_angle": -190}, (STYLE, "shadows", 0, "angle"), 170),
    ("add_text", {"shadow_enabled": True, "shadow_distance": 9}, (STYLE, "shadows", 0, "distance"), 9),
    ("add_text", {"shadow_enabled": True, "shadow_alpha": 0.3}, (STYLE, "shadows", 0, "alpha"), 0.3),
    ("add_text", {"shadow_enabled": True, "shadow_smoothing": 0.6}, (TEXT, "shadow_smoothing"), pytest.approx(0.6)),
    ("add_text", {"effect_effect_id": "77"}, ("effects", "effect_id"), "77"),
    ("add_text", {"bubble_effect_id": "7", "bubble_resource_id": "8"}, ("effects", "resource_id"), "8"),
    ("add_text", {"text_styles": [{"start": 0, "end": 5, "style": {"italic": True}}]}, (STYLE, "italic"), True),
    ("add_text", {"text_styles": [{"start": 0, "end": 5, "style": {"underline": True}}]}, (STYLE, "underline"), True),
    (
        "add_text",
        {"text_styles": [{"start": 0, "end": 5, "border": {"width": 20}}]},
        (STYLE, "strokes", 0, "width"),
        pytest.approx(0.04),
    ),
    ("add_text", {"scale_x": 1.5}, (SEGMENT, "clip", "scale", "x"), 1.5),
    ("add_text", {"rotation": 30}, (SEGMENT, "clip", "rotation"), 30),
    ("add_text", {"bold": True}, (STYLE, "bold"), True),
    ("add_text", {"bold": True}, (TEXT, "bold_width"), 0.008),
    ("add_text", {}, (TEXT, "bold_width"), 0),
    ("add_text", {"italic": True}, (STYLE, "italic"), True),
    ("add_text", {"underline": True}, (STYLE, "underline"), True),
    ("add_text", {}, (TEXT, "alignment"), 1),
    ("add_text", {"alignment": "right"}, (TEXT, "alignment"), 2),
    ("add_text", {"letter_spacing": 4}, (TEXT, "letter_spacing"), pytest.approx(0.2)),
    ("add_text", {"line_spacing": 2}, (TEXT, "line_spacing"), pytest.approx(0.12)),
    ("add_text", {}, (TEXT, "type"), "text"),
    ("add_text", {"auto_wrapping": True}, (TEXT, "type"), "subtitle"),
    ("add_text", {"auto_wrapping": True}, (TEXT, "add_type"), 2),
    ("add_text", {"line_max_width": 0.5}, (TEXT, "line_max_width"), 0.5),
    (
        "add_text",
        {"keywords": ["hello"]},
        (STYLE, "fill", "content", "solid", "color"),
        [1, pytest.approx(222 / 255), 0],
    ),
    (
        "add_text",
        {"keywords": ["Hello"], "keyword_style": {"bold": True}},
        (STYLE, "bold"),
        True,
    ),
    ("add_text", {"loop_animation": "Swing"}, ("material_animations", "animations", 0, "type"), "loop"),
    (
        "add_text",
        {"loop_animation": "Swing", "loop_duration": 0.8},
        ("material_animations", "animations", 0, "duration"),
        800_000,
    ),
    (
        "add_text",
        {"intro_animation": "Throw_Out"},
        ("material_animations", "animations", 0, "material_type"),
        "sticker",
    ),
]


@pytest.mark.parametrize("name, fields, path, value", ROWS, ids=lambda value: str(value)[:60])
def test_a_parameter_reaches_the_app(call, draft, script, name, fields, path, value):
    call(name, draft_id=draft, **{**BODIES[name], **fields})
    found = place(write_timeline(settle(script(), {}).script, {}).document, path[0])
    for key in path[1:]:
        found = found[key]
    assert found == value


def place(document, name):
    """The one segment, or the one material of that list, or the style of the one text."""
    if name == SEGMENT:
        (found,) = [segment for track in document["tracks"] for segment in track["segments"]]
    elif name == STYLE:
        (found,) = orjson.loads(document["materials"][TEXT][0]["content"])["styles"]
    else:
        (found,) = document["materials"][name]
    return found


def test_the_table_has_a_row_for_every_parameter_that_is_written():
    elsewhere = {"draft_id", "width", "height", "track_name", "relative_index", "draft_folder", "duration", "end"}
    elsewhere |= {
        "expected_version",
        "dry_run",
        "start",
        "text",
        "video_url",
        "image_url",
        "audio_url",
        "transition",
        "transition_duration",
    }
    for name, body in BODIES.items():
        tried = {field for op, fields, _, _ in ROWS if op == name for field in fields}
        shared = {field for _, fields, _, _ in ROWS for field in fields}
        lacking = set(OPERATIONS[name].request.model_fields) - tried - shared - elsewhere - body.keys()
        assert not lacking - KNOWN_ELSEWHERE, (name, lacking)


KNOWN_ELSEWHERE = {
    "animation", "animation_duration", "intro_animation_duration", "outro_animation_duration", "intro_duration",
    "outro_duration", "outro_animation", "combo_animation_duration", "mask_rect_width", "mask_round_corner",
    "border_color", "background_height", "background_width", "background_vertical_offset", "shadow_color", "words",
    "highlight", "font_url",
}  # fmt: skip
"""Parameters that the tests of their operation or of the export look at."""


@pytest.mark.parametrize("fps", [25, 29.97, 60])
def test_the_canvas_and_the_rate_are_the_drafts(call, script, fps):
    call("create_draft", draft_id="d1", width=1234, height=568, fps=fps)
    document = write_timeline(settle(script(), {}).script, {}).document
    assert (document["canvas_config"]["width"], document["canvas_config"]["height"]) == (1234, 568)
    assert document["fps"] == pytest.approx(fps, abs=0.001)
    assert document["id"] == document["id"].upper() and document["id"].count("-") == 4


@pytest.mark.parametrize("target", ["capcut", "capcut_legacy", "jianying_5_9", "jianying_10"])
def test_no_draft_begins_with_what_some_user_once_switched_on(call, script, target):
    """The skeletons were read off drafts of users: a muted main track must not come along."""
    call("create_draft", draft_id="d1", target=target)
    config = write_timeline(settle(script(), {}).script, {}).document["config"]
    assert (config["video_mute"], config["maintrack_adsorb"], config["export_range"]) == (False, False, None)
