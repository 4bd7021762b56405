import pytest

from errors import InvalidRequestError, UnknownNameError

URL = "https://example.com/a.mp4"


@pytest.fixture
def clip(call, draft):
    return lambda **fields: call("add_video", draft_id=draft, video_url=URL, end=2, **fields)["segment_id"]


@pytest.fixture
def add(call, draft):
    return lambda made, **fields: call("add_mask", draft_id=draft, segment_id=made, **{"mask_type": "Circle", **fields})


def test_a_clip_gets_the_mask_with_the_defaults_of_this_operation(clip, add, segment):
    made = clip()
    assert add(made)["segment_id"] == made
    mask = segment().mask
    assert (mask.name, mask.center_x, mask.center_y, mask.size, mask.invert) == ("Circle", 0, 0, 0.5, False)


def test_a_mask_that_was_there_is_replaced_whole_and_undo_brings_it_back(clip, add, call, draft, segment):
    made = clip(mask_type="Rectangle", mask_rect_width=0.3, mask_feather=50)
    before = segment().mask
    add(made, mask_size=0.7)
    mask = segment().mask
    assert (mask.name, mask.size, mask.feather, mask.rect_width) == ("Circle", 0.7, 0, None)
    call("undo", draft_id=draft)
    assert segment().mask == before


@pytest.mark.parametrize(
    "target, lists",
    [
        ("capcut", {"common_mask"}),
        ("capcut_legacy", {"common_mask"}),
        ("jianying_5_9", {"masks"}),
        ("jianying_10", {"masks", "common_mask"}),
    ],
)
def test_it_is_on_the_lists_that_the_target_reads(call, written, target, lists):
    call("create_draft", draft_id="d1", target=target)
    made = call("add_image", draft_id="d1", image_url="https://example.com/p.png")["segment_id"]
    call("add_mask", draft_id="d1", segment_id=made, mask_type="circle", mask_invert=True)
    materials = written()["materials"]
    assert {name for name in ("masks", "common_mask") if materials.get(name)} == lists
    assert all(materials[name][0]["config"]["invert"] for name in lists)


@pytest.mark.parametrize(
    "fields, error, field",
    [
        ({"mask_type": "Circel"}, UnknownNameError, "mask_type"),
        ({"mask_type": "Circle", "mask_rect_width": 0.5}, InvalidRequestError, "mask_rect_width"),
        ({"mask_type": "Circle", "mask_size": 0}, InvalidRequestError, "mask_size"),
        ({}, InvalidRequestError, "mask_type"),
    ],
)
def test_a_bad_field_is_named(clip, refused, fields, error, field):
    refusal = refused(error, "add_mask", segment_id=clip(), **fields)
    assert [problem["field"] for problem in refusal.fields] == [field]


def test_texts_have_none(call, draft, refused):
    made = call("add_text", draft_id=draft, text="a")["segment_id"]
    refusal = refused(InvalidRequestError, "add_mask", segment_id=made, mask_type="Circle")
    assert refusal.fields[0]["field"] == "segment_id"


def test_short_names_of_fields_work(call, draft, segment):
    clip = call("add_image", draft_id=draft, image_url="https://example.com/p.png")["segment_id"]
    short = {"mask": "Circle", "center_x": 5, "center_y": 6, "size": 0.3, "rotation": 30, "feather": 7, "invert": True}
    call("add_mask", draft_id=draft, segment_id=clip, **short)
    made = segment().mask
    assert (made.name, made.center_x, made.center_y, made.size) == ("Circle", 5, 6, 0.3)
    assert (made.rotation, made.feather, made.invert) == (30, 7, True)
