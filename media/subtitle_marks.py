"""Keeps what a text says from being read as something else, and reads it back.

SRT and ASS have no way to write a `<`, a backslash or an empty line that is just that. So a word joiner (U+2060), which
nobody sees, is put behind the sign or in front of the line: players then show it as it is, and our own reader takes
the joiner out again.
"""

import re

_JOINER = "\u2060"
_SIGNS = r"<{\\:&-"

_RISKY = re.compile(
    rf"[{{\\]|<(?!\d|\n|\Z)"  # a tag or a line break
    rf"|-(?=[>{_JOINER}])"  # an arrow between times
    rf"|:(?=\d{{1,2}}[.,]\d|{_JOINER})"  # a time
    rf"|&(?=[a-z#]\w*;|{_JOINER})",  # an entity
    re.IGNORECASE,
)
_RISKY_LINE = re.compile(rf"^(?={_JOINER}|[ \t\d]*$)", re.MULTILINE)
"""Empty ones end the cue, a number is that of the next."""
_GUARDED = re.compile(rf"(?<=[{_SIGNS}]){_JOINER}|^{_JOINER}", re.MULTILINE)
_LINE_END = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
_NOT_SHOWN = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ufeff\ufffe\uffff]")


def visible(text: str) -> str:
    """The text without what no player shows, its lines ended by a line feed each."""
    return _NOT_SHOWN.sub("", _LINE_END.sub("\n", text))


def guarded(text: str) -> str:
    """The text with a joiner wherever a reader could see a tag, a time, an arrow or the end of the cue."""
    return _RISKY_LINE.sub(_JOINER, guarded_piece(visible(text).strip()))


def guarded_piece(text: str) -> str:
    """The same for a part of a text, whose lines are parts of lines."""
    return _RISKY.sub(rf"\g<0>{_JOINER}", visible(text))


def unguarded(text: str) -> str:
    """The text without those joiners."""
    return _GUARDED.sub("", text)
