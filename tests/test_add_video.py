import pytest

from errors import ConflictError, InvalidRequestError, UnknownNameError

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
