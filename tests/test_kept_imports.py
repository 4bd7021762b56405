"""Files of imported folders: what another store or another process needs is never removed."""

import io
import os

import pytest

from opening import store_name
from settings import Settings
from store.imports import ImportedFiles


def keep(imports, draft_id="d1", **files):
    files = files or {"a": b"1", "b": b"22"}
    return imports.keep(
        [(path, lambda content=content: io.BytesIO(content)) for path, content in files.items()], draft_id
    )


def age(root, seconds=0):
    for path in root.rglob("*"):
        os.utime(path, (seconds, seconds))


def nobody(draft_id):
    return False


@pytest.fixture
def root(tmp_path):
    return tmp_path / "imports"


def test_what_another_store_claims_stays(root):
    name = keep(ImportedFiles(root, "sqlite"))
    age(root)
    for other in ("memory-1", "redis-2"):
        ImportedFiles(root, other).sweep(nobody)
    assert (root / name / "files" / "b").read_bytes() == b"22"
    ImportedFiles(root, "sqlite").sweep(nobody)
    assert not list(root.iterdir())


def test_what_a_store_in_memory_claimed_goes_some_time_after_its_process(root):
    keep(ImportedFiles(root, "memory-1"))
    ImportedFiles(root, "memory-1").sweep(lambda draft_id: draft_id == "d1")
    ImportedFiles(root, "sqlite").sweep(nobody)
    assert list(root.iterdir())
    age(root)
    ImportedFiles(root, "memory-1").sweep(lambda draft_id: draft_id == "d1")  # it is still running
    ImportedFiles(root, "sqlite").sweep(nobody)
    assert list(root.iterdir())
    age(root)
    ImportedFiles(root, "sqlite").sweep(nobody)
    assert not list(root.iterdir())


def test_stores_are_told_apart(tmp_path):
    def name(**settings):
        return store_name(Settings(data_dir=tmp_path, **settings))

    redis = name(redis_url="redis://:one@host:6379/0")
    assert redis == name(redis_url="redis://:two@host:6379/0") != name(redis_url="redis://:one@other:6379/0")
    assert name() == name(durability="full") and name() not in (redis, name(durability="none"))
    assert name(durability="none") != name(durability="none")


def test_what_is_not_whole_is_not_trusted(root, tmp_path):
    imports = ImportedFiles(root, "sqlite")
    name = keep(imports)
    (root / name / "files" / "b").unlink()
    assert not imports.put(name, tmp_path / "torso")
    assert keep(imports, "d2") == name
    assert imports.put(name, tmp_path / "whole") and (tmp_path / "whole" / "b").read_bytes() == b"22"
    imports.sweep(lambda draft_id: draft_id == "d1")
    age(root)
    imports.sweep(lambda draft_id: draft_id == "d1")  # what it was claimed for before counts still
    assert imports.put(name, tmp_path / "again")
    assert [path.name for path in root.iterdir()] == [name]


def test_what_is_claimed_while_it_is_removed_stays(root, tmp_path):
    imports, other = ImportedFiles(root, "sqlite"), ImportedFiles(root, "redis-2")
    name = keep(imports)
    age(root)

    def claimed_meanwhile(draft_id):
        other.claim(name, "theirs")  # between the look at the claims and the renaming
        return False

    (claim,) = (root / name / "drafts").iterdir()
    claim.write_text("sqlite\nd1")
    age(root)
    imports.sweep(claimed_meanwhile)
    assert imports.put(name, tmp_path / "whole")


def test_what_was_cut_off_while_it_was_removed_is_removed(root):
    imports = ImportedFiles(root, "sqlite")
    name = keep(imports)
    (root / name).rename(root / f"{name}.0000.gone")
    age(root)
    imports.sweep(nobody)
    assert not list(root.iterdir())


def test_what_is_removed_by_another_process_is_kept_anew(root, tmp_path, monkeypatch):
    imports, claim = ImportedFiles(root, "sqlite"), ImportedFiles.claim
    name, removals = keep(imports), []

    def removed_first(self, name, draft_id):
        if not removals:
            removals.append((root / name).rename(root / f"{name}.0000.gone"))
        return claim(self, name, draft_id)

    monkeypatch.setattr(ImportedFiles, "claim", removed_first)
    assert keep(imports, "d2") == name and removals
    assert imports.put(name, tmp_path / "whole")
