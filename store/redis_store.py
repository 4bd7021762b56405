"""The store on a Redis or Valkey server, shared by many machines.

Every write is one script, which the server runs whole or not at all. A script sent again because its answer was lost
finds that it has been done. Values are JSON; nothing here is ever executed. What is kept survives a restart of the
server as its own configuration says: `appendonly yes` with `appendfsync always` loses nothing that was answered,
`everysec` up to two seconds of it.

    capcut:draft:<id>          hash: what the index says of a draft
    capcut:rows:<id>           list: its rows in order
    capcut:drafts              set: ids of all drafts
    capcut:key:<key>           what a named call has done, for a day
    capcut:<kind>:<key>        a record; capcut:keys:<kind> is the set of the keys of its kind
"""

import logging
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import orjson
import redis
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as LostConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as LateError
from redis.retry import Retry

from errors import DraftChangedError, DraftExistsError, StoreError

from .drafts import KEY_MILLISECONDS, KEY_NAME, Done, DraftEntry, Listing, Row
from .records import Kind

log = logging.getLogger(__name__)

_CREATE = """
local there = redis.call('HGET', KEYS[1], 'incarnation')
if there then return there == ARGV[1] and 1 or 0 end
redis.call('DEL', KEYS[2])
redis.call('HSET', KEYS[1], 'incarnation', ARGV[1], 'name', ARGV[2], 'version', ARGV[3], 'token', ARGV[4],
    'bytes', ARGV[5], 'created_at', ARGV[6], 'changed_at', ARGV[6], 'deleted_at', '')
for i = 10, #ARGV do redis.call('RPUSH', KEYS[2], ARGV[i]) end
redis.call('SADD', KEYS[3], ARGV[7])
if ARGV[8] ~= '' then redis.call('SET', KEYS[4], ARGV[8], 'PX', ARGV[9]) end
return 1
"""
_APPEND = """
local there = redis.call('HMGET', KEYS[1], 'incarnation', 'version', 'deleted_at', 'token')
local version, number = tonumber(there[2]), tonumber(ARGV[2])
if there[1] ~= ARGV[1] then return 0 end
if version >= number then return redis.call('LINDEX', KEYS[2], number - 1) == ARGV[3] and 1 or 0 end
if version ~= number - 1 or there[3] ~= '' or there[4] ~= ARGV[8] then return 0 end
if redis.call('LLEN', KEYS[2]) ~= version then return 0 end
redis.call('RPUSH', KEYS[2], ARGV[3])
redis.call('HSET', KEYS[1], 'version', number, 'changed_at', ARGV[4], 'token', ARGV[9])
redis.call('HINCRBY', KEYS[1], 'bytes', ARGV[5])
if ARGV[6] ~= '' then redis.call('SET', KEYS[3], ARGV[6], 'PX', ARGV[7]) end
return 1
"""
_MARK = "return redis.call('EXISTS', KEYS[1]) == 1 and redis.call('HSET', KEYS[1], 'deleted_at', ARGV[1])"
_RENAME = """
if redis.call('HGET', KEYS[1], 'incarnation') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'name', ARGV[2])
return 1
"""
_READ = "return {redis.call('HGETALL', KEYS[1]), redis.call('LRANGE', KEYS[2], ARGV[1], -1)}"
_PURGE = """
local there = redis.call('HMGET', KEYS[1], 'incarnation', 'deleted_at')
if there[1] ~= ARGV[1] or there[2] ~= ARGV[2] then return 0 end
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('SREM', KEYS[3], ARGV[3])
return 1
"""
_SWAP = """
local there = redis.call('GET', KEYS[1])
local is_put = ARGV[3] == '1' and there == ARGV[4]
if not is_put and ((ARGV[1] == '1') ~= (there ~= false) or (there and there ~= ARGV[2])) then return 0 end
if ARGV[3] == '1' then
    redis.call('SET', KEYS[1], ARGV[4], 'PX', ARGV[5])
    redis.call('SADD', KEYS[2], ARGV[6])
else
    redis.call('DEL', KEYS[1])
    redis.call('SREM', KEYS[2], ARGV[6])
end
return 1
"""
_SWEEP = """
local gone = 0
for _, key in ipairs(ARGV) do
    if redis.call('EXISTS', KEYS[2] .. key) == 0 then gone = gone + redis.call('SREM', KEYS[1], key) end
end
return gone
"""
_KINDS: tuple[Kind, ...] = ("task", "latest", "unfinished", "running", "facts", "answer")
_AT_ONCE = 1_000


