"""mirror_to_oss: a medium from the web into the storage."""

from pydantic import Field

from fields.files import Prefix, Stored
from fields.private import MediaHeaders
from fields.requests import Changing
from fields.words import MediaUrl
from media.private import private
from services import Services


class MirrorToOss(Changing):
    """Fetch a medium and put it into the storage of the service (OSS, S3 or a folder), for a link of its own.

    It is fetched as for a save: from public addresses, and only if it is a picture, video or sound.
    """

    example = {"url": "asset://samples/photo.png"}

    url: MediaUrl = Field(description="The medium: an http(s) URL, or asset://samples/clip.mp4.")
    prefix: Prefix = "capcut"
    media_headers: MediaHeaders = {}


def mirror_to_oss(req: MirrorToOss, services: Services) -> Stored:
    """Fetch it, look at it, put it there.

    Raises:
        NoStorageError: the service has no storage.
        MediaError: it cannot be had, or is no medium.
        StorageError: it could not be put there.
        BusyError: too many wait for media.
    """
    services.storage_for("mirror_to_oss")
    with services.turn(), services.moment() as folder, private(req.media_headers):
        name, link = services.store_medium(services.media.bring(req.url, folder), req.prefix)
    return Stored(oss_url=link, object=name)
