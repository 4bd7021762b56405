import pytest

from engine.lint import lint
from errors import ConflictError, InvalidRequestError

BOOK = "7245680678875008261"


@pytest.fixture
def add(call, draft):
    return lambda **fields: call("add_sticker", draft_id=draft, **{"sticker_id": BOOK, **fields})


def test_defaults_are_those_of_the_contract(add):
    answer = add()
    assert (answer["start"], answer["end"], answer["track_name"]) == (0, 5, "sticker_main")


def test_it_is_written_as_the_apps_do(add, call, draft, written):
    """As in CapCut 7.7.0: a material of its own, no source range, a clip, numbered in one row with texts."""
    add(start=1, end=2, transform_x=0.25, transform_y=-0.5, scale_x=0.4, scale_y=0.4, alpha=0.6, rotation=30)
    call("add_text", draft_id=draft, text="over it")
    document = written()
    assert lint(document) == []
    assert [track["type"] for track in document["tracks"]] == ["video", "sticker", "text"]
    ((segment,), (text,)) = (track["segments"] for track in document["tracks"][1:])
    (sticker,) = document["materials"]["stickers"]
    assert (sticker["resource_id"], sticker["sticker_id"], sticker["type"]) == (BOOK, BOOK, "sticker")
    assert segment["material_id"] == sticker["id"] and segment["source_timerange"] is None
    assert segment["clip"] == {
        "alpha": 0.6,
        "flip": {"horizontal": False, "vertical": False},
        "rotation": 30,
        "scale": {"x": 0.4, "y": 0.4},
        "transform": {"x": 0.25, "y": -0.5},
    }
    assert (segment["render_index"], text["render_index"]) == (14_000, 14_001)
    assert segment["uniform_scale"]["on"] is True


def test_it_can_be_mirrored(add, written):
    add(flip_horizontal=True, flip_vertical=True)
    (segment,) = written()["tracks"][1]["segments"]
    assert segment["clip"]["flip"] == {"horizontal": True, "vertical": True}


@pytest.mark.parametrize(
    "fields", [{"resource_id": "77"}, {"sticker_id": 77}, {"resource_id": "1", "sticker_id": "77"}]
)
def test_its_id_has_two_names_and_may_be_a_number(call, draft, segment, fields):
    call("add_sticker", draft_id=draft, **fields)
    assert segment().resource_id == "77"


def test_stickers_on_one_track_do_not_overlap(add):
    add()
    with pytest.raises(ConflictError, match="free from 5 s"):
        add(start=4, end=6)


def test_a_sticker_track_takes_nothing_else(add, call, draft):
    add()
    with pytest.raises(ConflictError, match="sticker track"):
        call("add_text", draft_id=draft, text="a", track_name="sticker_main", start=9, end=10)


def test_it_can_be_changed_like_any_segment(add, call, draft, shown, segment):
    made = add()["segment_id"]
    call("move_segment", draft_id=draft, segment_id=made, start=10)
    call("update_segment", draft_id=draft, segment_id=made, set={"rotation": 45, "resource_id": "88"})
    right = call("split_segment", draft_id=draft, segment_id=made, at=12)["new_segment_id"]
    call("trim_segment", draft_id=draft, segment_id=right, end=14)
    assert shown() == [("sticker_main", 10, 12), ("sticker_main", 12, 14)]
    call("remove_segment", draft_id=draft, segment_id=right)
    assert (segment().resource_id, segment().look.rotation) == ("88", 45)


@pytest.mark.parametrize(
    "fields", [{"sticker_id": ""}, {"sticker_id": "\0"}, {"alpha": 1.1}, {"end": 0}, {"scale_x": 0}, {"rotation": "x"}]
)
def test_a_bad_field_is_named(add, fields):
    with pytest.raises(InvalidRequestError, match=f"^{next(iter(fields))}: "):
        add(**fields)
