import pytest

from engine.export import write_timeline
from engine.settle import settle
from errors import DraftNotFoundError
from fields.groups import OnTrack
from operations import OPERATIONS

from .fakes import make_services

URL = "https://example.com/a.mp4"
LOOKS = {
    "transform_x": 0.25, "transform_y": -0.5, "scale_x": 0.7, "scale_y": 0.9, "transition": "Dissolve",
    "transition_duration": 0.8, "mask_type": "Rectangle", "mask_center_x": 12, "mask_center_y": -7, "mask_size": 0.4,
    "mask_rotation": 33, "mask_feather": 5, "mask_invert": True, "mask_rect_width": 0.3, "mask_round_corner": 11,
    "background_blur": 2, "track_name": "here", "relative_index": 3, "alpha": 0.7, "rotation": 12,
    "flip_horizontal": True, "flip_vertical": True, "crop": {"left": 0.1, "bottom": 0.2}, "fit": "cover",
    "filter": "BW_2", "filter_intensity": 44, "effects": [{"name": "Blur", "category": "scene", "params": [None]}],
    "mix_mode": "Overlay", "chroma_key": "#0f0", "chroma_key_intensity": 33, "chroma_key_shadow": 5,
    "adjust": {"contrast": -20, "clarity": 30},
}  # fmt: skip
SOUND = {"fade_in": 0.2, "fade_out": 0.3, "change_pitch": True}
RICH = [
    ("add_video", {"video_url": URL, "start": 1.234, "end": 5.678, "target_start": 0.777, "speed": 1.3, **LOOKS}),
    ("add_video", {"video_url": URL, "end": 2, "target_start": 200, **SOUND}),
    ("add_video", {"video_url": URL, "start": 2, "target_start": 9, "volume": 0.4, "track_name": "here"}),
    ("add_video", {"video_url": URL, "end": 2, "filter_type": "BW_2", "background_color": "#F00"}),
    ("add_video", {"video_url": URL, "end": 3, "target_start": 2, "fit": "blur", "intro_animation": "Fade_In"}),
    ("add_video", {"video_url": URL, "duration": 9.7, "start": 2, "target_start": 50, "speed": 0.1}),
    ("add_image", {"image_url": URL, "start": 1.01, "intro_animation": "Fade_In", **LOOKS, "track_name": "p"}),
    ("add_image", {"image_url": URL, "end": 4, "combo_animation": "Zoom_1", "combo_animation_duration": 3}),
    ("add_image", {"image_url": URL, "start": 5, "end": 8, "animation": "Fade_In", "animation_duration": 1.2}),
    ("add_image", {"image_url": URL, "start": 8, "end": 9, "intro_animation": "Fade_In", "animation_duration": 1.2}),
    ("add_image", {"image_url": URL, "start": 9, "end": 12, "animation": "Fade_In", "intro_animation_duration": 2}),
    ("add_video", {"video_url": URL, "end": 2.03, "start": 0.5, "target_start": 210, "speed_curve": "Montage"}),
    ("add_video", {"video_url": URL, "target_start": 220, "speed_curve": [[0, 0.5], [0.333, 7], [1, 2]]}),
    ("add_audio", {"audio_url": URL, "end": 4, "effect_type": "Big_House", "effect_params": [30], "speed": 7, **SOUND}),
    ("add_audio", {"audio_url": URL, "start": 3, "target_start": 4, "draft_folder": "C:/x", "width": 720}),
    (
        "add_sticker",
        {
            "resource_id": "77", "start": 0.1, "end": 1.3, "alpha": 0.3, "rotation": -8, "flip_vertical": True,
            "transform_x": 0.3, "scale_y": 0.4,
        },
    ),
    ("add_filter", {"filter": "BW_2", "intensity": 30, "start": 0.5, "end": 1.7}),
    ("add_adjust", {"brightness": 12.5, "tone": -100, "shadows": 3, "sharpen": 100, "start": 0.5, "end": 1.7}),
    ("add_effect", {"effect_type": "Blur", "start": 0.5, "end": 1.7, "effect_params": [20]}),
    (
        "add_text",
        {
            "text": "Hello 世界 😀", "start": 0.4, "end": 2.2, "font": "ALEGREYA", "font_color": "#0F0", "size": 13,
            "alpha": 0.4, "vertical": True, "fixed_width": 0.5, "border_width": 9, "border_color": "#123456",
            "background_alpha": 0.6, "background_style": 1, "background_round_radius": 0.2, "shadow_enabled": True,
            "shadow_smoothing": 0.3, "bubble_effect_id": "7", "bubble_resource_id": "8", "effect_effect_id": "77",
            "intro_animation": "Throw_Out", "intro_duration": 0.3, "transform_x": 0.1, "transform_y": 0.2,
            "text_styles": [
                {"start": 0, "end": 3, "style": {"bold": True, "size": 20, "color": "#FF8800"}, "font": "ALEGREYA"},
                {"start": 3, "end": 5, "border": {"width": 20, "alpha": 0.5}},
            ],
        },
    ),
    (
        "add_text",
        {
            "text": "Go, go! 😀", "start": 5, "end": 7, "alignment": "left", "letter_spacing": 3, "line_spacing": -2,
            "auto_wrapping": True, "line_max_width": 0.4, "bold": True, "italic": True, "underline": True,
            "rotation": 12, "scale_x": 1.5, "scale_y": 0.5, "loop_animation": "Swing", "loop_duration": 0.7,
            "keywords": ["go", {"text": "😀", "style": {"size": 20}, "border": {"width": 5}, "match_case": True}],
            "keyword_style": {"color": "#0F0"}, "outro_animation": "Fade_Out",
        },
    ),
]  # fmt: skip


@pytest.fixture
def read(call):
    return lambda draft_id="d1": call("get_draft", draft_id=draft_id)


