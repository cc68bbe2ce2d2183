"""A draft as a change request: all is read and planned first, then one commit is pushed and one description written.

Nothing is forced: the commit stands on what the branch holds, and when somebody pushes meanwhile, all begins anew.
"""

from __future__ import annotations

import difflib
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pm_autofill.errors import AutofillError, DocumentNotOurs, SourceUnavailable
from pm_autofill.publish.change_request import Proposal, State
from pm_autofill.publish.description import compose_body, compose_title, is_ours, merge_body
from pm_autofill.publish.directory import DOCUMENT, GRAPHS, hold
from pm_autofill.publish.draft import content, has_news, put
from pm_autofill.publish.repository import check_branch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pm_autofill.publish.change_request import ChangeRequest, Host
    from pm_autofill.publish.description import Summary
    from pm_autofill.publish.draft import Draft
    from pm_autofill.publish.repository import Heads, Repository
    from pm_autofill.redaction.secrets import Secrets

_RACES = 5
BRANCHES = "post-mortem/"


@dataclass(frozen=True, slots=True)
class Place:
    """Where drafts go in a repository.

    Attributes:
        folder: The folder that holds them all.
        base: The branch they are merged into; None for the default branch.
    """

    folder: str
    base: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What became of it.

    Attributes:
        action: "opened", "updated", "unchanged", "closed" (a human closed the change request: nothing was done), or
            what it would be, on a dry run.
        url: The change request; empty where there is none.
        page: The document on its branch.
        branch: The branch.
        difference: What the document's branch gains, as a unified diff.
        body: The description, as it would be on a dry run.
        remark: What the user should know; may be empty.
    """

    action: str
    url: str
    page: str
    branch: str
    difference: str = ""
    body: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be done, before anything is.

    Attributes:
        parents: The commits that the new one follows; the last one's files are what it changes.
        folder: The draft's folder in the repository.
        changes: New content by path inside it; None for a file to remove.
        difference: Of the document.
        place: The folder as it will be.
    """

    parents: tuple[str, ...]
    folder: str
    changes: Mapping[str, bytes | None]
    difference: str
    place: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """How drafts get to a git host.

    Attributes:
        host: The host.
        repository: Makes a repository of the host's remote in an empty folder.
        place: Where in it.
        summarise: From a folder, the addresses of its graphs and of its document to what the description tells.
        known: The secrets of this run, none of which goes there; what humans wrote into the document stays theirs.
        dry_run: Whether to change nothing.
    """

    host: Host
    repository: Callable[[Path], Repository]
    place: Place
    summarise: Callable[[Path, Mapping[str, str], str], Summary]
    known: Secrets
    dry_run: bool = False

    def publish(self, draft: Draft) -> Published:
        """Open or update the change request of a draft.

        Returns:
            What became of it.

        Raises:
            TextsApart: Humans changed the document here and on the branch, each in its own way.
            AutofillError: The host or its remote could not be read or written; a push that was refused changes nothing.
        """
        branch = check_branch(BRANCHES + draft.name)
        for _ in range(_RACES):
            with tempfile.TemporaryDirectory(prefix="pm-autofill-") as folder:
                done = self._attempt(draft, branch, Path(folder))
            if done is not None:
                return done
        message = f"the branch {branch} was pushed to by others {_RACES} times while this tried"
        raise SourceUnavailable("git", message, "Run it again.")

    def _attempt(self, draft: Draft, branch: str, scratch: Path) -> Published | None:
        """Plan and carry out; None when somebody pushed meanwhile."""
        (scratch / "git").mkdir()
        repository = self.repository(scratch / "git")
        heads = repository.fetch(self.place.base, branch)
        request = self.host.find(branch)
        page = self.host.page_url(branch, f"{self.place.folder}/{draft.name}/{DOCUMENT}")
        done = partial(Published, url=request.url if request else "", branch=branch, page=page)
        if request and request.state is State.CLOSED and heads.tip in (None, request.head):
            return done(action="closed", remark="it was closed: reopen it, and publish again")
        plan = _plan(draft, repository, heads, request, f"{self.place.folder}/{draft.name}", scratch)
        is_new = request is None or request.state is not State.OPEN
        if not plan.changes and is_new and plan.parents[-1] == heads.base_tip:
            return done(action="unchanged", remark=f"{heads.base} holds this draft already")
        tip = plan.parents[-1]
        if plan.changes:
            tip = repository.commit(plan.parents, plan.folder, plan.changes, _message(draft, is_new=heads.tip is None))
        body = self._body(draft, repository, plan, tip, page)
        if self.dry_run:
            action = "opened" if is_new else "updated" if plan.changes else "unchanged"
            return done(action=action, difference=plan.difference, body=body)
        if plan.changes and not repository.push(tip, branch):
            return None
        if is_new:
            title = self.known.mask(compose_title(draft.facts, draft.name))
            opened = self.host.open(Proposal(branch, heads.base, title, body))
            return done(action="opened", url=opened.url, difference=plan.difference)
        assert request is not None  # noqa: S101 - it is open
        described, remark = self._describe(request, body)
        action = "updated" if plan.changes or described else "unchanged"
        return done(action=action, difference=plan.difference, remark=remark)

    def _body(self, draft: Draft, repository: Repository, plan: _Plan, tip: str, page: str) -> str:
        """The description for a folder as it will be."""
        commit = repository.last_change(tip, f"{plan.folder}/{GRAPHS}")
        drawn = sorted(path.name for path in (plan.place / GRAPHS).glob("*.png") if path.name in draft.files.graphs)
        graphs = {name[3:-4]: self.host.file_url(commit, f"{plan.folder}/{GRAPHS}/{name}") for name in drawn}
        return compose_body(self.summarise(plan.place, graphs, page), self.host.longest_body, self.known)

    def _describe(self, request: ChangeRequest, body: str) -> tuple[bool, str]:
        """Bring a description up to date, unless a human has taken it over."""
        if not is_ours(request.body):
            return False, "its description was changed by hand and is left as it is"
        merged = merge_body(request.body, body)
        if merged == request.body:
            return False, ""
        self.host.describe(request, merged)
        return True, ""


