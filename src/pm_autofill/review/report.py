"""Issues as people and programs read them: lines, JSON, annotations of GitHub, a code quality report for GitLab.

JSON is ASCII: what a terminal would obey is escaped in it, and what no encoding can hold as well.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import TYPE_CHECKING

from pm_autofill.review.checking import KINDS
from pm_autofill.wording.markdown import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pm_autofill.review.page import Issue

_LIMIT = 400
# GitHub shows ten of each level per step: what is to be filled in must not keep what is wrong from being shown.
_LEVELS = {"blank": "notice", "hint": "notice", "status": "notice", "action_item": "warning", "priority": "warning"}
_SEVERITIES = {"blank": "info", "hint": "info", "status": "info", "contradiction": "major", "broken_link": "major"}


def as_lines(issues: Sequence[Issue], path: str) -> str:
    """One line each: ``path:line: section: what``, as editors and terminals understand it."""
    return "".join(f"{path}:{one.line}: {_told(one)}\n" for one in issues)


def as_summary(issues: Sequence[Issue]) -> str:
    """How many of what, on one line."""
    if not issues:
        return "nothing found"
    counts = Counter(one.code for one in issues)
    return f"{len(issues)} left: " + ", ".join(
        f"{counts[code]} {words}" for code, words in KINDS.items() if counts[code]
    )


def as_json(issues: Sequence[Issue], path: str, status: str) -> str:
    """One object: path, the document's status, exit code and the issues."""
    told = [{"code": one.code, "line": one.line, "section": one.section, "text": one.text} for one in issues]
    return json.dumps({"path": path, "status": status, "exit": int(bool(issues)), "issues": told})


def as_github(issues: Sequence[Issue], path: str) -> str:
    """Workflow commands, which GitHub shows beside the lines of a change."""
    return "".join(
        f"::{_LEVELS.get(one.code, 'error')} file={_property(path)},line={one.line},"
        f"title={_property(KINDS[one.code])}::{_data(_told(one))}\n"
        for one in issues
    )


def as_gitlab(issues: Sequence[Issue], path: str) -> str:
    """A code quality report, which GitLab shows beside the lines of a change."""
    return json.dumps(
        [
            {
                "description": _told(one),
                "check_name": f"pm-autofill/{one.code}",
                # Without the line, so that an issue that moves is the same one; counted, where it is there twice.
                "fingerprint": hashlib.sha256(f"{path}\n{one.code}\n{_told(one)}\n{number}".encode()).hexdigest(),
                "severity": _SEVERITIES.get(one.code, "minor"),
                "location": {"path": path, "lines": {"begin": one.line}},
            }
            for one, number in zip(issues, _numbers(issues), strict=True)
        ],
        indent=2,
    )


def _told(one: Issue) -> str:
    return plain(f"{one.section}: {one.text}" if one.section else one.text, limit=_LIMIT)


def _numbers(issues: Sequence[Issue]) -> list[int]:
    """How often each issue was told before."""
    seen = Counter[tuple[str, str]]()
    numbers = []
    for one in issues:
        key = (one.code, _told(one))
        numbers.append(seen[key])
        seen[key] += 1
    return numbers


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
