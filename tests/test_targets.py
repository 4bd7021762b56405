"""What a save is for: app, system and folder, whatever system the server runs on."""

import orjson
import pytest

from engine.lint import PLACEHOLDER
from engine.paths import DraftsRoot, FolderError, drafts_root
from errors import InvalidRequestError, UnknownNameError

V, P = "https://example.com/a.mp4", "https://example.com/p.jpg"
LONG = "很长的名字" * 30

ROOTS = [
    (r"C:\Users\me\AppData\Local\CapCut", "C:/Users/me/AppData/Local/CapCut", "windows"),
    ("D:/JianyingPro Drafts/", "D:/JianyingPro Drafts", "windows"),
    (r"d:\剪映 草稿\\2026\.\a\\", "d:/剪映 草稿/2026/a", "windows"),
    ('"C:\\Users\\My Name\\Drafts"', "C:/Users/My Name/Drafts", "windows"),
    ("  C:\\Drafts  ", "C:/Drafts", "windows"),
    ("C:\\", "C:/", "windows"),
    ("E:/", "E:/", "windows"),
    (r"\\nas\drafts", "//nas/drafts", "windows"),
    ("//nas/drafts/CapCut/", "//nas/drafts/CapCut", "windows"),
    (r"\\?\C:\very\long", "C:/very/long", "windows"),
    (r"\\?\UNC\nas\drafts", "//nas/drafts", "windows"),
    (f"C:\\{LONG}", f"C:/{LONG}", "windows"),
    ("/Users/me/Movies/CapCut", "/Users/me/Movies/CapCut", "mac"),
    ("/Users/我/Movies/剪映 专业版//x/", "/Users/我/Movies/剪映 专业版/x", "mac"),
    ("/Volumes/a:b?/drafts", "/Volumes/a:b?/drafts", "mac"),
    ("/", "/", "mac"),
    (f"/Users/{LONG}", f"/Users/{LONG}", "mac"),
    ("~/Movies/CapCut", "", None),
    ("~", "", None),
    (r"~\Drafts", "", "windows"),
    (r"%LOCALAPPDATA%\CapCut\User Data\Projects\com.lveditor.draft", "", "windows"),
    ("$HOME/Movies", "", None),
    ("C:\\drafts. \\of me .", "C:/drafts/of me", "windows"),
    ("\u202aC:\\Users\\me\u202c", "C:/Users/me", "windows"),
    ("'C:\\my drafts'", "C:/my drafts", "windows"),
    ("“/Users/me/my drafts”", "/Users/me/my drafts", "mac"),
    (r"/Users/me/my\ drafts\ \(1\)/", "/Users/me/my drafts (1)", "mac"),
    ("/Users/me/it's", "/Users/me/it's", "mac"),
    (r"C:\Users\%USERNAME%\AppData", "", "windows"),
    (r"C:\100%\a%b", "C:/100%/a%b", "windows"),
    ("/Users/$USER/Movies", "", "mac"),
]


@pytest.mark.parametrize("said, path, client_os", ROOTS)
def test_a_folder_in_any_form_is_read_alike_on_every_server(said, path, client_os):
    assert drafts_root(said) == DraftsRoot(path, client_os)


@pytest.mark.parametrize(
    "said, why",
    [
        ("drafts", "no absolute path"),
        ("./drafts", "no absolute path"),
        ("C:drafts", "no absolute path"),
        (r"\drafts", "no absolute path"),
        (r"\\nas", "no folder that it shares"),
        (r"C:\a\..\b", r"\.\."),
        ("/Users/me/../you", r"\.\."),
        ("/Users/me\\drafts", "both"),
        ("C:\\a\x00b", "characters"),
        ("/Users/a\nb", "characters"),
        ('C:\\a"b', "characters"),
        ("C:\\what?", "names on Windows"),
        ("C:\\a:b", "names on Windows"),
        ("C:\\a\\ . \\b", "names on Windows"),
        ("C:\\con\\b", "con is a device"),
        (r"\\nas\drafts\NUL.txt", "NUL.txt is a device"),
        ("C:\\" + "n" * 256, "longer than the 255"),
        ("/Users/" + "n" * 256, "longer than the 255"),
    ],
)
def test_what_is_no_folder_is_refused_with_the_reason(said, why):
    with pytest.raises(FolderError, match=why):
        drafts_root(said)


@pytest.mark.parametrize(
    "said, name, folder",
    [
        ("C:\\", "d1", "C:/d1"),
        ("/", "d1", "/d1"),
        (r"\\nas\drafts", "我的 draft", "//nas/drafts/我的 draft"),
        ("/Users/me/a b", "d1", "/Users/me/a b/d1"),
        ("~/a", "d1", ""),
    ],
)
def test_where_a_draft_stands_in_it(said, name, folder):
    assert drafts_root(said).holding(name).folder == folder


# ---- saves


