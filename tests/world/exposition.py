"""Write series in the formats that engines import."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from .samples import Series


def write_openmetrics(series: Iterable[Series], path: Path) -> None:
    """Write series as OpenMetrics text, which ``promtool tsdb create-blocks-from openmetrics`` reads.

    Args:
        series: What to write.
        path: The file to write.
    """
    with path.open("w", encoding="utf-8") as file:
        for one in series:
            head = one.name + "{" + ",".join(f"{name}={json.dumps(value)}" for name, value in one.labels[1:]) + "} "
            samples = zip(one.values.tolist(), one.times.tolist(), strict=True)
            file.writelines(f"{head}{value:.17g} {time / 1000:.3f}\n" for value, time in samples)
        file.write("# EOF\n")


def json_lines(series: Iterable[Series]) -> bytes:
    """Series as JSON lines, which VictoriaMetrics reads at ``/api/v1/import``.

    Args:
        series: What to write.

    Returns:
        One line per series, with values and millisecond timestamps.
    """
    return b"".join(
        json.dumps(
            {"metric": dict(one.labels), "values": one.values.tolist(), "timestamps": one.times.tolist()},
            separators=(",", ":"),
        ).encode()
        + b"\n"
        for one in series
    )
