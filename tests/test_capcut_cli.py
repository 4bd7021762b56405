"""A second opinion: capcut-cli, an independent reader of the apps' drafts (npm, run by `make node`)."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from engine.lint import PLACEHOLDER

from .real_draft import TARGETS, build, unpacked

CLI = Path(__file__).parent.parent / "build" / "node" / "node_modules" / "capcut-cli" / "dist" / "index.js"
STRUCTURAL = {
    "missing-material",
    "dangling-companion-ref",
    "caption-overlap",
    "missing-file",
    "speed-timerange-mismatch",
    "speed-material-mismatch",
    "main-track-gap",
    "template-stale",
    "source-range-exceeds-material",
    "media-outside-draft",
    "media-unregistered",
    "media-unlinked",
    "text-range-doubled",
    "media-unreadable",
    "mask-orphaned",
}
TASTE_OFF = ("--max-chars", "9999", "--max-cue-secs", "99999", "--max-cps", "0", "--safe-area", "0")

pytestmark = pytest.mark.node


def expanded(folder, place):
    """A copy with absolute paths: the tool knows neither the apps' placeholder nor "./"."""
    shutil.copytree(folder, place)
    for path in [*place.glob("*.json"), *place.glob("*.tmp")]:
        said = path.read_text(encoding="utf-8")
        said = said.replace(PLACEHOLDER, str(place)).replace('"file_Path":"./', f'"file_Path":"{place}/')
        path.write_text(said, encoding="utf-8")
    return place


def run(home, *arguments):
    environment = {**os.environ, "HOME": str(home)}
    return subprocess.run(
        ["node", CLI, *arguments], env=environment, capture_output=True, text=True, check=False, timeout=60
    )


def pictures(folder):
    """Ids of the materials that are stills."""
    document = json.loads((folder / "draft_content.json").read_bytes())
    return {material["id"] for material in document["materials"]["videos"] if material["type"] == "photo"}


@pytest.mark.parametrize("target", TARGETS)
def test_capcut_cli_finds_nothing_wrong_with_the_structure(real_client, media_server, tmp_path, target):
    state = build(real_client, media_server, target)
    folder = expanded(unpacked(real_client, state, tmp_path / "unpacked"), tmp_path / "expanded")
    linted = json.loads(run(tmp_path, "lint", folder, *TASTE_OFF).stdout)
    stills = pictures(folder)
    found = {
        issue["code"]: issue["message"]
        for issue in linted["issues"]
        # The apps link no picture either; the tool minds all the same (draft-format 0.3).
        if not (issue["code"] == "media-unlinked" and issue["location"]["material_id"] in stills)
    }
    assert not found.keys() & STRUCTURAL, found
    assert linted["summary"]["errors"] == 0
    diagnosed = json.loads(run(tmp_path, "diagnose", folder).stdout)
    assert diagnosed["ok"] and not diagnosed["diverged"], diagnosed
