import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from store.packing import pack

ROOT = Path(__file__).parent.parent


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "片头 😀"
    for name in ("draft_content.json", "assets/video/b.mp4", "assets/B.png", "Z.json"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"content of it " * 1_000)
    return folder


def packed(folder, archive):
    pack(folder, archive)
    return archive.read_bytes()


def test_the_same_files_are_the_same_bytes_whenever_they_were_written(folder, tmp_path):
    first = packed(folder, tmp_path / "1.zip")
    for path in sorted(folder.rglob("*"), reverse=True):
        os.utime(path, (0, 0))
        path.chmod(0o700)
    assert packed(folder, tmp_path / "2.zip") == first


def test_media_are_stored_and_documents_made_smaller(folder, tmp_path):
    pack(folder, tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.testzip() is None
        found = {one.filename: one.compress_size < one.file_size for one in archive.infolist()}
        assert all(one.create_system == 3 for one in archive.infolist())
    assert list(found.items()) == [
        ("片头 😀/Z.json", True),
        ("片头 😀/assets/B.png", False),
        ("片头 😀/assets/video/b.mp4", False),
        ("片头 😀/draft_content.json", True),
    ]


PACK = """
import resource, sys
from pathlib import Path
from store.packing import pack
pack(Path(sys.argv[1]), Path(sys.argv[2] + ".first"))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with open(sys.argv[1] + "/assets/large.mp4", "wb") as file:
    file.truncate(int(sys.argv[3]))
pack(Path(sys.argv[1]), Path(sys.argv[2]))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.parametrize("size", [200_000_000, pytest.param(2**32 + 2**20, marks=pytest.mark.slow)])
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere memory is counted in other units")
def test_large_media_pass_through(folder, tmp_path, size):
    """Over 4 GB as well, where zip has fields of another size."""
    archive = tmp_path / "a.zip"
    command = [sys.executable, "-c", PACK, str(folder), str(archive), str(size)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=True)
    assert int(done.stdout) < 20_000, "KB"
    with zipfile.ZipFile(archive) as opened:
        names = [one.filename for one in opened.infolist()]
        assert opened.getinfo(f"{folder.name}/assets/large.mp4").file_size == size
        last = opened.infolist()[-1]  # it begins behind the large one
        assert names[-1].endswith("draft_content.json") and opened.read(last).startswith(b"content of it")
    archive.unlink()
