"""What the operator of the service decides, by environment variables that begin SCHOOLROTA_."""

import os

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Settings of the service; each is read from SCHOOLROTA_ and its name in capitals."""

    model_config = SettingsConfigDict(env_prefix="SCHOOLROTA_", hide_input_in_errors=True)

    database: str = Field(
        "./schoolrota.db", description="A SQLite file, or a URL that begins with postgresql:."
    )
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535)
    max_body_mb: int = Field(16, ge=1, le=64, description="The largest request, in megabytes.")
    slots: int = Field(
        max(1, (os.cpu_count() or 1) // 2), ge=1, le=256, description="Jobs solved at once."
    )
    work: bool = Field(True, description="Solve here; without it jobs are accepted and wait.")
    admin_key: SecretStr | None = Field(
        None,
        description="An admin's key of the first tenant; without it, one is made on loopback, "
        "and elsewhere by `schoolrota keys`.",
    )
    reachable: tuple[str, ...] = Field(
        (),
        description="Origins besides public https: addresses that webhooks and sources may be at, "
        'as a JSON array: ["http://10.0.0.5:8080"].',
    )
    log_level: str = Field("info", pattern="^(debug|info|warning|error)$")