class RedisStore:
    """A store on the server at `url`, like redis://:password@host:6379/0 (rediss:// with TLS).

    Raises:
        StoreError: it cannot be reached.
    """

    def __init__(self, url: str, *, timeout: float = 5.0, connections: int = 64):
        try:
            pool = redis.BlockingConnectionPool.from_url(
                url,
                max_connections=connections,
                timeout=timeout,
                socket_timeout=timeout,
                socket_connect_timeout=timeout,
                retry=Retry(ExponentialBackoff(cap=0.2, base=0.02), 2),
            )
        except (ValueError, TypeError):  # what it says may hold the password
            raise StoreError("redis_url cannot be read; give it like redis://:password@host:6379/0") from None
        self._redis: Any = redis.Redis(connection_pool=pool)  # its types allow for strings, which are not asked for
        self._create, self._append, self._mark, self._rename, self._read, self._purge, self._swap, self._sweep = (
            self._redis.register_script(script)
            for script in (_CREATE, _APPEND, _MARK, _RENAME, _READ, _PURGE, _SWAP, _SWEEP)
        )
        try:
            with self._asking("cannot be used"):
                self._redis.ping()
        except TypeError:  # of a connection, about a setting in the url
            raise StoreError("redis_url has a setting that is not known") from None
        self._warn_of_eviction()

    def create(self, draft_id: str, name: str, rows: Sequence[Row], at: int, key: str = "") -> None:
        """See DraftLog."""
        incarnation, last = secrets.token_hex(8), rows[-1]
        size = sum(len(row.request) for row in rows)
        number, key = (1, key) if key else (last.number, last.key)
        keys = [_draft(draft_id), _rows(draft_id), "capcut:drafts", f"capcut:key:{key[:KEY_NAME]}"]
        about: list[Any] = [incarnation, name, last.number, last.token, size, at, draft_id]
        with self._writing():
            made = self._create(keys, [*about, *_done(draft_id, number, key, at), *map(_packed, rows)])
        if not made:
            raise DraftExistsError(draft_id)

    def append(self, entry: DraftEntry, row: Row) -> None:
        """See DraftLog."""
        if row.number != entry.version + 1:
            raise DraftChangedError(entry.draft_id)
        keys = [_draft(entry.draft_id), _rows(entry.draft_id), f"capcut:key:{row.key[:KEY_NAME]}"]
        values: list[Any] = [entry.incarnation, row.number, _packed(row), row.at, len(row.request)]
        values += [*_done(entry.draft_id, row.number, row.key, row.at), entry.token, row.token]
        with self._writing():
            added = self._append(keys, values)
        if not added:
            raise DraftChangedError(entry.draft_id)

    def entry(self, draft_id: str) -> DraftEntry | None:
        """See DraftLog."""
        with self._reading():
            return _entry(draft_id, self._redis.hgetall(_draft(draft_id)))

    def read(self, draft_id: str, after: int = 0) -> tuple[DraftEntry, list[Row]] | None:
        """See DraftLog."""
        with self._reading():
            flat, packed = self._read([_draft(draft_id), _rows(draft_id)], [after])
        entry = _entry(draft_id, dict(zip(flat[::2], flat[1::2], strict=True)) if isinstance(flat, list) else flat)
        if entry and len(packed) != max(entry.version - after, 0):
            raise StoreError(f"rows of draft {draft_id!r} are missing on the server")
        return (entry, [_unpacked(row) for row in packed]) if entry else None

    def find(self, name: str, now: int) -> Done | None:
        """See DraftLog."""
        with self._reading():
            packed = self._redis.get(f"capcut:key:{name}")
        if not packed:
            return None
        draft_id, number, key, at = orjson.loads(packed)
        return Done(draft_id, number, key) if at > now - KEY_MILLISECONDS and self.entry(draft_id) else None

    def mark_deleted(self, draft_id: str, at: int | None) -> None:
        """See DraftLog."""
        with self._writing():
            self._mark([_draft(draft_id)], ["" if at is None else at])

    def rename(self, entry: DraftEntry, name: str) -> None:
        """See DraftLog."""
        with self._writing():
            self._rename([_draft(entry.draft_id)], [entry.incarnation, name])

    def purge(self, entry: DraftEntry) -> bool:
        """See DraftLog."""
        keys = [_draft(entry.draft_id), _rows(entry.draft_id), "capcut:drafts"]
        deleted = "" if entry.deleted_at is None else entry.deleted_at
        with self._writing():
            return bool(self._purge(keys, [entry.incarnation, deleted, entry.draft_id]))

    def search(self, listing: Listing) -> tuple[list[DraftEntry], int]:
        """See DraftLog. Its cost grows with the number of all drafts."""
        with self._reading():
            ids = [draft_id.decode() for draft_id in self._redis.smembers("capcut:drafts")]
            found = self._each(ids, lambda steps, draft_id: steps.hgetall(_draft(draft_id)))
        entries = (_entry(draft_id, about) for draft_id, about in zip(ids, found, strict=True))
        return listing.choose(entry for entry in entries if entry)

    def get(self, kind: Kind, key: str) -> bytes | None:
        """See Records."""
        with self._reading():
            value: bytes | None = self._redis.get(_record(kind, key))
        return value

    def get_many(self, kind: Kind, keys: list[str]) -> dict[str, bytes]:
        """See Records."""
        with self._reading():
            values = self._redis.mget([_record(kind, key) for key in keys]) if keys else []
        return {key: value for key, value in zip(keys, values, strict=True) if value is not None}

    def put(self, kind: Kind, key: str, value: bytes, seconds: float) -> None:
        """See Records."""
        with self._writing(), self._redis.pipeline(transaction=True) as steps:
            steps.set(_record(kind, key), value, px=_milliseconds(seconds)).sadd(_keys(kind), key).execute()

    def swap(self, kind: Kind, key: str, old: bytes | None, new: bytes | None, seconds: float = 0) -> bool:
        """See Records. Values must tell writers apart: one that is there already counts as put."""
        wanted: list[Any] = [
            int(old is not None),
            old or b"",
            int(new is not None),
            new or b"",
            _milliseconds(seconds),
            key,
        ]
        with self._writing():
            return bool(self._swap([_record(kind, key), _keys(kind)], wanted))

    def keys(self, kind: Kind) -> list[str]:
        """See Records."""
        with self._reading():
            keys = [key.decode() for key in self._redis.smembers(_keys(kind))]
            there = self._each(keys, lambda steps, key: steps.exists(_record(kind, key)))
        return [key for key, is_there in zip(keys, there, strict=True) if is_there]

    def sweep(self) -> None:
        """See Records. The server lets go of the values itself; the sets of keys are left to us."""
        with self._writing():
            for kind in _KINDS:
                keys = list(self._redis.sscan_iter(_keys(kind), count=_AT_ONCE))
                for first in range(0, len(keys), _AT_ONCE):
                    self._sweep([_keys(kind), _record(kind, "")], keys[first : first + _AT_ONCE])

    def close(self) -> None:
        """See Store."""
        self._redis.close()
        self._redis.connection_pool.disconnect()

    def _each(self, names: list[str], ask: Any) -> list[Any]:
        """The answers to one question about each of `names`, many of them in one round trip."""
        answers: list[Any] = []
        for first in range(0, len(names), _AT_ONCE):
            with self._redis.pipeline(transaction=False) as steps:
                for name in names[first : first + _AT_ONCE]:
                    ask(steps, name)
                answers += steps.execute()
        return answers

    def _reading(self) -> Any:
        return self._asking("could not be read")

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """A script whose answer was lost may have been run; only the draft itself can tell."""
        advice = "read the draft to see whether it was done, or send the call again with the same Idempotency-Key"
        try:
            with self._asking("could not be written, and nothing was done"):
                yield
        except StoreError as error:
            if isinstance(error.__cause__, LostConnectionError | LateError):
                raise StoreError(f"the store did not answer; {advice}") from error.__cause__
            raise

    @contextmanager
    def _asking(self, failure: str) -> Iterator[None]:
        try:
            yield
        except RedisError as error:
            log.error("the store %s: %s", failure, error)  # with its address, which callers need not know
            raise StoreError(f"the store {failure}: {type(error).__name__}") from error

    def _warn_of_eviction(self) -> None:
        with suppress(RedisError):  # not every server tells
            policy = self._redis.config_get("maxmemory-policy").get("maxmemory-policy")
            limit = self._redis.config_get("maxmemory").get("maxmemory", "0")
            if policy != "noeviction" and str(limit) != "0":
                log.warning("the Redis server may drop drafts: its maxmemory-policy is %s, not noeviction", policy)


