"""A second opinion: capcut-cli, an independent reader of the apps' drafts (npm, run by `make node`)."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from engine.lint import PLACEHOLDER

from .conftest import checked
from .real_draft import TARGETS, ask, build, unpacked
from .test_matrix import FOLDERS
from .test_skeletons import PROJECTS, asked

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
    """A copy whose paths lead into it: the tool knows neither the apps' placeholder nor "./"."""
    shutil.copytree(folder, place)
    stands = json.loads((folder / "draft_meta_info.json").read_bytes())["draft_fold_path"] or PLACEHOLDER
    for path in [*place.rglob("*.json"), *place.rglob("*.tmp")]:
        said = path.read_text(encoding="utf-8")
        said = said.replace(PLACEHOLDER, str(place)).replace(stands, str(place))
        said = said.replace('"file_Path":"./', f'"file_Path":"{place}/')
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
    assert_sound(unpacked(real_client, state, tmp_path / "unpacked"), tmp_path)


@pytest.mark.parametrize("path_style", ["portable", "absolute"])
@pytest.mark.parametrize("client_os", FOLDERS)
@pytest.mark.parametrize("target", TARGETS)
def test_nor_with_any_other_kind_of_save(real_client, media_server, tmp_path, target, client_os, path_style):
    build(real_client, media_server, target)
    asked = {"client_os": client_os, "path_style": path_style, "draft_folder": FOLDERS[client_os]}
    state = ask(real_client, "/save_draft", draft_id=f"real-{target}", wait=60, **asked)
    assert_sound(unpacked(real_client, state, tmp_path / "unpacked"), tmp_path)


@pytest.mark.parametrize("project", PROJECTS, ids=[f"{one.parent.name}/{one.name}" for one in PROJECTS])
def test_nor_with_a_project_of_an_app_as_skeleton(real_client, media_server, tmp_path, project):
    kept = ask(real_client, "/v1/save_skeleton", skeleton_id="s1", **asked(project))
    build(real_client, media_server, kept["target"])
    state = ask(real_client, "/save_draft", draft_id=f"real-{kept['target']}", wait=60, skeleton="s1")
    folder = unpacked(real_client, state, tmp_path / "unpacked")
    assert checked(folder) == []
    assert_sound(folder, tmp_path)


def assert_sound(folder, tmp_path):
    """See that the tool finds nothing structural, and no copies that differ."""
    folder = expanded(folder, tmp_path / "expanded")
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
