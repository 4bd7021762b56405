"""Undo, redo and restore over logs, as tables: rows in, the rows that make the draft out."""

import pytest

from errors import ConflictError, NotFoundError
from store.drafts import Row
from store.history import History


def history(*said):
    """A history of rows said like "add", "undo", "undo 2", "restore 3"."""
    made = History()
    for number, words in enumerate(said, start=1):
        name, _, value = words.partition(" ")
        field = b"version" if name == "restore" else b"steps"
        request = b'{"%s": %s}' % (field, value.encode()) if value else b"{}"
        made.add(Row(number, "restore_version" if name == "restore" else name, request))
    return made


@pytest.mark.parametrize(
    "said, path",
    [
        (["new"], [1]),
        (["new", "a", "b"], [1, 2, 3]),
        (["new", "a", "b", "undo"], [1, 2]),
        (["new", "a", "b", "undo", "undo"], [1]),
        (["new", "a", "b", "undo 2"], [1]),
        (["new", "a", "b", "undo", "redo"], [1, 2, 3]),
        (["new", "a", "b", "undo 2", "redo"], [1, 2]),
        (["new", "a", "b", "undo", "undo", "redo 2"], [1, 2, 3]),
        (["new", "a", "b", "undo", "c"], [1, 2, 5]),
        (["new", "a", "b", "undo", "c", "undo"], [1, 2]),
        (["new", "a", "b", "undo", "c", "undo", "undo"], [1]),
        (["new", "a", "b", "restore 2"], [1, 2]),
        (["new", "a", "b", "restore 2", "c"], [1, 2, 5]),
        (["new", "a", "b", "restore 1", "undo"], [1, 2, 3]),
        (["new", "a", "b", "restore 1", "undo", "redo"], [1]),
        (["new", "a", "undo", "b", "restore 2", "c", "restore 4"], [1, 4]),
        (["new", "a", "undo", "b", "restore 2", "c", "undo"], [1, 2]),
        (["new", "a", "b", "undo", "restore 4"], [1, 2]),
        (["new", "a", "b", "undo", "restore 4", "undo"], [1, 2]),
        (["new", "a", "b", "undo", "restore 4", "undo", "undo"], [1]),
        (["new", "a", "restore 1", "restore 3", "restore 4"], [1]),
    ],
)
def test_what_is_in_the_draft(said, path):
    assert history(*said).path() == path


@pytest.mark.parametrize(
    "said",
    [
        ["new", "undo"],
        ["new", "a", "undo 2"],
        ["new", "a", "redo"],
        ["new", "a", "undo", "redo 2"],
        ["new", "a", "undo", "b", "redo"],
        ["new", "a", "undo", "restore 2", "redo"],
    ],
)
def test_what_cannot_be_undone_or_redone_is_refused(said):
    before = history(*said[:-1])
    state, redoable = before.state, before.redoable
    with pytest.raises(ConflictError, match="steps: there "):
        name, _, steps = said[-1].partition(" ")
        before.add(Row(before.version + 1, name, b'{"steps": %s}' % (steps or "1").encode()))
    assert (before.state, before.redoable, before.version) == (state, redoable, len(said) - 1)


@pytest.mark.parametrize("version", [0, 4, 99])
def test_a_version_that_is_not_there_cannot_be_restored(version):
    with pytest.raises(NotFoundError, match="the draft has 1 to 2"):
        history("new", "a", f"restore {version}")


def test_a_version_once_given_names_the_same_state_for_good():
    grown = history("new", "a", "b", "undo", "c", "restore 3", "undo", "redo", "d")
    assert [grown.path(grown.at(version)) for version in range(1, 10)] == [
        [1], [1, 2], [1, 2, 3], [1, 2], [1, 2, 5], [1, 2, 3], [1, 2, 5], [1, 2, 3], [1, 2, 3, 9],
    ]  # fmt: skip


def test_it_says_what_can_be_undone_and_redone():
    grown = history("new", "a", "b", "c", "undo", "undo")
    assert (grown.undoable, grown.redoable) == ([1], [3, 4])


def test_a_copy_goes_on_apart():
    one = history("new", "a", "b", "undo")
    other = one.copy()
    other.add(Row(5, "redo", b"{}"))
    assert (one.path(), other.path()) == ([1, 2], [1, 2, 3])
