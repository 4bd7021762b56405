import pytest

from errors import ConflictError, InvalidRequestError
from operations import OPERATIONS


def test_a_draft_has_the_canvas_and_rate_it_was_made_with(call, script):
    call("create_draft", draft_id="d1", width=1920, height=1080, fps=25, name="Holiday")
    made = script()
    assert (made.width, made.height, made.rate, made.name) == (1920, 1080, 25, "Holiday")


def test_an_id_is_made_when_none_is_given(call):
    first, second = call("create_draft")["draft_id"], call("create_draft")["draft_id"]
    assert first.startswith("dfd_cat_") and first != second


def test_an_id_is_used_once(call):
    call("create_draft", draft_id="d1")
    with pytest.raises(ConflictError, match="draft_id"):
        call("create_draft", draft_id="d1")


@pytest.mark.parametrize("draft_id", ["a/b", "..", ".", "", "a b", "x" * 129, "ä"])
def test_a_malformed_id_is_refused(call, draft_id):
    with pytest.raises(InvalidRequestError, match="draft_id"):
        call("create_draft", draft_id=draft_id)


@pytest.mark.parametrize(
    "field, value",
    [
        ("width", 0),
        ("height", 100_000),
        ("fps", 0),
        ("fps", True),
        ("width", False),
        ("width", "abc"),
        ("target", "vlc"),
    ],
)
def test_a_value_out_of_range_is_refused_by_name(call, field, value):
    with pytest.raises(InvalidRequestError, match=f"^{field}:"):
        call("create_draft", **{field: value})


@pytest.mark.parametrize("target, flag", [("capcut", 1), ("capcut_legacy", 1), ("jianying_5_9", 0), ("jianying_10", 0)])
def test_the_url_says_for_which_app_it_is(call, target, flag):
    assert (
        call("create_draft", draft_id="d1", target=target)["draft_url"]
        == f"/draft/downloader?draft_id=d1&is_capcut={flag}"
    )


@pytest.mark.parametrize("is_capcut_env, target", [(True, "capcut"), (False, "jianying_10")])
def test_the_configured_app_is_the_default_target(tmp_path, media, is_capcut_env, target):
    from .fakes import make_services

    services = make_services(tmp_path, media, is_capcut_env=is_capcut_env)
    OPERATIONS["create_draft"]({"draft_id": "d1"}, services)
    assert services.drafts.snapshot("d1").target == target


def test_null_is_as_if_left_out(call, script):
    call("create_draft", draft_id="d1", name=None, width=None)
    assert script().width == 1080
