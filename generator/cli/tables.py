"""What commands list, as rows for people and as JSON for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from generator.building.prepare import Prepared
from generator.model.layers import Layer
from generator.single_pictures import Made


def layer_rows(layers: Sequence[Layer]) -> list[dict[str, Any]]:
    """One JSON value a layer; pairs are ``[vertical, horizontal]``."""
    return [
        {
            "name": layer.name,
            "type": layer.type,
            "conv": layer.ordinal,
            "shape": list(layer.shape),
            "kernel": list(layer.convolution.kernel) if layer.convolution else None,
            "stride": list(layer.convolution.stride) if layer.convolution else None,
            "depth": layer.convolution.depth if layer.convolution else None,
            "parameters": layer.parameters,
            "receptive_field": list(layer.receptive_field) if layer.receptive_field else None,
            "layout": layer.layout.words if layer.layout else None,
        }
        for layer in layers
    ]


def layer_table(layers: Sequence[Layer]) -> Table:
    """The same for reading."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("layer", "conv", "type"):
        table.add_column(heading, no_wrap=True)
    for heading in ("output", "kernel", "parameters", "receptive field"):
        table.add_column(heading, justify="right", no_wrap=True)
    if any(layer.layout for layer in layers):
        table.add_column("maps made of", no_wrap=True)
    for layer in layers:
        table.add_row(
            layer.name,
            f"conv:{layer.ordinal}" if layer.ordinal else "",
            layer.type,
            _by(layer.shape),
            _by((*layer.convolution.kernel, layer.convolution.depth)) if layer.convolution else "",
            f"{layer.parameters:,}" if layer.parameters else "",
            _by(layer.receptive_field) if layer.receptive_field else "?",
            *([layer.layout.words] if layer.layout else []),
        )
    return table


def _by(numbers: Sequence[int]) -> str:
    return "x".join(map(str, numbers))


def plan_rows(prepared: Prepared, reasons: Mapping[str, str]) -> list[dict[str, Any]]:
    """One JSON value a task, in the order of the build; ``seconds`` that it took, if cached.

    Args:
        prepared: what a build would run.
        reasons: why the tasks that are missing are missing, by key.
    """
    records = [prepared.workshop.cache.record(item.key) for item in prepared.plan.tasks]
    return [
        {
            "visualization": item.task.visualization,
            "layer": item.task.layer,
            "channel": item.task.channel,
            "image": item.task.picture,
            "parameters": dict(item.task.parameters),
            "key": item.key,
            "cached": item.key not in reasons,
            "why": reasons.get(item.key),
            "seconds": record.seconds if record else None,
        }
        for item, record in zip(prepared.plan.tasks, records, strict=True)
    ]


def plan_table(rows: Sequence[dict[str, Any]], *, why: bool = False) -> Table:
    """The same for reading, with a column that says why, if that is wanted."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("", "visualization", "layer", "filter", "picture", "key"):
        table.add_column(heading, no_wrap=True)
    if why:
        table.add_column("why")
    for row in rows:
        table.add_row(
            Text("hit") if row["cached"] else Text("missing", style="yellow"),
            row["visualization"],
            row["layer"],
            "" if row["channel"] is None else str(row["channel"]),
            row["image"] or "",
            row["key"][:12],
            *([row["why"] or ""] if why else []),
        )
    return table


def picture_row(made: Made, file: Path) -> dict[str, Any]:
    """One JSON value a picture made by hand: what it is of, where it is, and its facts."""
    return {
        "layer": made.layer,
        "channel": made.channel,
        "facet": made.facet,
        "file": file.as_posix(),
        **made.facts,
        "parameters": dict(made.parameters),
    }


def score_table(rows: Sequence[dict[str, Any]]) -> Table:
    """What maximisation pictures are worth, for reading."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("unit", no_wrap=True)
    for heading in ("activation", "robust", "rank", "fine", "saturated", "agreement"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("flags")
    for row in rows:
        facet = f" facet {row['facet']}" if row["facet"] else ""
        agreement = row["agreement"]
        table.add_row(
            f"{row['layer']}:{row['channel']}{facet}",
            f"{row['activation']:.4g}",
            f"{row['robust']:.4g}",
            str(row["rank"]),
            f"{row['fine']:.2g}",
            f"{row['saturated']:.0%}",
            "" if agreement is None else f"{agreement:.2f}",
            ", ".join(row["flags"]) or "none",
        )
    return table
