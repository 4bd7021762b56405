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
        self._near: OrderedDict[str, tuple[MediaFacts, str]] = OrderedDict()
        self._remembered = remembered
        self._lock = Lock()

    def of(self, urls: Iterable[str]) -> dict[str, MediaFacts]:
        """What is known of `urls`.

        Raises:
            StoreError: the store cannot be read.
        """
        wanted = list(dict.fromkeys(urls))
        with self._lock:
            known = {url: self._near[name][0] for url in wanted if (name := _name(url)) in self._near}
        return known | {
            url: facts for url, (facts, _) in self._stored(url for url in wanted if url not in known).items()
        }

    def at(self, url: str, mark: str) -> MediaFacts | None:
        """What is known of `url`, if it was learned of the content of that mark."""
        with self._lock:
            near = self._near.get(_name(url))
        if near is None or near[1] != mark:  # another process may know the new one
            try:
                near = self._stored([url]).get(url)
            except StoreError as error:
                log.error("facts of a medium cannot be read: %s", error)  # they can be learned again
        return near[0] if near and near[1] == mark else None

    def _stored(self, urls: Iterable[str]) -> dict[str, tuple[MediaFacts, str]]:
        """What the store has of `urls`: facts, and the mark of the content they are of."""
        names = {_name(url): url for url in urls}
        found = {}
        for name, packed in self._records.get_many("facts", list(names)).items():
            kept = orjson.loads(packed)
            found[names[name]] = MediaFacts(**kept["facts"]), kept.get("mark", "")
            self._remember(name, *found[names[name]])
        return found

    def learn(self, url: str, facts: MediaFacts, size: int, mark: str) -> None:
        """Keep what was found at `url`: a file of `size` bytes, whose content is named by `mark`, empty: by nothing."""
        self._remember(_name(url), facts, mark)
        packed = orjson.dumps({"facts": asdict(facts), "size": size, "mark": mark})
        try:
            self._records.put("facts", _name(url), packed, self._keep)
        except StoreError as error:
            log.error("facts of a medium are not kept: %s", error)  # they can be learned again

    def _remember(self, name: str, facts: MediaFacts, mark: str) -> None:
        with self._lock:
            self._near[name] = facts, mark
            self._near.move_to_end(name)
            if len(self._near) > self._remembered:
                self._near.popitem(last=False)


def _name(url: str) -> str:
    """URLs can be long, as long as a file, and hold secrets; neither is kept."""
    return url_to_hash(url, 40)
