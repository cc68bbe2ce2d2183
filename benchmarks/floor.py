"""What no draft can do without, measured bare: the imports, the round trips, the drawing. Each is a process of its own.

    python benchmarks/floor.py imports
    python benchmarks/floor.py network URL TOKEN INCIDENT
    python benchmarks/floor.py drawing FOLDER

``drawing`` prints what drawing took, in seconds that passed and of processor time; the others are timed from outside,
their interpreter's start included.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ROUNDS = 3  # the incident; everything at once; what depends on start and recovery
MOST_LINES = 12
REPEATS = 2


def imports() -> None:
    """The packages a draft cannot be made without, as late as an import can be, and nothing of ours."""
    import filelock  # noqa: F401
    import grafana_client  # noqa: F401
    import jinja2.sandbox  # noqa: F401
    import matplotlib.backends.backend_agg
    import matplotlib.figure  # noqa: F401
    import msgspec  # noqa: F401
    import numpy as np  # noqa: F401
    import pagerduty  # noqa: F401
    import pandas as pd  # noqa: F401
    import yaml  # noqa: F401
    from prometheus_api_client import PrometheusConnect  # noqa: F401


def network(url: str, token: str, incident: str) -> None:
    """One client's HTTP library, and as many round trips one after the other as there are rounds."""
    import httpx2
    import pagerduty  # noqa: F401 - it brings httpx2

    with httpx2.Client(headers={"Authorization": f"Token token={token}"}) as client:
        for _ in range(ROUNDS):
            client.get(f"{url}/incidents/{incident}").raise_for_status()


def drawing(folder: str) -> None:
    """The figures of a finished draft, by their sizes and data: plain lines, nothing thought about; the faster pass."""
    import time
    from pathlib import Path

    figures = [_read(file) for file in sorted(Path(folder).glob("*.csv"))]
    taken = []
    for _ in range(REPEATS + 1):  # the first pass warms up
        wall, processor = time.perf_counter(), time.process_time()
        for pixels, times, columns in figures:
            _draw(pixels, times, columns)
        taken.append((time.perf_counter() - wall, time.process_time() - processor))
    print(*(min(several) for several in zip(*taken[1:], strict=True)))


def _read(file: Path) -> tuple[tuple[int, int], Floats, dict[str, Floats]]:
    """The picture's size in pixels, the times, and the columns by name, of a CSV and the PNG beside it."""
    import numpy as np
    import pandas as pd

    header = file.with_suffix(".png").read_bytes()[16:24]
    pixels = int.from_bytes(header[:4], "big"), int.from_bytes(header[4:], "big")
    data = pd.read_csv(file, index_col=0)
    times = (
        pd.to_datetime(data.index, utc=True, format="ISO8601")
        .as_unit("s")
        .astype("int64")
        .to_numpy()
        .astype(np.float64)
    )
    return pixels, times, {str(name): data[name].to_numpy(dtype=np.float64) for name in list(data)[:MOST_LINES]}


def _draw(pixels: tuple[int, int], times: Floats, columns: dict[str, Floats]) -> None:
    """A figure of lines with a shaded stretch, three marks and a legend, as PNG."""
    from io import BytesIO

    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(pixels[0] / 120, pixels[1] / 120), dpi=120)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.08, 0.15, 0.8, 0.7))
    for name, values in columns.items():
        axes.plot(times, values, label=name)
    begin, length = times[0], times[-1] - times[0]
    axes.axvspan(begin + length / 3, begin + length / 2, color="0.9")
    for share in (0.34, 0.4, 0.49):
        axes.axvline(begin + length * share, color="0.3")
    axes.set_title("figure")
    axes.legend()
    figure.savefig(BytesIO(), format="png")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["imports"]:
            imports()
        case ["network", url, token, incident]:
            network(url, token, incident)
        case ["drawing", folder]:
            drawing(folder)
        case _:
            sys.exit(__doc__)
