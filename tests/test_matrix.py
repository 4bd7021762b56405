"""Every target for every system with both kinds of paths, from real media, before the independent checker."""

import pytest

from .conftest import checked
from .real_draft import TARGETS, ask, build, unpacked

FOLDERS = {"windows": "C:\\Users\\我\\CapCut Drafts", "mac": "/Users/我/Movies/CapCut Drafts"}


@pytest.mark.parametrize("target", TARGETS)
def test_every_kind_of_save_passes_the_independent_checker(real_client, media_server, tmp_path, target):
    build(real_client, media_server, target)
    for client_os, folder in FOLDERS.items():
        for path_style in ("portable", "absolute"):
            asked = {"client_os": client_os, "path_style": path_style, "draft_folder": folder}
            state = ask(real_client, "/save_draft", draft_id=f"real-{target}", wait=60, **asked)
            assert (state["status"], state["warnings"], state["findings"]) == ("completed", [], [])
            place = unpacked(real_client, state, tmp_path / f"{client_os}-{path_style}")
            assert checked(place) == []
