"""How large a cache is and what it is made of, as JSON values."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from generator.housekeeping.holdings import Build, File, Holdings, key_of, take_stock, total
from generator.housekeeping.sweep import is_gone


def summary(folder: Path) -> dict[str, Any]:
    """What lies in a cache folder; sizes in bytes."""
    held = take_stock(folder)
    builds = [build for each in held.builds.values() for build in each]
    return {
        "folder": str(folder),
        "there": folder.is_dir(),
        "bytes": held.size,
        "visualizations": _visualizations(held),
        "records": _sum(filed.file for filed in held.records),
        "objects": _sum(held.objects),
        "pictures": _sum(held.pictures),
        "builds": _sum(build.file for build in builds),
        "indexes": _sum(held.known),
        "leftovers": _sum(held.leftovers),
        "damaged": sum(filed.record is None and not filed.strange for filed in held.records),
        "other_versions": sum(filed.strange for filed in held.records),
        "configs": [_config(name, each) for name, each in sorted(held.builds.items())],
    }


def _sum(files: Iterable[File]) -> dict[str, int]:
    found = list(files)
    return {"files": len(found), "bytes": total(found)}


def _visualizations(held: Holdings) -> list[dict[str, Any]]:
    """Results by visualization. Tensors that two share count where they come first."""
    sizes = {key_of(file.path): file.size for file in held.objects}
    found: dict[str, list[int]] = {}
    seen: set[str] = set()
    for filed in held.records:
        if filed.record is None or filed.key in seen:
            continue
        seen.add(filed.key)
        row = found.setdefault(str(filed.record.identity.get("visualization")), [0, 0])
        row[0] += 1
        row[1] += filed.file.size + sizes.pop(filed.record.object, 0)
    return [
        {"name": name, "results": number, "bytes": size}
        for name, (number, size) in sorted(found.items())
    ]


def _config(name: str, builds: tuple[Build, ...]) -> dict[str, Any]:
    newest = builds[0]
    ledger = newest.ledger
    when = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(ledger.looked / 1e9)) if ledger else ""
    return {
        "config": ledger.config if ledger else f"a config whose ledger cannot be read ({name})",
        "builds": len(builds),
        "newest": when,
        "gone": is_gone(newest),
    }
