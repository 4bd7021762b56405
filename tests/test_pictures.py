"""What add_video and add_image have in common: how a picture stands, what is done to it, what is around it."""

import pytest

from engine.export import PlacedMedia, write_timeline
from engine.facts import MediaFacts
from engine.segments import NATURAL
from engine.settle import settle
from errors import InvalidRequestError, UnknownNameError

VIDEO, PHOTO = "https://example.com/v.mp4", "https://example.com/p.png"
BODIES = {"add_video": {"video_url": VIDEO, "end": 2}, "add_image": {"image_url": PHOTO, "end": 2}}


@pytest.fixture(params=BODIES)
def add(call, draft, request):
    """Add a clip or a picture to a draft of 1080 x 1920."""
    return lambda **fields: call(request.param, draft_id=draft, **{**BODIES[request.param], **fields})


@pytest.fixture
def scaled(script):
    """Scale of the only segment when its medium, of that size, is known."""

    def scale(size):
        facts = {
            VIDEO: MediaFacts("video", ".mp4", 5_000_000, *size),
            PHOTO: MediaFacts("photo", ".png", 0, *size),
        }
        placed = {url: PlacedMedia(one, url, "name") for url, one in facts.items()}
        document = write_timeline(settle(script(), facts).script, placed).document
        ((segment,),) = [track["segments"] for track in document["tracks"] if track["segments"]]
        found = segment["clip"]["scale"]
        assert segment["uniform_scale"]["on"] == (found["x"] == found["y"])
        return round(found["x"], 4), round(found["y"], 4)

    return scale


def test_a_plain_picture_costs_nothing_more(add, segment):
    add(alpha=0.5)
    assert segment().finish is NATURAL


@pytest.mark.parametrize(
    "fields, field",
    [
        ({"crop": {"left": 0.5, "right": 0.5}}, "crop.right"),
        ({"crop": {"top": 0.9, "bottom": 0.1}}, "crop.bottom"),
        ({"crop": {"left": 1}}, "crop.left"),
        ({"crop": {"top": -0.1}}, "crop.top"),
        ({"crop": {"x": 0.1}}, "crop.x"),
        ({"crop": [0.1, 0, 0, 0]}, "crop"),
        ({"alpha": 1.1}, "alpha"),
        ({"rotation": "left"}, "rotation"),
        ({"fit": "fill"}, "fit"),
        ({"filter": "BW_2", "filter_intensity": 101}, "filter_intensity"),
        ({"background_color": "blue-ish"}, "background_color"),
        ({"background_color": "#F00", "background_blur": 1}, "background_color"),
        ({"background_color": "#F00", "fit": "blur"}, "background_color"),
        ({"chroma_key": "green"}, "chroma_key"),
        ({"chroma_key": "#0F0", "chroma_key_shadow": -1}, "chroma_key_shadow"),
        ({"effects": [{"name": "Blur"}] * 11}, "effects"),
        ({"effects": [{"name": "Blur", "params": [0] * 9}]}, "effects.0.params"),
        ({"effects": [{"category": "scene"}]}, "effects.0.name"),
        ({"effects": [{"name": "Blur", "category": "people"}]}, "effects.0.category"),
        ({"combo_animation": "Zoom_1", "outro_animation": "Fade_Out"}, "combo_animation"),
    ],
)
def test_a_bad_field_is_named_and_nothing_is_added(add, script, fields, field):
    with pytest.raises(InvalidRequestError) as refusal:
        add(**fields)
    assert [problem["field"] for problem in refusal.value.fields] == [field]
    assert not list(script().segments())