def _draft(draft_id: str) -> str:
    return f"capcut:draft:{draft_id}"


def _rows(draft_id: str) -> str:
    return f"capcut:rows:{draft_id}"


def _record(kind: Kind, key: str) -> str:
    return f"capcut:{kind}:{key}"


def _keys(kind: Kind) -> str:
    return f"capcut:keys:{kind}"


def _milliseconds(seconds: float) -> int:
    return max(round(seconds * 1000), 1)


def _packed(row: Row) -> bytes:
    """The row with its token, which tells it from any other."""
    return orjson.dumps([row.number, row.name, row.at, row.key, row.token]) + b"\n" + row.request


def _unpacked(packed: bytes) -> Row:
    about, _, request = packed.partition(b"\n")
    number, name, at, key, token = orjson.loads(about)
    return Row(number, name, request, at, key, token)


def _done(draft_id: str, number: int, key: str, at: int) -> tuple[bytes, int]:
    """What is remembered of a named call, and for how long in milliseconds."""
    return (orjson.dumps([draft_id, number, key, at]) if key else b""), KEY_MILLISECONDS


def _entry(draft_id: str, about: dict[bytes, bytes]) -> DraftEntry | None:
    if not about:
        return None
    version, size, created, changed = (
        int(about[name]) for name in (b"version", b"bytes", b"created_at", b"changed_at")
    )
    name, incarnation, token = (about[name].decode() for name in (b"name", b"incarnation", b"token"))
    deleted = int(about[b"deleted_at"]) if about[b"deleted_at"] else None
    return DraftEntry(draft_id, incarnation, name, version, token, size, created, changed, deleted)
