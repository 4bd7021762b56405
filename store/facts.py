"""What was learned of media, by URL: remembered here, and kept for the other processes and the next start."""

import logging
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import asdict
from threading import Lock

import orjson

from engine.facts import MediaFacts
from errors import StoreError
from util import url_to_hash

from .records import Records

log = logging.getLogger(__name__)


class KnownFacts:
    """Facts of the files that URLs led to when they were last fetched. Each is kept for `keep` seconds."""

    def __init__(self, records: Records, keep: float, remembered: int = 10_000) -> None:
        self._records, self._keep = records, keep
        self._near: OrderedDict[str, MediaFacts] = OrderedDict()
        self._remembered = remembered
        self._lock = Lock()

    def of(self, urls: Iterable[str]) -> dict[str, MediaFacts]:
        """What is known of `urls`.

        Raises:
            StoreError: the store cannot be read.
        """
        wanted = list(dict.fromkeys(urls))
        with self._lock:
            known = {url: self._near[url] for url in wanted if url in self._near}
        names = {_name(url): url for url in wanted if url not in known}
        for name, packed in self._records.get_many("facts", list(names)).items():
            facts = known[names[name]] = MediaFacts(**orjson.loads(packed)["facts"])
            self._remember(names[name], facts)
        return known

    def learn(self, url: str, facts: MediaFacts, size: int, etag: str) -> None:
        """Keep what was found at `url`: a file of `size` bytes, which its server marks with `etag`, maybe empty."""
        self._remember(url, facts)
        packed = orjson.dumps({"facts": asdict(facts), "size": size, "etag": etag})
        try:
            self._records.put("facts", _name(url), packed, self._keep)
        except StoreError as error:
            log.error("facts of a medium are not kept: %s", error)  # they can be learned again

    def _remember(self, url: str, facts: MediaFacts) -> None:
        with self._lock:
            self._near[url] = facts
            self._near.move_to_end(url)
            if len(self._near) > self._remembered:
                self._near.popitem(last=False)


def _name(url: str) -> str:
    """URLs can be long and hold secrets; the store gets neither."""
    return url_to_hash(url, 40)
