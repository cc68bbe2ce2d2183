"""A git repository that is fetched into a folder of its own: no work tree, nobody's configuration, no hooks."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from pm_autofill.collect.transport.credentials import redact
from pm_autofill.errors import AutofillError, SourceUnavailable, UsageError
from pm_autofill.wording.markdown import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from pm_autofill.collect.transport.limits import Deadline
    from pm_autofill.publish.remote import Remote

_DEPTH = 50
_HEADS = "refs/heads/"
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+@-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.+@-]*)*")
_FILE_MODES = {"100644", "100755"}
_OVERTAKEN = re.compile(rb"^!\t.*(?:\[rejected\]|cannot lock ref|failed to update ref)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Heads:
    """What the remote's branches point to.

    Attributes:
        base: Name of the branch that drafts are merged into.
        base_tip: Its commit.
        tip: The commit of the draft's branch; None where it does not exist.
    """

    base: str
    base_tip: str
    tip: str | None


class Repository:
    """One remote, fetched as far as needed. History is only ever added to: there is no way here to force a push."""

    def __init__(self, folder: Path, remote: Remote, deadline: Deadline, variables: Mapping[str, str]) -> None:
        """Make an empty repository; nothing is contacted.

        Args:
            folder: An empty folder for it.
            remote: Where it comes from.
            deadline: When every command must have ended.
            variables: The process's own; git gets those that it needs, and who the author is.
        """
        self._folder = folder
        self._remote = remote
        self._deadline = deadline
        self._variables = remote.environment(variables) | {"GIT_DIR": str(folder)}
        self._run("init", "--quiet", "--bare", "--template=", str(folder))

    def fetch(self, base: str | None, branch: str) -> Heads:
        """Fetch a base and the draft's branch, if there is one.

        Args:
            base: Name of the base; None for the remote's default branch.
            branch: Name of the draft's branch.

        Raises:
            UsageError: There is no such base, or no default branch.
            SourceUnavailable: The remote cannot be read.
        """
        tips, default = self._list()
        wanted = base or default
        if wanted not in tips or not _NAME.fullmatch(wanted):
            what = f"no branch {wanted!r}" if wanted else "no default branch"
            raise UsageError(f"{self._remote.url} has {what}", "Name the branch to merge into under `base`.")
        found = [name for name in (wanted, branch) if name in tips]
        commits = self._fetch(found)
        return Heads(wanted, commits[0], commits[1] if len(commits) > 1 else None)

    def fetch_all(self, prefix: str) -> dict[str, str]:
        """Fetch every branch whose name begins with a prefix.

        Returns:
            The commit of each, by the rest of its name.

        Raises:
            SourceUnavailable: The remote cannot be read.
        """
        tips, _ = self._list()
        found = sorted(name for name in tips if name.startswith(prefix) and _NAME.fullmatch(name))
        commits = self._fetch(found) if found else []
        return {name.removeprefix(prefix): commit for name, commit in zip(found, commits, strict=True)}

    def contains(self, tip: str, ancestor: str) -> bool:
        """Whether a commit descends from another, as far as history was fetched."""
        return self._try("merge-base", "--is-ancestor", ancestor, tip).returncode == 0

    def files(self, commit: str, folder: str) -> dict[str, bytes]:
        """The plain files of a folder by their path inside it; links and the like are left out.

        Raises:
            AutofillError: A path leads out of the folder.
        """
        found: dict[str, bytes] = {}
        for mode, digest, path in self._entries(commit, folder):
            inside = path.removeprefix(f"{folder}/")
            if {"", ".", "..", ".git"} & set(PurePosixPath(inside).parts) or inside.startswith("/"):
                raise AutofillError(f"the branch holds a file of the name {plain(path)!r}", "Remove it there.")
            if mode in _FILE_MODES:
                found[inside] = self._run("cat-file", "blob", digest)
        return found

    def versions(self, commit: str, path: str) -> Iterator[bytes]:
        """What a file was in the commits up to one, newest first."""
        commits = self._run("log", "--format=%H", commit, "--", path).decode().split()
        for one in commits:
            shown = self._try("cat-file", "blob", f"{one}:{path}")
            if shown.returncode == 0:
                yield shown.stdout

    def last_change(self, commit: str, folder: str) -> str:
        """The newest commit that changed a folder; the given one where none is known."""
        return self._run("log", "-1", "--format=%H", commit, "--", folder).decode().strip() or commit

    def commit(self, parents: Sequence[str], folder: str, files: Mapping[str, bytes | None], message: str) -> str:
        """Make a commit on top of the last parent's files.

        Args:
            parents: The commits it follows.
            folder: The folder that is changed.
            files: New content by path inside the folder; None for a file to remove.
            message: What it says.

        Returns:
            The commit; nothing is pushed.

        Raises:
            AutofillError: What is to be changed is no plain file there.
        """
        self._run("read-tree", parents[-1])
        modes = {path: mode for mode, _, path in self._entries(parents[-1], folder)}
        lines = []
        for name, data in sorted(files.items()):
            path = f"{folder}/{name}"
            if modes.get(path, "100644") not in _FILE_MODES:
                raise AutofillError(f"{plain(path)} on the branch is no plain file", "Replace it by a file there.")
            digest = (
                "0" * 40 if data is None else self._run("hash-object", "-w", "--stdin", given=data).decode().strip()
            )
            lines.append(f"{'0' if data is None else modes.get(path, '100644')} {digest}\t{path}\0")
        self._run("update-index", "-z", "--index-info", given="".join(lines).encode())
        tree = self._run("write-tree", "--missing-ok").decode().strip()
        follows = [word for parent in parents for word in ("-p", parent)]
        return self._run("commit-tree", tree, *follows, "-F", "-", given=message.encode()).decode().strip()

    def push(self, commit: str, branch: str) -> bool:
        """Push a commit to a branch, unless somebody has pushed there meanwhile.

        Returns:
            Whether the branch is at the commit now; if not, fetch again.

        Raises:
            SourceUnavailable: The remote refuses it for another reason.
        """
        arguments = ("push", "--porcelain", "--no-verify", "origin", f"{commit}:{_HEADS}{branch}")
        done = self._try(*arguments)
        # "fetch first" and "non-fast-forward" are git's own refusals, the last is a server's that lost a race.
        if done.returncode and _OVERTAKEN.search(done.stdout):
            return False
        if done.returncode:
            raise self._failure("push", done)
        return True

    def _list(self) -> tuple[dict[str, str], str]:
        """The remote's branches with their commits, and the name of the default one; empty where there is none."""
        lines = self._run("ls-remote", "--symref", "origin").decode(errors="replace").splitlines()
        pairs = [line.partition("\t")[::2] for line in lines]
        tips = {name.removeprefix(_HEADS): commit for commit, name in pairs if name.startswith(_HEADS)}
        default = next((head.removeprefix(f"ref: {_HEADS}") for head, name in pairs if name == "HEAD"), "")
        return tips, default if default in tips else ""

    def _fetch(self, branches: Sequence[str]) -> list[str]:
        """Fetch branches; their commits as they are now, which may not be those that were listed."""
        refs = [f"+{_HEADS}{name}:refs/remotes/origin/{name}" for name in branches]
        options = ("--quiet", "--no-tags", "--no-write-fetch-head", f"--depth={_DEPTH}", "--filter=blob:none")
        self._run("fetch", *options, "origin", *refs)
        return [self._run("rev-parse", f"refs/remotes/origin/{name}").decode().strip() for name in branches]

    def _entries(self, commit: str, folder: str) -> list[tuple[str, str, str]]:
        """Mode, digest and path of everything below a folder."""
        listed = self._run("ls-tree", "-r", "-z", "--full-tree", commit, "--", f"{folder}/").decode(
            errors="surrogateescape"
        )
        heads = (entry.partition("\t") for entry in listed.split("\0") if entry)
        return [(*head.split()[::2], path) for head, _, path in heads]  # type: ignore[misc]

    def _run(self, *arguments: str, given: bytes = b"") -> bytes:
        done = self._try(*arguments, given=given)
        if done.returncode:
            raise self._failure(arguments[0], done)
        return done.stdout

    def _try(self, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """Run git without a shell.

        Raises:
            SourceUnavailable: It is not installed, or did not end in time.
        """
        try:
            return subprocess.run(  # noqa: S603 - no shell; every argument is ours or was checked
                ["git", "--literal-pathspecs", *arguments],  # noqa: S607 - the user's git
                cwd=self._folder,
                env=dict(self._variables),
                input=given,
                capture_output=True,
                check=False,
                timeout=max(0.1, self._deadline.remaining()),
            )
        except FileNotFoundError:
            raise SourceUnavailable("git", "git is not installed", "Install git 2.31 or newer.") from None
        except subprocess.TimeoutExpired:
            message = f"git {arguments[0]} with {self._remote.url} did not end before the deadline"
            raise SourceUnavailable("git", message, "Give it more time with --deadline.") from None

    def _failure(self, command: str, done: subprocess.CompletedProcess[bytes]) -> SourceUnavailable:
        """What git said, without what signs in."""
        said = redact(done.stderr.decode(errors="replace"), self._remote.headers.items())
        lines = [line for line in said.splitlines() if line.startswith(("fatal:", "error:", "remote:"))]
        reason = plain(" ".join(lines) or said or f"exit code {done.returncode}", limit=300)
        hint = "Check the remote, the token and its right to push branches."
        return SourceUnavailable("git", f"git {command} with {self._remote.url} failed: {reason}", hint)


def check_branch(name: str) -> str:
    """A branch's name, if it can be one and cannot be taken for an option.

    Raises:
        UsageError: It cannot.
    """
    if not _NAME.fullmatch(name) or ".." in name or name.endswith((".lock", ".")):
        raise UsageError(f"{plain(name)!r} cannot be the name of a branch", "Use letters, digits, '-', '_' and '/'.")
    return name
