"""What can be configured: config.json (comments allowed), then environment variables CAPCUT_<KEY>, into one Settings.

To add a setting: one field here, with its description, and one line in config.json. An unknown key or a bad value
stops the start with a message that names it.
"""

import os
from base64 import b64decode
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal

import json5
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    IPvAnyNetwork,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)

ENVIRONMENT_PREFIX = "CAPCUT_"
TargetName = Literal["capcut", "capcut_legacy", "jianying_5_9", "jianying_10"]

# CapCutAPI's names for the same thing, so that its config.json keeps working.
PROFILE_ALIASES = {"jianying_legacy": "jianying_5_9", "jianying_pro_10": "jianying_10"}


class SettingsError(Exception):
    """The configuration cannot be used; the message names each key and says why."""


class _Part(BaseModel):
    """Base of what is configured as an object of its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")


_Bucket = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{1,62}$", description="Name of the bucket.")]
_ENDPOINT = r"^(https?://)?[A-Za-z0-9.-]+(:[0-9]+)?/?$"


class OssConfig(_Part):
    """A bucket of Aliyun OSS."""

    bucket_name: _Bucket
    access_key_id: str = Field(min_length=1, description="Access key; it needs to put, get and delete objects.")
    access_key_secret: SecretStr = Field(min_length=1, description="Its secret.")
    endpoint: str = Field(pattern=_ENDPOINT, description="Like https://oss-cn-hangzhou.aliyuncs.com.")
    region: str = Field("", description="Like cn-hangzhou; found in the endpoint where that is Aliyun's own.")

    @field_validator("endpoint")
    @classmethod
    def _secure(cls, endpoint: str) -> str:
        return endpoint if "://" in endpoint else f"https://{endpoint}"


class S3Config(_Part):
    """A bucket of AWS S3, or of a store that speaks like it."""

    bucket_name: _Bucket
    access_key_id: str = Field("", description="Access key; empty: as AWS's own tools find it.")
    access_key_secret: SecretStr = Field(SecretStr(""), description="Its secret.")
    endpoint: str = Field("", pattern=rf"{_ENDPOINT}|^$", description="Address of the store; empty: AWS.")
    region: str = Field("", description="Like eu-central-1; empty: us-east-1.")
    addressing_style: Literal["path", "virtual", ""] = Field(
        "", description="Whether the bucket is in the path or the host name; empty: path, but virtual for AWS."
    )

    @field_validator("endpoint")
    @classmethod
    def _secure(cls, endpoint: str) -> str:
        return endpoint if "://" in endpoint or not endpoint else f"https://{endpoint}"


class FolderConfig(_Part):
    """A folder, and where a web server shows it."""

    folder: Path = Field(description="Where the files are put; made if it is not there.")
    url: str = Field(pattern=r"^https?://", description="The address at which the folder is seen.")


STORAGE_SETTINGS = ("oss_config", "s3_config", "folder_config")
"""Each makes another storage; one of them at a time."""


class Settings(BaseModel):
    """Everything that can be configured, checked once at start and then never changed."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    host: str = Field(
        "127.0.0.1", description="Address to listen on. Beyond loopback, anyone who reaches it may use it."
    )
    port: int = Field(9000, ge=1, le=65535, description="Port to listen on.")
    workers: int = Field(
        0,
        ge=0,
        le=64,
        description="Processes under gunicorn; 0: one for each processor, at most 4. With durability none, and no "
        "redis_url, there is one.",
    )
    threads: int = Field(16, ge=1, le=256, description="Requests that each process serves at once.")
    max_streams: int = Field(
        4, ge=0, le=255, description="Clients that each process tells of a save as it goes on; each holds a thread."
    )
    data_dir: Path = Field(Path("data"), description="Folder for everything the service writes.")
    durability: Literal["none", "normal", "full"] = Field(
        "normal",
        description="normal: drafts survive the end of the service, also a crash; full: a loss of power too, at the "
        "cost of a disk flush for each edit; none: they last as long as the service runs.",
    )
    redis_url: str = Field(
        "",
        pattern=r"^((rediss?|unix)://.*)?$",
        description="Redis or Valkey server that keeps the drafts instead of data_dir, for several machines; like "
        "redis://:password@host:6379/0.",
    )
    celery_broker_url: str = Field(
        "",
        pattern=r"^((rediss?|amqps?)://.*)?$",
        repr=False,
        description="Broker of Celery that saves are handed to; empty: they are done in the service's own threads.",
    )
    retention_days: float = Field(
        30,
        ge=0,
        le=36_500,
        description="Days that deleted drafts can be recovered, and that results of saves are kept.",
    )
    draft_domain: str = Field("", description="Public base of draft_url; empty: the host the request came to.")
    preview_router: str = Field(
        "/draft/downloader", pattern=r"^(/[\w.-]+)+$", description="Path of the draft download."
    )
    is_capcut_env: bool = Field(True, description="New drafts are for CapCut; false: for JianYing.")
    draft_profile: TargetName | None = Field(None, description="Target of new drafts; wins over is_capcut_env.")
    max_body_bytes: int = Field(10_000_000, ge=1_000, description="Largest request body.")
    max_import_bytes: int = Field(
        200_000_000, ge=1_000, description="Largest request body of import_log and import_draft."
    )
    max_unpacked_bytes: int = Field(
        1_000_000_000, ge=1_000, description="Most bytes that the files of an imported zip may have together."
    )
    draft_loader: str = Field(
        "",
        pattern=r"^(\w+(\.\w+)*:\w+)?$",
        description="Function that makes plain JSON of imported timelines which are none: package.module:function, "
        "taking and giving bytes; none is shipped.",
    )
    cache_drafts: int = Field(10_000, ge=1, description="Most drafts kept in memory; others are rebuilt when used.")
    cache_bytes: int = Field(
        128_000_000, ge=1_000_000, description="Most memory for drafts kept, in bytes (estimated)."
    )
    cache_idle: float = Field(
        3_600, gt=0, le=31_536_000, description="Seconds after which a draft that nobody uses leaves the memory."
    )
    save_workers: int = Field(4, ge=1, le=64, description="Saves that run at once.")
    keep_saves: int = Field(5, ge=1, le=1_000, description="Latest saves of each draft that are kept on disk.")
    save_wait: float = Field(15, ge=0, le=600, description="Longest time /save_draft waits for its result, in seconds.")
    query_wait: float = Field(
        5, ge=0, le=60, description="Longest time query_script and get_duration look at media, in seconds."
    )
    on_conflict: Literal["trim", "drop", "error"] = Field(
        "trim",
        description="When an open clip turns out to reach into the next: shorten it, drop the later-added, or fail.",
    )
    download_workers: int = Field(16, ge=1, le=64, description="Media fetched at once by each process.")
    download_per_host: int = Field(
        12, ge=1, le=64, description="Of those, media fetched at once from one host; the rest is for other hosts."
    )
    min_free_bytes: int = Field(
        100_000_000,
        ge=0,
        description="Space on the disk of data_dir, in bytes, that media, uploads and zips leave free.",
    )
    download_retries: int = Field(3, ge=0, le=10, description="Further tries for a fetch that failed in passing.")
    download_timeout: float = Field(30, gt=0, le=3600, description="Longest silence of a media server, in seconds.")
    media_cache_bytes: int = Field(
        10_000_000_000,
        ge=0,
        description="Most bytes of fetched media that are kept for later drafts, in data_dir/media; those used longest "
        "ago go first. 0 keeps none.",
    )
    media_max_age: float = Field(
        60,
        ge=0,
        le=31_536_000,
        description="Seconds for which a kept medium is used without asking its server whether it has changed.",
    )
    prefetch: bool = Field(True, description="Fetch media as soon as an edit names them, so that a save finds them.")
    warm_media: int = Field(
        32,
        ge=0,
        le=1_000,
        description="With prefetch, how many of the most used media are brought up to date at start.",
    )
    max_asset_bytes: int = Field(2_000_000_000, ge=1_000, description="Largest file that can be uploaded.")
    max_assets_bytes: int = Field(20_000_000_000, ge=1_000, description="Most bytes that all uploads take together.")
    max_data_url_bytes: int = Field(
        5_000_000, ge=0, description="Largest file that may stand in a URL field itself, as a data: URL."
    )
    max_media_bytes: int = Field(4_000_000_000, ge=1_000, description="Largest medium that is fetched.")
    allow_private_addresses: bool = Field(False, description="Let media come from loopback and private addresses.")
    media_networks: tuple[IPvAnyNetwork, ...] = Field(
        (), description="Networks or addresses that media may come from though they are not public, like 10.1.0.0/16."
    )
    media_roots: tuple[Path, ...] = Field((), description="Local folders that media may be read from.")
    deploy_roots: tuple[Path, ...] | None = Field(
        None,
        description="Folders of this machine that save_draft may put drafts into; null: those of the apps, where they "
        "are installed; none: nowhere.",
    )
    probe_timeout: float = Field(30, gt=0, le=600, description="Longest time for reading one medium's size and length.")
    ffprobe: str = Field(
        "", description="Path of an ffprobe to use when PyAV cannot read a medium; empty: one on PATH."
    )
    webhook_secret: str = Field(
        "", description="Key that messages to webhooks are signed with; empty: they are not signed.", repr=False
    )
    webhook_patience: float = Field(
        86_400, ge=0, le=2_592_000, description="Seconds for which a webhook that does not hear is tried again."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="Least severe log line written."
    )
    oss_config: OssConfig | None = Field(None, description="The storage is a bucket of Aliyun OSS.")
    s3_config: S3Config | None = Field(None, description="The storage is a bucket of AWS S3 or of what speaks like it.")
    folder_config: FolderConfig | None = Field(
        None, description="The storage is a folder that a web server of yours shows to whoever has the link."
    )
    is_upload_draft: bool = Field(
        False, description="Put the zip of every save into the storage too; draft_url is then a link to it."
    )
    upload_retries: int = Field(3, ge=0, le=10, description="Further tries for an upload that failed in passing.")
    upload_timeout: float = Field(60, gt=0, le=3600, description="Longest silence of the storage, in seconds.")
    max_upload_bytes: int = Field(
        200_000_000, ge=1_000, description="Largest body of upload_to_oss that is a form with a file."
    )
    mp4_oss_config: dict[str, SecretStr] = Field(
        {}, description="Accepted, as CapCutAPI has it for rendered video; nothing is rendered here."
    )

    @field_validator("draft_profile", mode="before")
    @classmethod
    def _known_alias(cls, value: Any) -> Any:
        return PROFILE_ALIASES.get(value, value) if isinstance(value, str) else value

    @field_validator("oss_config", "s3_config", "folder_config", mode="before")
    @classmethod
    def _unused(cls, value: Any) -> Any:
        """An empty object, or one with CapCutAPI's sample values still in it, is none."""
        named = str(value.get("bucket_name", "")) if isinstance(value, dict) else ""
        return None if value == {} or named.startswith("your") else value

    @field_validator("s3_config", "folder_config")
    @classmethod
    def _one_storage(cls, value: Any, known: ValidationInfo) -> Any:
        others = [name for name in STORAGE_SETTINGS if name != known.field_name and known.data.get(name)]
        if value and others:
            raise ValueError(f"there is one storage; leave this or {others[0]} out")
        return value

    @field_validator("is_upload_draft")
    @classmethod
    def _somewhere(cls, value: bool, known: ValidationInfo) -> bool:
        if value and not any(known.data.get(name, True) for name in STORAGE_SETTINGS):
            raise ValueError(f"needs a storage; set one of {', '.join(STORAGE_SETTINGS)} too")
        return value

    @field_validator("webhook_secret")
    @classmethod
    def _a_key(cls, value: str) -> str:
        coded = value.removeprefix("whsec_")
        key = value if coded == value else b64decode(coded, validate=True)
        if value and len(key) < 16:
            raise ValueError("must have at least 16 characters; openssl rand -hex 32 makes a good one")
        return value

    @field_validator("data_dir", mode="before")
    @classmethod
    def _some_folder(cls, value: Any) -> Any:
        if isinstance(value, str) and not value.strip():
            raise ValueError("must name a folder")
        return value

    @field_validator("media_roots", "deploy_roots")
    @classmethod
    def _there(cls, roots: tuple[Path, ...] | None) -> tuple[Path, ...] | None:
        for root in roots or ():
            if not root.expanduser().is_dir():
                raise ValueError(f"{root} is not a folder")
        return roots

    @property
    def processes(self) -> int:
        """How many may serve at once: drafts that are in memory alone are in one memory.

        One for each processor was fastest on two (benchmarks/workers.py): Python computes on one processor a process.
        """
        if self.durability == "none" and not self.redis_url:
            return 1
        return self.workers or min(os.cpu_count() or 1, 4)

    @property
    def keep_seconds(self) -> float:
        """How long results of saves are kept: a day at least."""
        return max(self.retention_days, 1) * 86_400

    @property
    def streams(self) -> int:
        """How many clients may be streamed to: a thread is left for the others."""
        return min(self.max_streams, self.threads - 1)

    @property
    def waiters(self) -> int:
        """How many requests may wait for a save: half of the threads that no stream holds."""
        return max((self.threads - self.streams) // 2, 1)

    @property
    def default_target(self) -> TargetName:
        """The target of drafts whose maker names none."""
        return self.draft_profile or ("capcut" if self.is_capcut_env else "jianying_10")


def load(path: Path | None = None, environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from `path` (may be absent) and `environment`.

    Raises:
        SettingsError: the file is not JSON, or a key is unknown, or a value does not fit.
    """
    found = os.environ if environment is None else environment
    overrides = {
        name.removeprefix(ENVIRONMENT_PREFIX).lower(): value
        for name, value in found.items()
        if name.startswith(ENVIRONMENT_PREFIX)
    }
    named = path or (Path(overrides["config"]) if "config" in overrides else None)
    overrides.pop("config", None)
    if named and not named.is_file():
        raise SettingsError(f"{named}: no such configuration file")
    path = named or Path(__file__).parent / "config.json"
    values = _read(path) | {key: _unquoted(key, value) for key, value in overrides.items()}
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        raise SettingsError(_explain(error, path, overrides)) from None
    return settings.model_copy(update={"data_dir": settings.data_dir.expanduser().resolve()})


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        values = json5.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, OSError) as error:
        raise SettingsError(f"{path}: not readable as JSON: {error}") from None
    if not isinstance(values, dict):
        raise SettingsError(f"{path}: must be one JSON object")
    return values


def _unquoted(key: str, value: str) -> Any:
    """An environment value is text; of several paths as PATH has them, of networks with commas; an object is JSON."""
    if key in ("media_roots", "deploy_roots"):
        return [part for part in value.split(os.pathsep) if part]
    if key == "media_networks":
        return [part.strip() for part in value.split(",") if part.strip()]
    if key in _OBJECTS:
        with suppress(ValueError):  # else it is told that it must be an object
            return json5.loads(value)
    return value


_OBJECTS = frozenset({*STORAGE_SETTINGS, "mp4_oss_config"})


def _explain(error: ValidationError, path: Path, overrides: Mapping[str, Any]) -> str:
    lines = []
    for problem in error.errors():
        key, *inside = map(str, problem["loc"])
        where = f"environment variable {ENVIRONMENT_PREFIX}{key.upper()}" if key in overrides else f"{path}: {key}"
        where = ".".join((where, *inside))
        why = "unknown setting" if problem["type"] == "extra_forbidden" else problem["msg"]
        lines.append(f"{where}: {why}")
    return "\n".join(lines)
