"""The visualizations: the built-in ones, and those of other packages."""

from __future__ import annotations

from collections.abc import Iterator

from generator.doctor.finding import Finding
from generator.errors import ConfigError


def visualizations() -> Iterator[Finding]:
    """Each kind that a config may ask for, and the package that it comes from."""
    from generator.visualizations import registry

    try:
        found = registry()
    except ConfigError as error:
        yield Finding("Visualizations", "installed", error.message, "stop", error.hint)
        return
    for name, kind in found.items():
        package = type(kind).__module__.partition(".")[0]
        origin = "built in" if package == "generator" else f"from the package {package}"
        yield Finding("Visualizations", name, f"{origin}, version {kind.version}")
