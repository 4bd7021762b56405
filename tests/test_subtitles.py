import codecs

import pytest

from media.subtitles import UnreadableSubtitlesError, decode, is_address, read_subtitles

TWO = "1\n00:00:01,000 --> 00:00:02,500\nHello\n\n2\n00:00:03,000 --> 00:00:04,000\n世界 😀\nsecond line\n"
CUES = [(1000, 2500, "Hello"), (3000, 4000, "世界 😀\nsecond line")]
ASS = """[Script Info]
ScriptType: v4.00+

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Comment: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,,not said
Dialogue: 0,0:00:01.00,0:00:02.50,Default,,0,0,0,,{\\i1}Hel{\\i0}lo
Dialogue: 0,0:00:02.00,0:00:03.00,Default,,0,0,0,,{\\p1}m 0 0 l 10 10{\\p0}
Dialogue: 0,0:00:03.00,0:00:04.00,Default,,0,0,0,,世界 😀\\Nsecond line
"""
VTT = """WEBVTT - a title

STYLE
::cue { color: red }

NOTE
not said

first name
00:01.000 --> 00:02.500 align:start line:0
<v Bob>Hel<00:01.200><c>lo</c></v>

00:00:03.000 --> 00:00:04.000
世界 😀
second line

NOTE the end
"""


@pytest.mark.parametrize("text", [TWO, ASS, VTT], ids=["srt", "ass", "vtt"])
def test_the_same_cues_are_read_from_every_format(text):
    assert read_subtitles(text).cues == CUES


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + TWO,
        TWO.replace("\n", "\r\n"),
        TWO.replace("\n", "\r"),
        TWO.replace(",", "."),
        TWO.replace("1\n00", "00", 1),
        "\n\n" + TWO.replace("\n\n", "\n\n\n"),
        TWO.replace("Hello", "<b>{\\an8}Hello</b>"),
        TWO.replace("\n", "/n"),
        TWO.replace("\n", "\\n"),
        TWO.replace("\n", "/n") + "\n",
    ],
)
def test_srt_files_that_are_a_little_odd_are_read_all_the_same(text):
    assert read_subtitles(text).cues == CUES


def test_addresses_in_a_text_on_one_line_stay_whole():
    """CapCutAPI cuts http://site/news in two."""
    line = (
        "1/n00:00:01,000 --> 00:00:02,000/nsee http://site/news/nothing now/nor never/n/n2/n0:00:03,0 --> 0:00:04,0/nb"
    )
    assert [said for _, _, said in read_subtitles(line).cues] == ["see http://site/news/nothing now\nor never", "b"]


def test_with_line_breaks_a_slash_and_an_n_are_just_that():
    text = "1\n00:00:01,000 --> 00:00:02,000\nyes/no and/nor C:\\new\n"
    assert [said for _, _, said in read_subtitles(text).cues] == ["yes/no and/nor C:\\new"]


def test_braces_are_text_in_srt():
    assert read_subtitles("00:00:01,000 --> 00:00:02,000\n{name} {\\i1}x\n").cues == [(1000, 2000, "{name} x")]


def test_vtt_has_its_characters_escaped():
    assert read_subtitles("WEBVTT\n\n00:01.000 --> 00:02.000\na &amp; &lt;b&gt;\n").cues == [(1000, 2000, "a & <b>")]


def test_what_cannot_be_shown_is_taken_out():
    assert read_subtitles("00:00:01,000 --> 00:00:02,000\na\x00\x07b\ufeff\n").cues == [(1000, 2000, "ab")]


def test_cues_that_say_nothing_or_take_no_time_are_left_out_and_named():
    odd = "1\n00:00:01,000 --> 00:00:02,000\n\n2\n00:00:05,000 --> 00:00:04,000\nback\n\n3\n"
    found = read_subtitles(odd + "00:00:06,000 --> 00:00:07,000\ngood\n")
    assert found.cues == [(6000, 7000, "good")]
    assert [warning.split(" ")[1] for warning in found.warnings] == ["1", "2"]


@pytest.mark.parametrize(
    "text",
    [
        "hello",
        "",
        "00:00:01,000 --> 00:00:02,000",
        "WEBVTT",
        "[Script Info]\n",
        "<html>",
        "[Events]\nFormat: x\nDialogue: 1\n",
    ],
)
def test_what_holds_no_cues_is_refused(text):
    with pytest.raises(UnreadableSubtitlesError):
        read_subtitles(text)


