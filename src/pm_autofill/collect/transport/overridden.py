"""Whether urllib3 is the one its own package installed."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def urllib3_overridden() -> bool:
    """Whether another package has put itself in urllib3's place.

    urllib3-future does, unless it was built with ``URLLIB3_NO_OVERRIDE=1``; then what runs is not what is listed.
    """
    from urllib3._version import __version__ as running

    try:
        return version("urllib3") != running
    except PackageNotFoundError:
        return True
