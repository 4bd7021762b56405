"""get_duration: how long a medium is, and what else there is to know of it."""

from pydantic import AliasChoices, Field

from engine.facts import MediaFacts, MediaKind
from engine.time import seconds
from errors import MediaError
from fields.answers import Answer
from fields.private import MediaHeaders
from fields.requests import Request
from fields.words import MediaUrl
from media.private import private
from services import Services


class GetDuration(Request):
    """Find out how long a video, picture or sound is, and how large.

    It is fetched and looked at, unless it is known from before; that takes five seconds at most (setting query_wait).
    """

    example = {"url": "asset://samples/clip.mp4"}

    url: MediaUrl = Field(
        validation_alias=AliasChoices("url", "video_url", "media_url", "audio_url", "image_url"),
        description="The medium: an http(s) URL, or asset://samples/clip.mp4.",
    )
    media_headers: MediaHeaders = {}


class MediumLength(Answer):
    """A medium."""

    url: str = Field(description="Its address.")
    duration: float = Field(description="How long it plays, in seconds; 0 for a still picture.")
    type: MediaKind = Field(description="What it is by its content: video, photo, gif or audio.")
    width: int = Field(description="Width in pixels as shown; 0 for sound.")
    height: int = Field(description="Height in pixels as shown; 0 for sound.")
    has_audio: bool = Field(description="Whether there is sound in it.")


def get_duration(req: GetDuration, services: Services) -> MediumLength:
    """Look the medium up, or look at it.

    Raises:
        MediaError: it cannot be had, cannot be read, or takes too long.
    """
    with private(req.media_headers):
        facts = _facts(req.url, services)
    return MediumLength(
        url=req.url,
        duration=seconds(facts.duration),
        type=facts.kind,
        width=facts.width,
        height=facts.height,
        has_audio=facts.has_audio,
    )


def _facts(url: str, services: Services) -> MediaFacts:
    failed = services.learn({url})
    if url in failed:
        raise MediaError(url, failed[url])
    known = services.media.facts({url})
    if url not in known:
        wait = services.settings.query_wait
        raise MediaError(url, f"not there within {wait:g} s (setting query_wait); it is still being fetched, ask again")
    return known[url]
