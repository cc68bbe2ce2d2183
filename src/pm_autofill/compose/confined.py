"""A stranger's template, filled in by a process that has little time and memory, and neither files nor variables.

Why: ``docs/decisions/0022-evidence-is-strangers-data.md``.
"""

from __future__ import annotations

import importlib
import json
import pickle
import resource
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from pm_autofill.errors import AutofillError, TemplateMistake

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pm_autofill.evidence import TemplateText
    from pm_autofill.findings import TimelineRow

SECONDS = 10
"""From the order to the document; the built-in template takes some hundredths of one."""
MEMORY = 512 * 2**20
"""Bytes of address space; the built-in template takes a tenth of it."""
_LONGEST_ANSWER = 64 * 2**20
_LONGEST_MESSAGE = 1000
_OWN_TEMPLATE = "Name a template of your own: pm-autofill --from-evidence FILE --template FILE."
_CHILD = "import sys; sys.path[:] = sys.argv[1:]; from pm_autofill.compose.confined import serve; serve()"
# What is imported only when it is needed; by then no file can be opened any more.
_IMPORTED_LATE = ("jinja2.constants", "jinja2.debug", "pprint", "textwrap")
_DOCUMENT, _MISTAKE, _EXHAUSTED = b"D", b"M", b"E"


class Confined:
    """The process that fills one template in.

    Attributes:
        process: The process, with pipes to and from it.
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        """Take a process that was started."""
        self.process = process

    def fill_in(self, template: TemplateText, variables: Mapping[str, object], rows: Sequence[TimelineRow]) -> bytes:
        """The document, as ``rendering.fill_in`` would give it; once.

        Args:
            template: Its name, for messages, and its text; nobody has to have read it.
            variables: What it may name.
            rows: The timeline, for the filter of that name.

        Raises:
            TemplateMistake: The template cannot be filled in.
            AutofillError: It takes more time or memory than it may.
        """
        order = pickle.dumps((template.name, template.text, dict(variables), tuple(rows)), pickle.HIGHEST_PROTOCOL)
        expired = threading.Event()

        def end() -> None:
            expired.set()
            self.process.kill()

        timer = threading.Timer(SECONDS, end)
        timer.start()
        try:
            answer = self._ask(order)
        finally:
            timer.cancel()
        kind, body = answer[:1], answer[1:]
        if kind == _DOCUMENT and len(answer) <= _LONGEST_ANSWER:
            return body
        if kind == _MISTAKE:
            message, hint = json.loads(body)
            raise TemplateMistake(message, hint)
        if expired.is_set():
            problem = f"takes longer than {SECONDS} seconds to fill in"
        elif kind == _EXHAUSTED:
            problem = f"needs more than {MEMORY // 2**20} MiB of memory to fill in"
        else:
            problem = "ended the process that filled it in"
        raise AutofillError(f"the template in the evidence {problem}", _OWN_TEMPLATE)

    def _ask(self, order: bytes) -> bytes:
        """What the process answers; nothing where it was ended."""
        assert self.process.stdin is not None  # noqa: S101 - both are pipes, see ``started``
        assert self.process.stdout is not None  # noqa: S101
        with suppress(BrokenPipeError), self.process.stdin as pipe:
            pipe.write(order)
        return self.process.stdout.read(_LONGEST_ANSWER + 1)


@contextmanager
def started() -> Iterator[Confined]:
    """Start the process, so that it has loaded what it needs by the time it is asked.

    Yields:
        What fills one template in.
    """
    # A fresh interpreter: a fork would hold all this one has open and in memory.
    child = subprocess.Popen(  # noqa: S603 - this interpreter, with a program of ours
        [sys.executable, "-I", "-S", "-B", "-c", _CHILD, *filter(None, sys.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={},
        cwd="/",
    )
    try:
        yield Confined(child)
    finally:
        child.kill()
        for pipe in filter(None, (child.stdin, child.stdout)):
            with suppress(BrokenPipeError):
                pipe.close()
        child.wait()


def serve() -> None:
    """Be that process: load, give up what a template has no use for, fill one in, and answer with plain bytes."""
    from pm_autofill.compose import rendering
    from pm_autofill.evidence.record import TemplateText

    for module in _IMPORTED_LATE:
        importlib.import_module(module)
    rendering.fill_in(TemplateText(name="", text="{{ 'a' }}"), {}, ())  # what is left, such as a codec
    _confine()
    try:
        name, text, variables, rows = pickle.load(sys.stdin.buffer)  # noqa: S301 - made by the process that started this
        sys.stdin.close()
        answer = _DOCUMENT + rendering.fill_in(TemplateText(name=name, text=text), variables, rows)
    except TemplateMistake as error:
        words = (error.message[:_LONGEST_MESSAGE], error.hint[:_LONGEST_MESSAGE])
        answer = _MISTAKE + json.dumps(words).encode()
    except MemoryError:
        answer = _EXHAUSTED
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()


def _confine() -> None:
    """Take away memory and time beyond the limits, and every way to open files and connections, or start processes."""
    _lower(resource.RLIMIT_CPU, 2 * SECONDS)  # should nobody be left to end it
    for kind in (resource.RLIMIT_NOFILE, resource.RLIMIT_FSIZE, resource.RLIMIT_NPROC, resource.RLIMIT_CORE):
        _lower(kind, 0)
    if sys.platform == "linux":  # elsewhere this limit is refused, or means nothing
        _lower(resource.RLIMIT_AS, MEMORY)


def _lower(kind: int, amount: int) -> None:
    hard = resource.getrlimit(kind)[1]
    ceiling = amount if hard == resource.RLIM_INFINITY else min(amount, hard)
    resource.setrlimit(kind, (ceiling, ceiling))
