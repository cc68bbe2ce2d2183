"""Templates made into text: sandboxed, strict about names, and bounded in size."""

from __future__ import annotations

import difflib
import re
from functools import cache, partial
from typing import TYPE_CHECKING

from jinja2 import FunctionLoader, StrictUndefined, TemplateError, TemplateNotFound, TemplateSyntaxError, nodes
from jinja2.meta import find_undeclared_variables
from jinja2.sandbox import ImmutableSandboxedEnvironment

from pm_autofill.compose.slot import beside, print_value, prompt
from pm_autofill.compose.stamps import enclose_lines, enclose_rows, stamp
from pm_autofill.compose.timeline import merge_timeline
from pm_autofill.errors import TemplateMistake

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from types import CodeType

    from jinja2 import Environment

    from pm_autofill.evidence import TemplateText
    from pm_autofill.findings import TimelineRow

SIZE_LIMIT = 8 * 1024 * 1024
FILTERS = ("prompt", "beside", "slot", "timeline")
"""Our own filters; Jinja's stand beside them."""


def fill_in(template: TemplateText, variables: Mapping[str, object], rows: Sequence[TimelineRow]) -> bytes:
    """The whole document in UTF-8, each generated span with its marker; as ``render`` otherwise."""
    return stamp(render(template, variables, rows)).encode()


def render(template: TemplateText, variables: Mapping[str, object], rows: Sequence[TimelineRow]) -> str:
    """Fill a template in.

    Args:
        template: Its name, for messages, and its text; trusted to be the user's own, yet kept in a sandbox.
        variables: What it may name; every text in them is Markdown already. They are never read as a template.
        rows: The timeline, for the filter of that name.

    Returns:
        The document, its generated spans within their limits.

    Raises:
        TemplateMistake: The template is no valid Jinja, names something that does not exist, fails while it is filled
            in, or grows beyond ``SIZE_LIMIT`` bytes.
    """
    environment = _environment(template, rows)
    try:
        code = _compile(template, frozenset(variables))
        filled = environment.template_class.from_code(environment, code, environment.make_globals(None))
        return _collect(template, filled.generate(variables))
    except TemplateSyntaxError as error:
        raise _mistake(template, error.lineno, error.message or "is no valid Jinja", _known_filters(error)) from None
    except TemplateNotFound as error:
        message = f"asks for another template, {error.name!r}"
        raise _mistake(template, _line_of(template, error), message, "A template is one file.") from None
    except (TemplateError, ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:
        names = f"Known names: {', '.join(sorted(variables))}."
        raise _mistake(template, _line_of(template, error), str(error), names) from None


def check(template: TemplateText, known: Mapping[str, object]) -> None:
    """Find out, before anything is collected, whether a template can be filled in at all.

    Args:
        template: Its name and text.
        known: The variables it may name.

    Raises:
        TemplateMistake: It is no valid Jinja, or names something that does not exist.
    """
    try:
        _compile(template, frozenset(known))
    except TemplateSyntaxError as error:
        raise _mistake(template, error.lineno, error.message or "is no valid Jinja", _known_filters(error)) from None


@cache
def _compile(template: TemplateText, names: frozenset[str]) -> CodeType:
    """A template's code, its names checked; once, as a run asks for it before it collects and when it composes."""
    environment = _environment(template, ())
    _check_names(environment, template, names)
    code: CodeType = environment.compile(template.text, template.name, template.name)
    return code


def _environment(template: TemplateText, rows: Sequence[TimelineRow]) -> Environment:
    def load(name: str) -> tuple[str, str, None] | None:
        return (template.text, template.name, None) if name == template.name else None

    environment = ImmutableSandboxedEnvironment(
        loader=FunctionLoader(load),
        undefined=StrictUndefined,
        autoescape=False,  # the document is Markdown, and every text in the variables is escaped as such
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=print_value,
    )
    environment.filters |= {
        "prompt": prompt,
        "beside": beside,
        "slot": enclose_lines,
        "timeline": partial(_timeline, rows),
    }
    return environment


def _timeline(rows: Sequence[TimelineRow], template_rows: str) -> str:
    return enclose_rows("timeline", merge_timeline(rows, template_rows))


def _check_names(environment: Environment, template: TemplateText, names: frozenset[str]) -> None:
    """Names in branches that this incident does not reach are checked all the same."""
    tree = environment.parse(template.text, template.name)
    asked = {test.node.name for test in tree.find_all(nodes.Test) if isinstance(test.node, nodes.Name)}
    wrong = find_undeclared_variables(tree) - names - environment.globals.keys() - asked
    for name in tree.find_all(nodes.Name):
        if name.name in wrong:
            raise _mistake(template, name.lineno, f"{name.name!r} is not defined", _nearest(name.name, names))


def _collect(template: TemplateText, pieces: Iterable[str]) -> str:
    text, size = [], 0
    for piece in pieces:
        size += len(piece.encode())
        if size > SIZE_LIMIT:
            hint = "Look for a loop that repeats more than it should."
            raise _mistake(template, None, f"fills in to more than {SIZE_LIMIT // 2**20} MiB", hint)
        text.append(piece)
    return "".join(text)


def _mistake(template: TemplateText, line: int | None, message: str, hint: str) -> TemplateMistake:
    place = f"{template.name}, line {line}" if line else template.name
    return TemplateMistake(f"{place}: {message.rstrip('.')}", hint)


def _nearest(name: str, names: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, sorted(names), n=1)
    return f"{f'Did you mean {near[0]}? ' if near else ''}Known names: {', '.join(sorted(names))}."


def _known_filters(error: TemplateSyntaxError) -> str:
    if re.search(r"[Nn]o filter named", error.message or ""):
        return f"Filters beside Jinja's own: {', '.join(FILTERS)}."
    return "See docs/template.md."


def _line_of(template: TemplateText, error: BaseException) -> int | None:
    """The template's line in an error's traceback; Jinja puts it there."""
    line, trace = None, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == template.name:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
