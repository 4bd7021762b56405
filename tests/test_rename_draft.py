import pytest

from errors import DraftNotFoundError, InvalidRequestError, StoreError

from .fakes import forget


@pytest.fixture
def listed(call):
    """The name of the only draft, as lists show it."""
    return lambda: [one["name"] for one in call("list_drafts")["drafts"]]


def test_a_draft_has_its_new_name_everywhere(call, draft, listed, services, media):
    answer = call("rename_draft", draft_id=draft, name="草稿 😀")
    assert (answer["name"], answer["version"]) == ("草稿 😀", 2)
    assert call("get_draft", draft_id=draft)["name"] == "草稿 😀" and listed() == ["草稿 😀"]
    assert call("list_drafts", search="草")["total"] == 1
    call("save_draft", draft_id=draft, wait=30)
    assert services.saved.archive(draft).name == "草稿 😀.zip"


def test_its_name_can_be_undone_and_is_known_of_every_version(call, draft, listed):
    call("rename_draft", draft_id=draft, name="one")
    call("rename_draft", draft_id=draft, name="two")
    call("undo", draft_id=draft)
    assert listed() == ["one"] and call("get_draft", draft_id=draft, at_version=3)["name"] == "two"
    call("redo", draft_id=draft)
    assert listed() == ["two"]
    call("restore_version", draft_id=draft, version=1)
    assert listed() == [draft] and call("get_draft", draft_id=draft)["name"] == draft


def test_a_draft_that_is_rebuilt_keeps_its_name(call, draft, services):
    call("rename_draft", draft_id=draft, name="one")
    forget(services, draft)
    assert call("get_draft", draft_id=draft)["name"] == "one"


def test_an_index_that_was_left_behind_catches_up(call, draft, listed, services, monkeypatch):
    """As after a crash between the edit and the index."""

    def fails(*_):
        raise StoreError("gone")

    with monkeypatch.context() as patched:
        patched.setattr(services.store, "rename", fails)
        assert call("rename_draft", draft_id=draft, name="one")["version"] == 2
    assert listed() == [draft]
    call("get_draft", draft_id=draft)
    assert listed() == ["one"]


def test_a_copy_has_its_own_name(call, draft):
    call("rename_draft", draft_id=draft, name="one")
    call("duplicate_draft", draft_id=draft, new_draft_id="d2", name="copy")
    call("duplicate_draft", draft_id=draft, new_draft_id="d3")
    assert [call("get_draft", draft_id=one)["name"] for one in ("d2", "d3")] == ["copy", "one"]
    names = {one["draft_id"]: one["name"] for one in call("list_drafts")["drafts"]}
    assert names == {"d1": "one", "d2": "copy", "d3": "one"}


@pytest.mark.parametrize("name", ["", "x" * 201, "a\x00", 7, None])
def test_a_bad_name_is_refused_and_changes_nothing(draft, refused, call, name):
    call("add_text", draft_id=draft, text="a")
    assert refused(InvalidRequestError, "rename_draft", name=name).fields[0]["field"] == "name"


def test_an_unknown_draft_cannot_be_renamed(call):
    with pytest.raises(DraftNotFoundError):
        call("rename_draft", draft_id="nobody", name="a")


def test_an_index_that_a_slower_process_wrote_last_is_put_right(call, draft, listed, services):
    call("rename_draft", draft_id=draft, name="one")
    services.store.rename(services.store.entry(draft), "of an edit before")
    call("get_draft", draft_id=draft)
    assert listed() == ["one"]


def test_undo_alone_tells_the_index(call, draft, listed):
    call("rename_draft", draft_id=draft, name="one")
    call("undo", draft_id=draft)
    assert listed() == [draft]


def names_a_draft(call, draft):
    """Every operation that gives a draft its name."""
    log = call("export_log", draft_id=draft)["log"]
    return {
        "rename_draft": lambda name: call("rename_draft", draft_id=draft, name=name),
        "create_draft": lambda name: call("create_draft", name=name),
        "duplicate_draft": lambda name: call("duplicate_draft", draft_id=draft, name=name),
        "import_log": lambda name: call("import_log", log=log, draft_id="other", name=name),
    }


NAMING = ["rename_draft", "create_draft", "duplicate_draft", "import_log"]


@pytest.mark.parametrize("name", ["", " ", "\n", "a\nb", "a\r", "a\u2028b", "a\tb", "a\x00b"])
@pytest.mark.parametrize("operation", NAMING)
def test_a_name_is_one_line_with_something_on_it(call, draft, listed, operation, name):
    with pytest.raises(InvalidRequestError, match="name: must "):
        names_a_draft(call, draft)[operation](name)
    assert listed() == [draft]


@pytest.mark.parametrize("name, used", [("a/b", "a_b"), ("con", "_con"), ("x" * 61, "x" * 60), (" a", "a")])
@pytest.mark.parametrize("operation", NAMING)
def test_a_name_that_no_folder_can_have_is_said_at_once_with_what_is_used(call, draft, operation, name, used):
    (warning,) = names_a_draft(call, draft)[operation](name)["warnings"]
    assert warning.startswith("name: ") and warning.endswith(f"will be named {used!r}")


@pytest.mark.parametrize("operation", NAMING)
def test_a_name_that_a_folder_can_have_is_nothing_to_speak_of(call, draft, operation):
    assert names_a_draft(call, draft)[operation]("名 😀")["warnings"] == []
