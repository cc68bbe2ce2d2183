"""``pm-autofill explain PATH FACT``: where a number comes from."""

from __future__ import annotations

import json
from pathlib import Path

import click

from pm_autofill.errors import EvidenceUnreadable, UnreadableFile
from pm_autofill.files import read_bytes


@click.command(short_help="where a number comes from")
@click.argument("path", metavar="PATH")
@click.argument("fact", metavar="FACT")
@click.option("--debug", is_flag=True, help="Show tracebacks.")
def command(path: str, fact: str, *, debug: bool) -> None:
    """Show where FACT of the draft at PATH comes from.

    PATH is a draft's folder or its document; FACT a name such as requests.failed, or SLO/FACT for an SLO's own. Shown
    are the value with its bounds, method and formula, and each query with its link and some of its samples.
    """
    del debug
    from pm_autofill import compose
    from pm_autofill.evidence import load
    from pm_autofill.pipeline.cleaning import clean

    # A mistyped folder must not explain the draft beside it.
    folder = Path(path).parent if Path(path).is_file() else Path(path)
    click.echo(compose.explain(clean(load(folder)), _read_facts(folder), fact), nl=False)


def _read_facts(folder: Path) -> dict[str, object]:
    """The facts document of a draft's folder.

    Raises:
        EvidenceUnreadable: It is missing or damaged.
    """
    from pm_autofill.evidence.file import MOST_BYTES

    file = folder / "facts.json"
    try:
        found = json.loads(read_bytes(file, MOST_BYTES, plain=True))
    except (UnreadableFile, ValueError, RecursionError) as error:
        reason = error.reason if isinstance(error, UnreadableFile) else "it is no JSON"
        message = f"cannot read facts from {file}: {reason}"
        raise EvidenceUnreadable(message, "Name the folder of a draft, or its postmortem.md.") from None
    if not isinstance(found, dict) or "facts" not in found:
        message = f"{file} is no facts document"
        raise EvidenceUnreadable(message, "Name the folder of a draft, or its postmortem.md.")
    return found