@pytest.mark.parametrize(
    "times",
    [
        "00:00:05, 000 --> 00:00:07, 500",
        "00:00:05.000 --> 00:00:07.5",
        "00:05,000 --> 00:07,500",
        "0:0:5,000 --> 0:0:7,500",
        "00 : 00 : 05 , 000 --> 00:00:07:500",
        "00:00:05,000 -> 00:00:07,500",
        "00：00：05，000 --> 00：00：07，500",
        "00:00:05 --> 00:00:07,500 X1:100 X2:200 Y1:1 Y2:2",
        "00:00:05,000000 --> 000:00:07,500000",
    ],
)
@pytest.mark.parametrize("head", ["", "WEBVTT\n\n"])
def test_usual_misspellings_of_times_are_read(times, head):
    text = f"{head}1\n00:00:01,000 --> 00:00:02,500\nHello\n\n2\n{times}\nthere\n"
    assert read_subtitles(text).cues == [(1000, 2500, "Hello"), (5000, 7500, "there")]


@pytest.mark.parametrize(
    "times",
    ["00:00:0x,000 --> 00:00:07,500", "100:00:00,000 --> 100:00:01,000", "--> 00:00:07,500", "5 --> 7", "a --> b"],
)
@pytest.mark.parametrize("head, line", [("", 6), ("WEBVTT\n\n", 8)])
def test_times_that_cannot_be_read_are_refused_by_cue_and_line(times, head, line):
    """They were words of the cue before, or at 0."""
    text = f"{head}1\n00:00:01,000 --> 00:00:02,500\nHello\n\n2\n{times}\nthere\n"
    with pytest.raises(UnreadableSubtitlesError, match=f"cue 2, line {line}: '{times}' cannot be read"):
        read_subtitles(text)


@pytest.mark.parametrize("head", ["", "WEBVTT\n\n"])
def test_numbers_and_arrows_that_are_said_stay(head):
    text = f"{head}1\n00:00:01,000 --> 00:00:02,000\nFile --> Open\n42\n\n2\n00:00:03,000 --> 00:00:04,000\n7\n"
    assert read_subtitles(text).cues == [(1000, 2000, "File --> Open\n42"), (3000, 4000, "7")]


def test_a_number_is_the_cues_only_where_a_cue_follows():
    text = (
        "00:00:01,000 --> 00:00:02,000\nHello\n42\n\n00:00:03,000 --> 00:00:04,000\nx\n\n3\n\n00:05,0 --> 00:06,0\ny\n"
    )
    assert [said for _, _, said in read_subtitles(text).cues] == ["Hello\n42", "x", "y"]


@pytest.mark.parametrize(
    "said, shown",
    [
        ("I <3 <you> & me", "I <3 <you> & me"),
        ("<foo>hid</foo>den", "hidden"),
        ("<font color='red'>r</font><c.loud>d", "rd"),
        ("AT&amp;T &lt;i&gt; &copy", "AT&T <i> &copy"),
    ],
)
def test_tags_of_srt_are_hidden_as_players_do(said, shown):
    assert read_subtitles(f"00:00:01,000 --> 00:00:02,000\n{said}\n").cues == [(1000, 2000, shown)]


@pytest.mark.parametrize("name", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"])
def test_the_encoding_is_found_out(name):
    content = TWO.encode(name)
    assert read_subtitles(decode(content)).cues == CUES


def test_a_mark_in_front_decides():
    assert decode(codecs.BOM_UTF16_BE + "世界".encode("utf-16-be")) == "世界"


def test_an_encoding_that_is_named_is_the_one():
    assert decode("déjà".encode("cp1252"), "cp1252") == "déjà"
    with pytest.raises(UnreadableSubtitlesError, match="ascii"):
        decode("déjà".encode(), "ascii")


def test_what_is_in_no_encoding_is_refused():
    with pytest.raises(UnreadableSubtitlesError, match="encoding"):
        decode(b"\xff\xff\xff\x81 --> \xff")


@pytest.mark.parametrize(
    "text, expected",
    [
        ("https://example.com/a.srt", True),
        (" HTTP://example.com/subs?id=1 ", True),
        ("/home/me/a.srt", True),
        ("file:///home/me/a.vtt", True),
        ("C:\\subs\\a.srt", True),
        ("a.srt", True),
        (TWO, False),
        (TWO.replace("\n", "/n"), False),
        ("/n1/n00:00:01,000 --> 00:00:02,000/na", False),
        ("hello", False),
    ],
)
def test_an_address_is_told_from_subtitles(text, expected):
    assert is_address(text) is expected


@pytest.mark.parametrize(
    "text",
    [
        "00:00:01,000 --> 00:00:02,000" + " a:b:c" * 60 + " x\nhi\n",
        "00:00:01,000 --> 00:00:02,000\nhi\n" + "9" * 6_000 + "\n00:00:03,000 --> 00:00:02,000 x:\nthere\n",
    ],
)
def test_lines_that_are_odd_on_purpose_are_refused_and_not_brooded_on(text):
    with pytest.raises(UnreadableSubtitlesError, match="cannot be read as times"):
        read_subtitles(text)


def test_a_number_too_long_for_one_is_words():
    text = f"00:00:01,000 --> 00:00:02,000\nhi\n{'9' * 6_000}\n00:00:03,000 --> 00:00:04,000\nthere\n"
    assert len(read_subtitles(text).cues[0][2]) > 6_000
