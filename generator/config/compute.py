"""``compute:``, where tasks run. What a site shows does not depend on it."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import Field, model_validator

from generator.config.fields import Group, PathText

Executor: TypeAlias = Literal["local", "processes", "dask"]


class Dask(Group):
    """Which cluster. Without keys, one of this machine's own, which ends with the build."""

    address: str | None = Field(
        default=None,
        min_length=1,
        description="Where the scheduler of a running cluster is, such as tcp://10.0.0.5:8786.",
    )
    scheduler_file: PathText | None = Field(
        default=None, description="A file that says so, as dask scheduler --scheduler-file writes."
    )

    @model_validator(mode="after")
    def _one(self) -> Dask:
        if self.address and self.scheduler_file:
            raise ValueError("address and scheduler_file name a cluster each; give one of them")
        return self


class Compute(Group):
    """Who computes."""

    executor: Executor = Field(
        default="local",
        description="local: this process; processes: several of this machine; dask: a cluster, "
        "for which the package's extra is installed: pip install 'cnn-gallery[dask]'.",
    )
    workers: int | None = Field(
        default=None,
        ge=1,
        le=1024,
        strict=True,
        description="How many processes are started, of processes or of dask's own cluster; one a "
        "processor when left out.",
    )
    threads: int | None = Field(
        default=None,
        ge=1,
        le=1024,
        strict=True,
        description="Threads of torch in each of them; when left out, the processors are shared "
        "among the processes that are started, and workers of a running cluster keep theirs.",
    )
    dask: Dask = Field(default_factory=Dask, description="Which cluster dask computes on.")