@pytest.mark.parametrize(
    "fields, field",
    [
        ({"filter": "BW_22"}, "filter"),
        ({"mix_mode": "multipli"}, "mix_mode"),
        ({"effects": [{"name": "Blur"}, {"name": "Blurrr"}]}, "effects.1.name"),
        ({"outro_animation": "Fade_Oot"}, "outro_animation"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest(add, script, fields, field):
    with pytest.raises(UnknownNameError) as refusal:
        add(**fields)
    assert refusal.value.near and refusal.value.fields[0]["field"] == field and not script().tracks


def test_an_update_names_the_field_inside_set(add, call, draft):
    made = add(effects=[{"name": "Blur"}])["segment_id"]
    with pytest.raises(UnknownNameError, match=r"^set\.effects\.0\.name: "):
        call("update_segment", draft_id=draft, segment_id=made, set={"effects": [{"name": "Blurrr"}]})


def test_the_older_name_of_the_filter_can_be_set(add, call, draft, segment):
    made = add(filter="BW_2")["segment_id"]
    call("update_segment", draft_id=draft, segment_id=made, set={"filter_type": "BW_3"})
    assert segment().finish.filter.name == "BW_3"
    call("update_segment", draft_id=draft, segment_id=made, set={"filter": None})
    assert segment().finish.filter is None


@pytest.mark.parametrize(
    "fit, crop, size, scale",
    [
        ("contain", {}, (1920, 1080), (1, 1)),
        ("blur", {}, (1920, 1080), (1, 1)),
        ("cover", {}, (1920, 1080), (3.1605, 3.1605)),
        ("cover", {}, (1080, 1920), (1, 1)),
        ("cover", {}, (540, 1920), (2, 2)),
        ("stretch", {}, (1920, 1080), (1, 3.1605)),
        ("stretch", {}, (540, 1920), (2, 1)),
        ("cover", {"left": 0.25, "right": 0.25}, (2160, 1920), (1, 1)),
        ("stretch", {"top": 0.5}, (1080, 1920), (1, 2)),
    ],
)
def test_a_picture_takes_the_canvas_as_asked(add, scaled, fit, crop, size, scale):
    add(fit=fit, crop=crop)
    assert scaled(size) == scale


def test_a_scale_counts_on_top_of_the_fit(add, scaled):
    add(fit="cover", scale_x=0.5, scale_y=2)
    assert scaled((540, 1920)) == (1, 4)


def test_the_fit_follows_the_canvas(add, scaled, call, draft):
    add(fit="cover")
    call("set_canvas", draft_id=draft, width=1920, height=1080)
    assert scaled((1920, 1080)) == (1, 1)


def test_blur_around_the_picture_is_as_strong_as_said(add, segment):
    add(fit="blur", background_blur=4)
    assert segment().background_blur == 1.0


def test_a_background_away_from_the_main_track_is_warned_of(add, call, draft, script):
    call("add_video", draft_id=draft, video_url=VIDEO, end=1, track_name="video_main")
    add(track_name="over", background_color="#F00")
    warnings = write_timeline(settle(script(), {}).script, {}).warnings
    assert len(warnings) == 1 and "background_color shows on the main video track only" in warnings[0]


def test_effects_stay_in_their_order_beside_filter_and_mix_mode(add, written):
    add(effects=[{"name": "Blur"}, {"name": "Vignette"}], filter="BW_2", mix_mode="Multiply", chroma_key="#00FF00")
    materials = written()["materials"]
    assert [one["name"] for one in materials["video_effects"]] == ["Blur", "Vignette"]
    assert [one["type"] for one in materials["effects"]] == ["filter", "mix_mode"]
    ((segment,),) = [track["segments"] for track in written()["tracks"] if track["segments"]]
    made = [one["id"] for name in ("video_effects", "effects", "chromas") for one in materials[name]]
    assert set(made) < set(segment["extra_material_refs"])


def test_a_split_gives_the_intro_to_the_left_and_the_outro_to_the_right(add, call, draft, script):
    made = add(intro_animation="Fade_In", outro_animation="Fade_Out", filter="BW_2")["segment_id"]
    call("split_segment", draft_id=draft, segment_id=made, at=1)
    left, right = [one for _, one in script().segments()]
    assert [one.kind for one in left.animations] == ["in"] and [one.kind for one in right.animations] == ["out"]
    assert left.finish.filter.name == right.finish.filter.name == "BW_2"


@pytest.mark.parametrize("name", ["normal", "Normal", "none"])
def test_the_usual_way_to_mix_is_none_to_name(draft, refused, name):
    error = refused(InvalidRequestError, "add_image", image_url="https://example.com/p.png", mix_mode=name)
    assert str(error).startswith("mix_mode: ") and "leave it out" in str(error)


@pytest.mark.parametrize("names", [("name", "category", "params"), ("effect_type", "effect_category", "effect_params")])
def test_effects_of_clips_and_of_the_timeline_take_each_others_names(call, draft, script, names):
    said = dict(zip(names, ("Blur", "scene", [10]), strict=True))
    call("add_image", draft_id=draft, image_url="https://example.com/p.png", effects=[said])
    call("add_effect", draft_id=draft, **said)
    (_, clip), (_, layer) = script().segments()
    assert clip.finish.effects == (layer.effect,) and layer.effect.params == (10,)


def test_a_filter_may_be_called_by_its_name(call, draft, segment):
    call("add_filter", draft_id=draft, name="BW_2", intensity=30)
    assert (segment().filter.name, segment().filter.intensity) == ("BW_2", 30)


@pytest.mark.parametrize("speed", ["y", "speed"])
def test_points_of_a_speed_curve_may_have_names(call, draft, segment, speed):
    points = [{"x": 0, speed: 1}, [0.5, 2], {"x": 1, speed: 1}]
    call("add_video", draft_id=draft, video_url="https://example.com/v.mp4", end=4, speed_curve=points)
    assert segment().curve.points == ((0, 1), (0.5, 2), (1, 1))


@pytest.mark.parametrize("point", [{"x": 0}, {"x": 0, "z": 1}, {"x": 0, "y": "fast"}, {}])
def test_points_without_what_they_need_are_refused(draft, refused, point):
    fields = {"video_url": "https://example.com/v.mp4", "speed_curve": [point, [1, 1]]}
    assert str(refused(InvalidRequestError, "add_video", **fields)).startswith("speed_curve.0")
