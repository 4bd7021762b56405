"""What stands beside the draft in a zip, to put it where its app looks: installer/ with the app's names in it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.catalog import App
from engine.meta import index_entry
from engine.paths import Destination
from util import as_json

_SCRIPTS = Path(__file__).parent / "installer"
APP_FOLDERS: Mapping[App, str] = {"capcut": "CapCut", "jianying": "JianyingPro"}
"""What the apps call their own folder, on Windows below %LOCALAPPDATA%, on macOS below ~/Movies (draft-format 4.4)."""
PROCESSES: Mapping[App, tuple[str, ...]] = {
    "capcut": ("CapCut",),
    "jianying": ("JianyingPro", "VideoFusion-macOS"),
}
"""What their programs are called, on Windows with .exe."""

_ABSOLUTE = """
The media of this draft are named by their full path, below `{folder}`. The installers change that to where the draft
goes; copied by hand, it must lie exactly there.

此草稿中的素材使用 `{folder}` 下的完整路径。安装脚本会改成新的位置；若手动复制，草稿必须正好放在那里。
"""


def installers(app: App, meta: Mapping[str, Any], folder: str) -> dict[str, bytes]:
    """The files by name.

    Args:
        app: the app that the draft is for.
        meta: its meta document.
        folder: where its media are said to be; empty: wherever it lies.
    """
    processes = PROCESSES[app]
    said = {
        "@APP@": APP_FOLDERS[app],
        "@PROCESSES@": " ".join(processes),
        "@PROCESSES_PS@": ", ".join(f"'{name}'" for name in processes),
        "@PATHS@": _ABSOLUTE.format(folder=folder) if folder else "",
    }
    made = {path.name: _filled(path.read_text(encoding="utf-8"), said) for path in sorted(_SCRIPTS.iterdir())}
    made["install.bat"] = made["install.bat"].replace("\n", "\r\n")
    entry = index_entry(meta, Destination("@FOLD@", "@ROOT@"), "@/@", "@FILE@")
    return {name: text.encode() for name, text in made.items()} | {"install.json": as_json(entry)}


def _filled(text: str, said: Mapping[str, str]) -> str:
    for name, value in said.items():
        text = text.replace(name, value)
    return text
