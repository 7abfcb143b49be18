"""What the operator of the service decides, by environment variables that begin SCHOOLROTA_."""

import os
from datetime import time, timedelta

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from scheduler.jobs.housekeeping import JobRetention
from scheduler.jobs.quotas import Quotas
from scheduler.jobs.worker import PEER_LIMIT, TENANT_SLOTS, WorkerSettings
from scheduler.storage.tables import Lane


class Settings(BaseSettings):
    """Settings of the service; each is read from SCHOOLROTA_ and its name in capitals."""

    model_config = SettingsConfigDict(env_prefix="SCHOOLROTA_", hide_input_in_errors=True)

    database: str = Field(
        "./schoolrota.db", description="A SQLite file, or a URL that begins with postgresql:."
    )
    log_level: str = Field("info", pattern="^(debug|info|warning|error)$")

    # the process that answers calls
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535)
    work: bool | None = Field(
        None,
        description="Solve here; if left out, on a SQLite file only. Without, jobs wait for "
        "`schoolrota worker`.",
    )
    admin_key: SecretStr | None = Field(
        None,
        description="An admin's key of the first tenant; without it, one is made on loopback, "
        "and elsewhere by `schoolrota keys`.",
    )
    reachable: tuple[str, ...] = Field(
        (),
        description="Origins that webhooks and sources may be at, beside public https: addresses, "
        'as a JSON array: ["http://10.0.0.5:8080"].',
    )
    max_body_mb: int = Field(16, ge=1, le=64, description="The largest request, in megabytes.")
    max_calls: int = Field(
        6000, ge=0, description="Calls a minute of one key, or of one address without; 0: any."
    )
    max_streams: int = Field(500, ge=1, description="Event streams open at once.")
    max_streams_each: int = Field(50, ge=1, description="Event streams of one caller.")
    max_waiting: int = Field(
        Quotas.waiting, ge=1, description="Jobs of one tenant that may wait in a lane."
    )
    max_seconds: float = Field(24 * 3600, gt=0, description="The most that limits.seconds may say.")
    max_memory_mb: int = Field(
        1_000_000, ge=256, description="The most that limits.memory_mb may say."
    )
    max_workers: int = Field(64, ge=1, description="The most that limits.workers may say.")

    # the process that solves
    worker_name: str | None = Field(
        None,
        pattern="^[A-Za-z0-9._-]{1,64}$",
        description="Kept over restarts; if left out, the lowest free of worker-1, worker-2, ...",
    )
    slots: int = Field(
        max(1, (os.cpu_count() or 1) // 2),
        ge=0,
        le=256,
        description="Interactive jobs that each worker solves at once; 0 leaves them to others.",
    )
    nightly_slots: int = Field(
        1, ge=0, le=256, description="Nightly jobs that each worker solves at once, in addition."
    )
    tenant_slots: int = Field(
        TENANT_SLOTS,
        ge=1,
        le=10_000,
        description="Jobs of one tenant that all workers together solve at once, in each lane.",
    )
    peer_limit: float = Field(
        PEER_LIMIT,
        ge=1,
        le=3600,
        description="Seconds of silence after which a worker's jobs are taken over.",
    )
    metrics_port: int | None = Field(
        None, ge=0, le=65535, description="Where a worker tells its own metrics; if left out, not."
    )
    nightly_at: time | None = Field(
        time(22),
        description="From when on, in local time of each rota, nights begin where we answer calls "
        "and solve; not before 18:00; none: only by `schoolrota nightly`.",
    )
    keep_days: float = Field(
        365, gt=0, description="Days for which the contents of a finished job are kept."
    )

    @property
    def worker_settings(self) -> WorkerSettings:
        """How a worker works here."""
        return WorkerSettings(
            slots={Lane.INTERACTIVE: self.slots, Lane.NIGHTLY: self.nightly_slots},
            tenant_slots=self.tenant_slots,
            peer_limit=self.peer_limit,
            keep=JobRetention(contents=timedelta(days=self.keep_days)),
        )

    @property
    def quotas(self) -> Quotas:
        """What may be asked for here."""
        return Quotas(
            waiting=self.max_waiting,
            seconds=self.max_seconds,
            memory_mb=self.max_memory_mb,
            workers=self.max_workers,
        )

    @property
    def works(self) -> bool:
        """Whether the process that answers calls also solves."""
        return not self.database.startswith("postgresql") if self.work is None else self.work