def _plan(
    draft: Draft, repository: Repository, heads: Heads, request: ChangeRequest | None, folder: str, scratch: Path
) -> _Plan:
    """The folder as it will be, and the commits it stands on."""
    parents = _parents(repository, heads, request)
    place = scratch / draft.name
    before = repository.files(parents[-1], folder)
    _fill(place, before)
    try:
        put(draft, place, repository.versions(parents[-1], f"{folder}/{DOCUMENT}"))
    except DocumentNotOurs:
        message = f"{folder} on the branch holds nothing that pm-autofill wrote: nothing is published"
        raise DocumentNotOurs(message, "Move it away there.") from None
    after = content(place)
    gone = {name: None for name in before if not (place / name).exists()}
    changed = {name: data for name, data in after.items() if before.get(name) != data}
    changes = {**gone, **changed} if has_news(before, after) else {}
    return _Plan(parents, folder, changes, _difference(before, after, folder), place)


def _parents(repository: Repository, heads: Heads, request: ChangeRequest | None) -> tuple[str, ...]:
    """What the commit follows: the branch; the base where there is none, or where it holds the branch's work."""
    if heads.tip is None or repository.contains(heads.base_tip, heads.tip):
        return (heads.base_tip,)
    if request and request.state is State.MERGED and request.head == heads.tip:
        return (heads.tip, heads.base_tip)  # squashed or rebased: the base has its text under another commit
    return (heads.tip,)


def _difference(before: Mapping[str, bytes], after: Mapping[str, bytes], folder: str) -> str:
    name = f"{folder}/{DOCUMENT}"
    old, new = (
        files.get(DOCUMENT, b"").decode(errors="replace").splitlines(keepends=True) for files in (before, after)
    )
    return "".join(difflib.unified_diff(old, new, fromfile=name if old else "/dev/null", tofile=name))


def _message(draft: Draft, *, is_new: bool) -> str:
    """What the commit says; names of files only, for titles are outside text."""
    verb = "Draft" if is_new else "Refresh"
    return f"{verb} the post-mortem {draft.name}\n"


def restore(repository: Repository, place: Place, output: Path) -> list[Path]:
    """Bring the drafts that are on branches here, so that the next run goes on from what humans made of them.

    Args:
        repository: The host's, nothing fetched yet.
        place: Where drafts are in it.
        output: The folder that holds all drafts here; a draft that is in it already is left alone.

    Returns:
        The folders that were made.

    Raises:
        AutofillError: The remote cannot be read, or the folder not be written.
    """
    made = []
    for name, commit in repository.fetch_all(BRANCHES).items():
        target = output / name
        if "/" in name or target.exists():
            continue
        files = repository.files(commit, f"{place.folder}/{name}")
        if files:
            _appear(target, files)
            made.append(target)
    return made


def _appear(target: Path, files: Mapping[str, bytes]) -> None:
    """Make a folder with files, whole or not at all: one that is there already is never looked at again.

    Raises:
        AutofillError: It cannot be made.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".pm-autofill-", dir=target.parent) as scratch:
            _fill(Path(scratch) / target.name, files)
            (Path(scratch) / target.name).rename(target)
    except OSError as error:
        message = f"cannot make {target}: {error.strerror or error}"
        raise AutofillError(message, "Check the folder's rights and the free space.") from None


def _fill(place: Path, files: Mapping[str, bytes]) -> None:
    """Write files into a folder that is new.

    Raises:
        AutofillError: They cannot be written.
    """
    try:
        for name, data in files.items():
            path = place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    except OSError as error:
        message = f"cannot write {error.filename or place}: {error.strerror or error}"
        raise AutofillError(message, "Check the folder's rights and the free space.") from None


def publish_to_directory(draft: Draft, into: Path, *, dry_run: bool = False) -> Published:
    """Put a draft into a folder of another place, such as a share or a wiki's clone.

    Args:
        draft: The draft.
        into: The folder that holds all drafts there.
        dry_run: Whether to change nothing.

    Raises:
        TextsApart: Humans changed both documents, each in its own way.
        AutofillError: It cannot be written.
    """
    target = into / draft.name
    if target.resolve() == draft.folder.resolve():
        raise AutofillError(f"{target} is the draft itself", "Name another folder with --into.")
    page = str(target / DOCUMENT)
    with hold(target), tempfile.TemporaryDirectory(prefix="pm-autofill-") as scratch:
        before = content(target) if target.is_dir() else {}
        trial = Path(scratch) / draft.name
        _fill(trial, before)
        put(draft, trial)
        after = content(trial)
        action = "unchanged" if after == before else "updated" if before else "opened"
        if not dry_run and after != before:
            put(draft, target)
        difference = _difference(before, after, str(target))
    return Published(action=action, url="", page=page, branch="", difference=difference)
