"""Drafts that the apps wrote: imported, edited, saved, compared."""

import json
import zipfile
from pathlib import Path

import pytest

from .check_draft import R, timeline

OWN = Path(__file__).parent / "data" / "app_drafts"
ALL = Path(__file__).parent.parent.parent / "shared" / "data" / "app_drafts"
"""Every draft of an app that the project has; not beside each clone."""


def is_timeline(path):
    try:
        document = json.loads(path.read_bytes())
    except ValueError:
        return False
    return isinstance(document, dict) and "tracks" in document and "materials" in document


FOUND = [
    (f"{root.parent.name}-{path.relative_to(root)}", path)
    for root in (OWN, ALL)
    for path in sorted(root.rglob("*"))
    if path.is_file() and path.name != "SOURCE.txt" and is_timeline(path)
]
each_draft = pytest.mark.parametrize("path", [path for _, path in FOUND], ids=[name for name, _ in FOUND])


def saved(call, draft_id="d1"):
    """The files of a save, by their paths in the draft folder, and what the save says."""
    state = call("save_draft", draft_id=draft_id, wait=60)
    assert state["status"] == "completed", state
    return state


def exactly(text):
    """JSON such that 1 is not 1.0, and nothing else is lost."""
    return json.dumps(json.loads(text))


def errors(document):
    report = R()
    timeline(document, report)
    return sorted(row for row in report.rows if row[0] == "error")


@pytest.fixture
def folder(services):
    """The files of the latest save of a draft, by their paths in its folder."""

    def of(draft_id="d1"):
        with zipfile.ZipFile(services.saved.archive(draft_id)) as archive:
            return {name.split("/", 1)[1]: archive.read(name) for name in archive.namelist()}

    return of


@each_draft
def test_what_is_imported_and_saved_is_the_same(call, folder, path):
    document = path.read_bytes().decode("utf-8-sig")
    call("import_draft", draft_id="d1", document=document)
    state = saved(call)
    files = folder()
    for name in ("draft_content.json", "draft_info.json", "template-2.tmp"):
        assert exactly(files[name]) == exactly(document)
    assert state["findings"] == [] and not state["trimmed_segments"] and not state["removed_segments"]
