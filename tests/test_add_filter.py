import pytest

from errors import InvalidRequestError, UnknownNameError


@pytest.fixture
def add(call, draft):
    return lambda **fields: call("add_filter", draft_id=draft, **{"filter": "BW_2", **fields})


def test_a_filter_lies_over_three_seconds_unless_told(add, segment):
    answer = add()
    assert (answer["track_name"], answer["start"], answer["end"]) == ("filter_01", 0, 3)
    assert (segment().filter.name, segment().filter.intensity) == ("BW_2", 100)


def test_the_names_of_the_clip_parameters_and_shorter_ones_mean_the_same(add, segment):
    add(filter=None, filter_type="BW_3", intensity=20)
    assert (segment().filter.name, segment().filter.intensity) == ("BW_3", 20)


def test_an_unknown_name_is_refused_with_the_nearest(add, script):
    with pytest.raises(UnknownNameError, match="^filter: ") as refusal:
        add(filter="BW_22")
    assert refusal.value.near and not script().tracks


@pytest.mark.parametrize(
    "fields, field", [({"intensity": 101}, "intensity"), ({"end": 0}, "end"), ({"filter": None}, "filter")]
)
def test_a_bad_field_is_named(add, fields, field):
    with pytest.raises(InvalidRequestError) as refusal:
        add(**fields)
    assert [problem["field"] for problem in refusal.value.fields] == [field]


def test_filters_are_behind_effects_and_texts_in_a_track_of_their_own(add, call, draft, written):
    call("add_text", draft_id=draft, text="a")
    call("add_effect", draft_id=draft, effect_type="Blur")
    add()
    tracks = written()["tracks"]
    assert [track["type"] for track in tracks] == ["video", "filter", "effect", "text"]
    (segment,) = tracks[1]["segments"]
    assert segment["extra_material_refs"] == [] and segment["clip"] is None and segment["source_timerange"] is None
    assert [one["id"] for one in written()["materials"]["effects"]] == [segment["material_id"]]


def test_it_can_be_changed_split_and_taken_back(add, call, draft, written):
    made = add()["segment_id"]
    call("update_segment", draft_id=draft, segment_id=made, set={"filter_intensity": 10})
    call("split_segment", draft_id=draft, segment_id=made, at=1)
    assert [one["value"] for one in written()["materials"]["effects"]] == [0.1, 0.1]
    call("undo", draft_id=draft, steps=2)
    assert [one["value"] for one in written()["materials"]["effects"]] == [1]
