import pytest

from engine.settle import settle
from errors import ConflictError, InvalidRequestError, UnknownNameError

from .engine_kit import PHOTO_FACTS, video_facts

URL = "https://example.com/a.mp4"


@pytest.fixture
def add(call, draft):
    return lambda **fields: call("add_video", draft_id=draft, **{"video_url": URL, **fields})


@pytest.mark.parametrize("end", [None, 0, "0", 0.0])
def test_without_an_end_the_clip_is_open(add, segment, end):
    answer = add(end=end, start=1)
    assert answer["end"] is None
    assert (segment().duration, segment().source_start) == (None, 1_000_000)


def test_a_known_length_of_the_video_closes_the_clip(add, segment):
    answer = add(duration=5, start=2, target_start=10)
    assert (answer["start"], answer["end"]) == (10, 13)
    assert segment().media.duration == 5_000_000


def test_an_end_wins_over_the_length_of_the_video(add):
    assert add(duration=9, end=4)["end"] == 4


def test_speed_shortens_what_is_shown(add, segment):
    assert add(start=2, end=6, speed=2, target_start=1)["end"] == 3
    assert segment().source_duration(segment().duration) == 4_000_000


def test_edges_are_put_on_frames(add):
    answer = add(end=1.01, target_start=0.99)
    assert (answer["start"], answer["end"]) == (1.0, 2.0)


def test_the_segment_id_stays_when_the_draft_is_rebuilt(add, services, script):
    answer = add(end=3)
    services.drafts.forget("d1")
    assert [one.id for _, one in script().segments()] == [answer["segment_id"]]


def test_the_track_is_video_main_unless_named(add):
    assert add(end=1)["track_name"] == "video_main"
    assert add(end=1, track_name="pip")["track_name"] == "pip"
    assert add(target_start=5, end=1, track_name=None)["track_name"] == "video_main"


@pytest.mark.parametrize(
    "fields, field",
    [
        ({"video_url": None}, "video_url"),
        ({"video_url": "ftp://example.com/a.mp4"}, "video_url"),
        ({"video_url": "https://"}, "video_url"),
        ({"video_url": "https://example.com/{{clip}}.mp4"}, "video_url"),
        ({"video_url": 5}, "video_url"),
        ({"start": 5, "end": 2}, "end"),
        ({"start": 5, "end": 5}, "end"),
        ({"start": 9, "duration": 5}, "duration"),
        ({"start": -1}, "start"),
        ({"end": -1}, "end"),
        ({"target_start": float("nan")}, "target_start"),
        ({"target_start": float("inf")}, "target_start"),
        ({"target_start": 1e9}, "target_start"),
        ({"speed": 0}, "speed"),
        ({"speed": -1}, "speed"),
        ({"volume": -0.5}, "volume"),
        ({"scale_x": 0}, "scale_x"),
        ({"transform_x": "left"}, "transform_x"),
        ({"background_blur": 5}, "background_blur"),
        ({"mask_feather": 101, "mask_type": "Circle"}, "mask_feather"),
        ({"track_name": ""}, "track_name"),
        ({"relative_index": 1.5}, "relative_index"),
        ({"strat": 1}, "strat"),
    ],
)
def test_a_bad_field_is_named_and_nothing_is_added(add, script, fields, field):
    with pytest.raises(InvalidRequestError) as refusal:
        add(**fields)
    assert [problem["field"] for problem in refusal.value.fields] == [field]
    assert not list(script().segments())


@pytest.mark.parametrize("field, name", [("transition", "Cutout_Flop"), ("mask_type", "Circel")])
def test_an_unknown_name_is_refused_with_the_nearest(add, script, field, name):
    with pytest.raises(UnknownNameError, match=f"^{field}: ") as refusal:
        add(end=1, **{field: name})
    assert refusal.value.near and not script().tracks


def test_a_name_of_the_other_app_is_recognised_as_such(add):
    with pytest.raises(UnknownNameError, match="JianYing"):
        add(end=1, transition="冰雪结晶")


def test_case_spaces_and_underscores_of_names_do_not_matter(add, segment):
    add(end=1, transition="cutout flip")
    assert segment().transition.name == "cutout flip"


def test_a_rectangles_measure_is_for_rectangles(add):
    with pytest.raises(InvalidRequestError, match="mask_rect_width"):
        add(end=1, mask_type="Circle", mask_rect_width=0.5)
    add(end=1, mask_type="Rectangle", mask_rect_width=0.5)


def test_mask_defaults_are_the_contracts(add, segment):
    add(end=1, mask_type="Circle")
    assert (segment().mask.center_x, segment().mask.center_y, segment().mask.size) == (0.5, 0.5, 1.0)


@pytest.mark.parametrize("step, strength", [(1, 0.0625), (2, 0.375), (3, 0.75), (4, 1.0)])
def test_background_blur_has_four_steps(add, segment, step, strength):
    add(end=1, background_blur=step)
    assert segment().background_blur == strength


def test_an_overlap_is_a_conflict(add):
    add(end=3)
    with pytest.raises(ConflictError):
        add(end=3, target_start=2)


def test_the_drafts_folder_of_older_clients_is_accepted(add):
    assert add(end=1, draft_folder="C:\\Users\\me\\drafts")["warnings"] == []


# ---- speed curves