@pytest.fixture
def saved(call, draft, media, services):
    """Save a draft with a clip and a picture; answers its folder, timeline, meta document and warnings."""
    call("add_video", draft_id=draft, video_url=media.video(V), end=3)
    call("add_image", draft_id=draft, image_url=media.photo(P))

    def save(**fields):
        state = call("save_draft", draft_id=draft, wait=30, **fields)
        folder = services.saved.archive(draft).with_suffix("")
        names = ("draft_content.json", "draft_meta_info.json")
        return folder, *(orjson.loads((folder / name).read_bytes()) for name in names), state["warnings"]

    return save


def paths(document):
    return [material["path"] for material in document["materials"]["videos"]]


def registered(meta):
    return [entry["file_Path"] for entry in meta["draft_materials"][0]["value"]]


@pytest.mark.parametrize("said, path, client_os", [root for root in ROOTS if len(root[0]) < 100])
def test_every_form_is_written_as_the_apps_write_it(saved, said, path, client_os):
    _, document, meta, warnings = saved(draft_folder=said)
    assert meta["draft_root_path"] == path
    assert meta["draft_fold_path"] == (f"{path.rstrip('/')}/d1" if path else "")
    assert all(one.startswith(f"{PLACEHOLDER}/assets/") for one in paths(document))
    assert document["platform"]["os"] == document["last_modified_platform"]["os"] == (client_os or "windows")
    assert any("only that computer knows" in one for one in warnings) == (not path)


def test_absolute_paths_lead_to_the_files_in_the_folder(saved):
    folder, document, meta, _ = saved(draft_folder="C:\\我的 Drafts", path_style="absolute")
    assert sorted(set(paths(document))) == sorted(registered(meta))
    for path in paths(document):
        assert (folder / path.removeprefix("C:/我的 Drafts/d1/")).is_file()
    assert PLACEHOLDER.encode() not in (folder / "draft_content.json").read_bytes()


@pytest.mark.parametrize("client_os", ["windows", "mac"])
def test_the_system_is_declared(saved, client_os):
    _, document, _, _ = saved(client_os=client_os)
    assert document["platform"]["os"] == document["last_modified_platform"]["os"] == client_os


@pytest.mark.parametrize(
    "fields, named",
    [
        ({"path_style": "absolute"}, "needs draft_folder"),
        ({"path_style": "absolute", "draft_folder": "~/drafts"}, "on that computer alone"),
        ({"client_os": "mac", "draft_folder": "C:\\drafts"}, "path of Windows"),
        ({"client_os": "windows", "draft_folder": "/Users/me"}, "path of macOS"),
        ({"draft_folder": "drafts"}, "draft_folder"),
    ],
)
def test_what_does_not_go_together_is_refused(saved, fields, named):
    with pytest.raises(InvalidRequestError, match=named):
        saved(**fields)


def test_a_path_too_long_for_windows_is_a_warning(saved):
    deep = "C:\\" + "\\".join(["folder"] * 40)
    assert "Windows takes 259" in saved(draft_folder=deep)[3][0]
    assert not saved(draft_folder="/" + deep[3:].replace("\\", "/"))[3]


@pytest.mark.parametrize(
    "asked, source, version",
    [
        ({"target": "capcut_legacy"}, "cc", "138.0.0"),
        ({"target": "jianying_10"}, "lv", "112.0.0"),
        ({"draft_profile": "jianying_legacy"}, "lv", "110.0.0"),
        ({"draft_profile": "jianying_pro_10"}, "lv", "112.0.0"),
    ],
)
def test_one_save_may_be_for_another_app(saved, services, asked, source, version):
    _, document, _, _ = saved(**asked)
    assert (document["platform"]["app_source"], document["new_version"]) == (source, version)
    assert services.drafts.snapshot("d1").target == "capcut"


def test_capcutapi_names_of_targets_are_taken_wherever_one_is_named(call):
    document = {"platform": {"app_source": "lv"}, "materials": {}, "tracks": []}
    call("create_draft", draft_id="a", draft_profile="jianying_legacy")
    call("import_draft", draft_id="b", document=document, target="jianying_legacy")
    call("create_timeline", draft_id="c", draft_profile="jianying_legacy", tracks=[])
    assert {call("get_draft", draft_id=one)["target"] for one in "abc"} == {"jianying_5_9"}


def test_names_that_the_other_app_lacks_are_refused_at_once(saved, call, services):
    call("add_effect", draft_id="d1", effect_type="Chrome_Blur")
    with pytest.raises(UnknownNameError, match="target: JianYing has no .*named"):
        saved(target="jianying_10")
    assert saved(target="capcut_legacy")


def test_an_imported_draft_stays_what_its_app_wrote(call):
    document = {
        "platform": {"app_source": "cc", "app_version": "7.7.0", "os": "windows"},
        "new_version": "151.0.0",
        "materials": {},
        "tracks": [],
    }
    call("import_draft", draft_id="i1", document=document)
    with pytest.raises(InvalidRequestError, match="imported"):
        call("save_draft", draft_id="i1", target="jianying_10")
