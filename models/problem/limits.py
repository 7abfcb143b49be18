"""How much time and memory an answer may take."""

from pydantic import Field

from models.value import Value


class Limits(Value):
    """How much time and memory an answer may take."""

    seconds: float = Field(
        60,
        gt=0,
        le=24 * 3600,
        description="Seconds after which the search ends with the best schedule so far.",
    )
    memory_mb: int = Field(
        4096, ge=256, le=1_000_000, description="Megabytes of memory that the solve may use."
    )
    workers: int = Field(2, ge=1, le=64, description="Cores to keep busy.")
    seed: int = Field(1, ge=0, le=2**31 - 1, description="The seed of the random choices.")
    reproducible: bool = Field(
        False, description="Same input, seed, versions and machine type: same schedule."
    )