def test_the_length_follows_the_mean_of_the_curve(add, segment):
    assert add(start=1, end=5, speed_curve=[[0, 1], [1, 3]])["end"] == 2
    assert (segment().speed, segment().source_duration(segment().duration)) == (2, 4_000_000)


def test_an_open_clip_with_a_curve_runs_to_the_end_of_its_medium(add, script):
    add(speed_curve=[[0, 1], [1, 3]])
    ((_, clip),) = settle(script(), {URL: video_facts(5)}).script.segments()
    assert clip.duration == 2_500_000


def test_presets_are_known_by_any_spelling(add, segment):
    add(end=1, speed_curve="Jump Cut")
    assert segment().curve.name == "jump_cut"


@pytest.mark.parametrize(
    "curve, said",
    [
        ("heroo", "nearest: hero"),
        ("", "no speed curve"),
        ([], "at least two points"),
        ([[0, 1]], "at least two points"),
        ([[0, 1], [0.5, 2]], "the last 1"),
        ([[0.1, 1], [1, 2]], "the first x is 0"),
        ([[0, 1], [0.5, 1], [0.5, 2], [1, 1]], "greater than before"),
        ([[0, 1], [0.7, 1], [0.5, 2], [1, 1]], "greater than before"),
        ([[n / 100, 1] for n in range(101)], "at most 100"),
        (7, "must be a list"),
    ],
)
def test_what_is_no_curve_is_refused(add, script, curve, said):
    with pytest.raises(InvalidRequestError, match=f"^speed_curve: .*{said}"):
        add(end=1, speed_curve=curve)
    assert not list(script().segments())


@pytest.mark.parametrize("point", [[0, 0.05], [0, 11], [0], [0, 1, 2], ["a", 1]])
def test_a_bad_point_is_named(add, point):
    with pytest.raises(InvalidRequestError) as refusal:
        add(end=1, speed_curve=[point, [1, 1]])
    assert refusal.value.fields[0]["field"].startswith("speed_curve.0")


def test_speed_and_a_curve_do_not_go_together(add, call, draft, segment):
    with pytest.raises(InvalidRequestError, match="^speed_curve: "):
        add(end=1, speed=2, speed_curve="hero")
    made = add(end=4, speed_curve=[[0, 1], [1, 3]])["segment_id"]
    with pytest.raises(InvalidRequestError, match=r"^set\.speed_curve: "):
        call("update_segment", draft_id=draft, segment_id=made, set={"speed": 4})
    call("update_segment", draft_id=draft, segment_id=made, set={"speed": 4, "speed_curve": None})
    assert (segment().speed, segment().curve, segment().duration) == (4, None, 1_000_000)


def test_a_curve_that_is_cut_plays_the_same_and_is_read_back(add, call, draft, script):
    made = add(start=1, end=5, speed_curve=[[0, 1], [1, 3]])["segment_id"]
    call("split_segment", draft_id=draft, segment_id=made, at=1)
    left, right = [one for _, one in script().segments()]
    assert (left.curve.points, right.curve.points) == (((0, 1), (1, 2)), ((0, 2), (1, 3)))
    assert (left.source_start, right.source_start) == (1_000_000, 2_500_000)
    said = [one["parameters"] for one in call("get_draft", draft_id=draft)["tracks"][0]["segments"]]
    assert [(one["start"], one["end"], one["speed"]) for one in said] == [(1, 2.5, 1), (2.5, 5, 1)]
    assert said[1]["speed_curve"] == [[0, 2], [1, 3]]
    call("trim_segment", draft_id=draft, segment_id=left.id, start=0.5)
    assert script().get_segment(left.id)[1].curve.points == ((0, 1.5), (1, 2))


def test_a_curve_goes_on_at_its_first_speed_before_it_began(add, call, draft, script):
    made = add(start=1, end=5, target_start=10, speed_curve=[[0, 2], [1, 2]])["segment_id"]
    with pytest.raises(InvalidRequestError) as refusal:
        call("trim_segment", draft_id=draft, segment_id=made, start=9)
    assert refusal.value.details["earliest_start"] == 9.5
    call("trim_segment", draft_id=draft, segment_id=made, start=9.5)
    assert script().get_segment(made)[1].source_start == 0


@pytest.mark.parametrize("op, fields", [("split_segment", {"at": 1}), ("trim_segment", {"end": 1})])
def test_an_open_clip_with_a_curve_is_cut_when_it_has_an_end(add, refused, op, fields):
    made = add(speed_curve="hero")["segment_id"]
    assert "update_segment" in str(refused(ConflictError, op, segment_id=made, **fields))


def test_a_picture_has_no_speed(add, script):
    add(end=3, speed_curve="hero")
    ((_, shown),) = settle(script(), {URL: PHOTO_FACTS}).script.segments()
    assert (shown.speed, shown.curve) == (1, None)


def test_fades_and_animations_that_a_clip_of_known_length_is_too_short_for_are_said_at_once(call, draft):
    moves = {"fade_in": 1, "fade_out": 2, "outro_animation": "Fade_Out", "outro_animation_duration": 3}
    fields = {"draft_id": draft, "video_url": "https://example.com/v.mp4", **moves}
    warnings = call("add_video", **fields, end=2)["warnings"]
    assert [one.split(":")[0] for one in warnings] == ["fade_in, fade_out", "outro_animation"]
    assert call("add_video", **fields, end=4, target_start=5)["warnings"] == []
    assert call("add_video", **fields, target_start=20)["warnings"] == []
