"""Drafts that apps wrote, for tests, and what is asked of them when they are saved."""

import json
from collections import Counter
from pathlib import Path

import pytest

from store.saved import SavedDrafts

from .check_draft import R, timeline
from .fakes import logged

OWN = Path(__file__).parent / "data" / "app_drafts"
ALL = Path(__file__).parent.parent.parent / "shared" / "data" / "app_drafts"
"""Every draft of an app that the project has; not beside each clone."""


def is_timeline(path):
    try:
        document = json.loads(path.read_bytes())
    except ValueError:
        return False
    return isinstance(document, dict) and "tracks" in document and "materials" in document


def errors(document):
    """How often the independent checker finds which error in a timeline."""
    report = R()
    timeline(document, report)
    return Counter(code for severity, code, _ in report.rows if severity == "error")


@pytest.fixture(autouse=True)
def every_saved_draft_is_right(monkeypatch, services):
    """Whatever a test saves has no errors for the independent checker but those that it was imported with."""
    saved, finish = [], SavedDrafts.finish

    def noted(self, work):
        saved.append(finish(self, work))
        return saved[-1]

    monkeypatch.setattr(SavedDrafts, "finish", noted)
    yield
    for place in saved:
        for path in place.glob("*/draft_content.json"):
            rows = logged(services, place.parent.name)
            imported = rows[0].asked().get("imported") if rows else None
            if imported:
                new = errors(json.loads(path.read_bytes())) - errors(json.loads(imported["document"]))
                assert not new, new
