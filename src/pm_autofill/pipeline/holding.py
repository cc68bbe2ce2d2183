"""A draft's folder, held by one run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contextlib import ExitStack
    from pathlib import Path

    from pm_autofill.pipeline.order import Order


def hold(folder: Path, order: Order, stack: ExitStack) -> None:
    """Keep other runs out from here on, and find out early when the folder holds somebody's text.

    Args:
        folder: The draft's folder.
        order: Whether anything is to be written.
        stack: What holds it until the run's end.

    Raises:
        AutofillError: Another run holds it, or it cannot be written.
    """
    from pm_autofill.publish import directory

    if not order.dry_run:
        stack.enter_context(directory.hold(folder))
        directory.check_writable(folder)