def test_a_draft_says_when_it_was_made_and_changed(call, read, services, monkeypatch):
    for at, step in [
        (1_000, lambda: call("create_draft", draft_id="d1")),
        (9_000, lambda: call("add_text", draft_id="d1", text="a")),
    ]:
        monkeypatch.setattr("draft_cache.now", lambda at=at: at)
        monkeypatch.setattr("create_draft.now", lambda at=at: at)
        step()
    assert (read()["created_at"], read()["changed_at"]) == ("1970-01-01T00:00:01.000Z", "1970-01-01T00:00:09.000Z")


def test_a_draft_says_what_it_is(call, read):
    call("create_draft", draft_id="d1", name="Holiday", width=640, height=360, fps=29.97, target="jianying_5_9")
    answer = read()
    assert {name: answer[name] for name in ("name", "width", "height", "target", "version", "duration", "tracks")} == {
        "name": "Holiday",
        "width": 640,
        "height": 360,
        "target": "jianying_5_9",
        "version": 1,
        "duration": 0,
        "tracks": [],
    }
    assert answer["fps"] == pytest.approx(29.97, abs=0.001) and answer["draft_url"]


def test_tracks_are_in_the_order_of_layers_and_empty_ones_come_last(call, draft, read):
    empty = call("add_text", draft_id=draft, text="a", track_name="empty")["segment_id"]
    call("add_text", draft_id=draft, text="a", relative_index=2)
    call("add_video", draft_id=draft, video_url=URL)
    call("mute_track", draft_id=draft, track_name="video_main")
    call("remove_segment", draft_id=draft, segment_id=empty)
    tracks = read()["tracks"]
    assert [(one["track_name"], one["type"], one["relative_index"], len(one["segments"])) for one in tracks] == [
        ("video_main", "video", 0, 1),
        ("text_main", "text", 2, 1),
        ("empty", "text", 0, 0),
    ]
    assert [(one["muted"], one["hidden"]) for one in tracks] == [(True, False), (False, False), (False, False)]


def test_a_segment_has_every_parameter_of_its_operation(call, draft, read):
    made = call("add_video", draft_id=draft, video_url=URL, start=1, target_start=2.01)["segment_id"]
    ((segment,),) = [track["segments"] for track in read()["tracks"]]
    assert (segment["segment_id"], segment["operation"], segment["start"], segment["end"]) == (
        made,
        "add_video",
        2,
        None,
    )
    fields = OPERATIONS["add_video"].request.model_fields
    assert set(segment["parameters"]) == set(fields) - {
        "draft_id",
        "width",
        "height",
        "expected_version",
        "dry_run",
        "draft_folder",
    }
    said = segment["parameters"]
    assert (said["video_url"], said["start"], said["target_start"], said["end"]) == (URL, 1, 2, None)
    assert (said["track_name"], said["volume"], said["mask_type"], said["mask_size"]) == ("video_main", 1, None, 1)


def test_every_adding_operation_is_called_as_its_request_is():
    for op in OPERATIONS.values():
        if issubclass(op.request, OnTrack) and op.name != "add_subtitle":
            assert op.request.operation() == op.name


def test_rich_covers_every_adding_operation():
    assert {name for name, _ in RICH} == {name for name, op in OPERATIONS.items() if issubclass(op.request, OnTrack)}


@pytest.mark.parametrize("strict", [True, False])
def test_what_is_read_adds_the_same_draft_again(tmp_path, media, strict):
    """The same draft id and order give the same ids, so that the JSON must be equal."""

    def make(folder, requests):
        services = make_services(folder, media)
        OPERATIONS["create_draft"]({"draft_id": "d1", "fps": 29.97}, services)
        for name, fields in requests:
            OPERATIONS[name]({"draft_id": "d1", **fields}, services, strict=strict)
        script = services.drafts.snapshot("d1")
        answer = OPERATIONS["get_draft"]({"draft_id": "d1"}, services)
        services.close()
        return script, answer.model_dump(mode="json", exclude={"created_at", "changed_at", "bytes"})

    first, said = make(tmp_path / "one", RICH)
    parts = {one["segment_id"]: one for track in said["tracks"] for one in track["segments"]}
    order = sorted(parts, key=lambda segment_id: first.get_segment(segment_id)[1].added)
    second, again = make(tmp_path / "two", [(parts[one]["operation"], parts[one]["parameters"]) for one in order])
    assert len(order) == len(RICH)
    assert again == said
    document, other = (write_timeline(settle(one, {}).script, {}).document for one in (first, second))
    assert document == other


def test_an_unknown_draft_is_not_found(read):
    with pytest.raises(DraftNotFoundError):
        read("nobody")


def test_nothing_is_fetched_and_nothing_changes(call, draft, read, media, script):
    call("add_video", draft_id=draft, video_url=media.video(URL))
    assert read() == read() and media.fetched == [] and script().version == 2


def test_it_can_be_read_as_it_was(call, draft):
    call("add_text", draft_id=draft, text="a")
    call("add_text", draft_id=draft, text="b", start=5, end=6)
    then = call("get_draft", draft_id=draft, at_version=2)
    assert then["version"] == 2 and [len(track["segments"]) for track in then["tracks"]] == [1]
    now = call("get_draft", draft_id=draft)
    assert now["version"] == 3 and now["changed_at"] >= now["created_at"] > "2020" and now["bytes"] > 50


def test_it_is_a_resource(client):
    client.post("/add_text", json={"draft_id": "d1", "text": "a"})
    read = client.get("/v1/drafts/d1?at_version=2")
    assert read.get_json()["output"]["tracks"][0]["segments"][0]["parameters"]["text"] == "a"
    assert read.headers["ETag"] == '"2"'
