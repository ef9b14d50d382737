"""A forge in memory."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Literal, TypeVar

import capnweb_runtime as rpc
from forge import models as m
from forge.api_rpc import (
    AuthenticatedForgeTarget,
    ForgeTarget,
    IssuesApiTarget,
    PullsApiTarget,
    ReleasesApiTarget,
    RepositoryApiTarget,
    WatchTarget,
)
from forge.paging import Page

T = TypeVar("T")

Teller = rpc.Callback[[rpc.Arg[m.Event]], rpc.Promise[None]]

_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Clock:
    """Each event is a minute later than the one before."""

    minutes: int = 0

    def now(self) -> datetime:
        self.minutes += 1
        return _EPOCH + timedelta(minutes=self.minutes)


@dataclass
class StoredCommit:
    commit: m.Commit
    tree: dict[str, bytes]


@dataclass
class StoredRelease:
    release: m.Release
    files: dict[int, bytes] = field(default_factory=dict[int, bytes])


@dataclass
class Repo:
    about: m.Repository
    commits: dict[str, StoredCommit] = field(default_factory=dict[str, StoredCommit])
    branches: dict[str, str] = field(default_factory=dict[str, str])
    issues: dict[int, m.Issue] = field(default_factory=dict[int, m.Issue])
    comments: dict[int, list[m.Comment]] = field(default_factory=dict[int, list[m.Comment]])
    timelines: dict[int, list[m.TimelineEvent]] = field(default_factory=dict[int, list[m.TimelineEvent]])
    reviews: dict[int, list[m.Review]] = field(default_factory=dict[int, list[m.Review]])
    labels: dict[str, m.Label] = field(default_factory=dict[str, m.Label])
    releases: dict[int, StoredRelease] = field(default_factory=dict[int, StoredRelease])
    watches: list[Watching] = field(default_factory=lambda: [])

    def tree(self, branch: str | None) -> dict[str, bytes]:
        return self.commits[self.sha(branch or self.about.default_branch)].tree

    def sha(self, ref: str) -> str:
        if ref in self.commits:
            return ref
        if ref not in self.branches:
            raise LookupError(f"no branch or commit {ref}")
        return self.branches[ref]

    def history(self, ref: str) -> list[StoredCommit]:
        """A commit and all before it, the newest first."""
        found: dict[str, StoredCommit] = {}
        waiting = [self.sha(ref)] if ref in self.branches or ref in self.commits else []
        while waiting:
            sha = waiting.pop(0)
            if sha not in found:
                found[sha] = self.commits[sha]
                waiting += found[sha].commit.parents
        return sorted(found.values(), key=lambda each: each.commit.author.date, reverse=True)


@dataclass
class State:
    clock: Clock = field(default_factory=Clock)
    ids: count[int] = field(default_factory=lambda: count(1))
    users: dict[str, m.User] = field(default_factory=dict[str, m.User])
    tokens: dict[str, str] = field(default_factory=dict[str, str])
    repos: dict[str, Repo] = field(default_factory=dict[str, Repo])
    stars: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    follows: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    calls: int = 0

    def add_user(self, login: str, token: str) -> None:
        plan = m.Plan(name="free", private_repos=3)
        self.users[login] = m.User(
            id=next(self.ids), login=login, created_at=self.clock.now(), plan=plan
        )
        self.tokens[token] = login

    def simple(self, login: str) -> m.SimpleUser:
        user = self.user(login)
        return m.SimpleUser(id=user.id, login=user.login, site_admin=user.site_admin)

    def user(self, login: str) -> m.User:
        if login not in self.users:
            raise LookupError(f"no user {login}")
        return self.users[login]


def page(items: Sequence[T], per_page: int, cursor: str | None = None) -> Page[T]:
    start = int(cursor or 0)
    end = start + per_page
    following = str(end) if end < len(items) else None
    return Page(items=list(items[start:end]), total_count=len(items), next_cursor=following)


class Watching(WatchTarget):
    def __init__(self, repo: Repo, tell: Teller, state: m.State | None) -> None:
        self._repo, self._tell, self._state = repo, tell.dup(), state
        self._delivered = 0

    @property
    def delivered(self) -> int:
        return self._delivered

    async def deliver(self, issue: m.Issue, what: m.TimelineEvent) -> None:
        if self._state in {None, issue.state}:
            event = m.Event(repository=self._repo.about.full_name, number=issue.number, what=what)
            await self._tell(event)
            self._delivered += 1

    def stop(self) -> None:
        if self in self._repo.watches:
            self._repo.watches.remove(self)
            self._tell.dispose()

    def __exit__(self, *exc: object) -> None:
        self.stop()


class Issues(IssuesApiTarget):
    def __init__(self, state: State, repo: Repo, login: str) -> None:
        self._state, self._repo, self._login = state, repo, login

    def _at(self, number: int) -> m.Issue:
        if number not in self._repo.issues:
            raise LookupError(f"no issue {number} in {self._repo.about.full_name}")
        return self._repo.issues[number]

    def _change(self, number: int, **changes: object) -> m.Issue:
        changed = self._repo.issues[number] = self._at(number).model_copy(update=changes)
        return changed

    async def _happened(self, number: int, what: m.TimelineEvent) -> None:
        self._repo.timelines[number].append(what)
        for watch in tuple(self._repo.watches):
            await watch.deliver(self._at(number), what)

    def _labels(self, names: Iterable[str]) -> list[m.Label]:
        return [self._repo.labels.setdefault(name, m.Label(name=name)) for name in names]

    def get(self, number: int) -> m.Issue:
        return self._at(number)

    async def create(
        self,
        title: str,
        body: str | None = None,
        *,
        labels: Sequence[str] = (),
        assignees: Sequence[str] = (),
        milestone: int | None = None,
    ) -> m.Issue:
        number = len(self._repo.issues) + 1
        self._repo.timelines[number] = []
        self._repo.comments[number] = []
        self._repo.issues[number] = m.Issue(
            number=number,
            title=title,
            body=body,
            user=self._state.simple(self._login),
            labels=self._labels(labels),
            assignees=[self._state.simple(login) for login in assignees],
            milestone=None if milestone is None else m.Milestone(number=milestone, title="next"),
            created_at=self._state.clock.now(),
        )
        return self._repo.issues[number]

    async def update(
        self, number: int, *, title: str | None = None, body: str | None = None
    ) -> m.Issue:
        before = self._at(number)
        if title is not None and title != before.title:
            await self._happened(number, m.Renamed.model_validate({"from": before.title, "to": title}))
        return self._change(number, title=title or before.title, body=body or before.body)

    async def close(
        self, number: int, reason: Literal["completed", "not_planned"] = "completed"
    ) -> m.Issue:
        at = self._state.clock.now()
        closed = self._change(number, state=m.State.CLOSED, state_reason=reason, closed_at=at)
        actor = self._state.simple(self._login)
        await self._happened(number, m.Closed(event="closed", actor=actor, at=at))
        return closed

    async def reopen(self, number: int) -> m.Issue:
        opened = self._change(
            number, state=m.State.OPEN, state_reason="reopened", closed_at=None
        )
        actor = self._state.simple(self._login)
        at = self._state.clock.now()
        await self._happened(number, m.Closed(event="reopened", actor=actor, at=at))
        return opened

    def lock(
        self, number: int, reason: Literal["off-topic", "too heated", "spam"] | None = None
    ) -> None:
        self._change(number, locked=True)

    async def comment(self, number: int, body: str) -> m.Comment:
        if self._at(number).locked:
            raise PermissionError(f"issue {number} is locked")
        made = m.Comment(
            id=next(self._state.ids),
            body=body,
            user=self._state.simple(self._login),
            created_at=self._state.clock.now(),
        )
        self._repo.comments[number].append(made)
        self._change(number, comments=len(self._repo.comments[number]))
        await self._happened(number, m.Commented(comment=made))
        return made

    def comments(
        self, number: int, *, since: datetime | None = None, per_page: int = 30
    ) -> Page[m.Comment]:
        self._at(number)
        found = [
            each
            for each in self._repo.comments[number]
            if since is None or each.created_at >= since
        ]
        return page(found, per_page)

    async def add_labels(self, number: int, *labels: str) -> list[m.Label]:
        present = self._at(number).labels
        added = [label for label in self._labels(labels) if label not in present]
        self._change(number, labels=[*present, *added])
        actor = self._state.simple(self._login)
        for label in added:
            await self._happened(number, m.Labeled(event="labeled", label=label, actor=actor))
        return self._at(number).labels

    def remove_label(self, number: int, label: str) -> list[m.Label]:
        kept = [each for each in self._at(number).labels if each.name != label]
        return self._change(number, labels=kept).labels

    def react(self, number: int, reaction: Literal["+1", "-1", "heart"]) -> int:
        before = self._at(number).reactions.model_dump(by_alias=True)
        after = m.Reactions.model_validate({**before, reaction: before[reaction] + 1})
        self._change(number, reactions=after)
        total: int = before[reaction] + 1
        return total

    def timeline(self, number: int) -> list[m.TimelineEvent]:
        self._at(number)
        return self._repo.timelines[number]

    def watch(self, on_event: Teller, *, state: m.State | None = None) -> Watching:
        watching = Watching(self._repo, on_event, state)
        self._repo.watches.append(watching)
        return watching

    def list(
        self,
        *,
        state: m.State | None = None,
        labels: Sequence[str] | None = None,
        assignee: str | None = None,
        since: datetime | None = None,
        sort: Literal["created", "comments"] = "created",
        direction: m.Direction = "desc",
        per_page: int = 30,
        cursor: str | None = None,
    ) -> Page[m.Issue]:
        found = [
            issue
            for issue in self._repo.issues.values()
            if (state is None or issue.state is state)
            and set(labels or ()) <= {label.name for label in issue.labels}
            and (assignee is None or assignee in {user.login for user in issue.assignees})
            and (since is None or issue.created_at >= since)
        ]
        by_comments = sort == "comments"
        found.sort(
            key=lambda issue: (issue.comments if by_comments else 0, issue.created_at),
            reverse=direction == "desc",
        )
        return page(found, per_page, cursor)


class Pulls(PullsApiTarget):
    def __init__(self, state: State, repo: Repo, login: str) -> None:
        self._state, self._repo, self._login = state, repo, login

    def _at(self, number: int) -> m.PullRequest:
        found = self._repo.issues.get(number)
        if not isinstance(found, m.PullRequest):
            raise LookupError(f"no pull request {number}")
        return found

    def get(self, number: int) -> m.PullRequest:
        return self._at(number)

    def create(
        self,
        *,
        title: str,
        head: str,
        base: str = "main",
        body: str | None = None,
        draft: bool = False,
    ) -> m.PullRequest:
        number = len(self._repo.issues) + 1
        name = self._repo.about.full_name
        self._repo.timelines[number] = []
        self._repo.comments[number] = []
        self._repo.reviews[number] = []
        pull = self._repo.issues[number] = m.PullRequest(
            number=number,
            title=title,
            body=body,
            user=self._state.simple(self._login),
            created_at=self._state.clock.now(),
            head=m.BranchRef(ref=head, sha=self._repo.sha(head), repo=name),
            base=m.BranchRef(ref=base, sha=self._repo.sha(base), repo=name),
            draft=draft,
            mergeable=True,
        )
        return pull

    def files(self, number: int) -> list[m.ChangedFile]:
        pull = self._at(number)
        return changed_files(self._repo, pull.base.ref, pull.head.ref)

    def request_reviewers(self, number: int, *logins: str) -> m.PullRequest:
        users = [self._state.simple(login) for login in logins]
        changed = self._at(number).model_copy(update={"assignees": users})
        self._repo.issues[number] = changed
        return changed

    def review(
        self,
        number: int,
        event: Literal["APPROVE", "REQUEST_CHANGES", "COMMENT"],
        body: str | None = None,
        comments: Sequence[m.ReviewComment] = (),
    ) -> m.Review:
        self._at(number)
        if event == "APPROVE":
            state: Literal["APPROVED", "CHANGES_REQUESTED", "COMMENTED"] = "APPROVED"
        else:
            state = "COMMENTED" if event == "COMMENT" else "CHANGES_REQUESTED"
        made = m.Review(
            id=next(self._state.ids),
            user=self._state.simple(self._login),
            state=state,
            body=body,
            comments=list(comments),
        )
        self._repo.reviews[number].append(made)
        return made

    def reviews(self, number: int) -> list[m.Review]:
        self._at(number)
        return self._repo.reviews[number]

    def merge(
        self, number: int, *, method: m.MergeMethod = "merge", sha: str | None = None
    ) -> m.MergeResult:
        pull = self._at(number)
        head = self._repo.sha(pull.head.ref)
        if pull.merged:
            raise ValueError(f"{number} is merged already")
        if sha not in {None, head}:
            raise ValueError(f"the head is {head}, not {sha}")
        message = f"{method.capitalize()} #{number}"
        parents = [self._repo.sha(pull.base.ref)] + [head] * (method == "merge")
        tree = {**self._repo.tree(pull.base.ref), **self._repo.tree(pull.head.ref)}
        made = add_commit(self._state, self._repo, pull.base.ref, message, tree, self._login, parents)
        self._repo.issues[number] = pull.model_copy(
            update={"merged": True, "state": m.State.CLOSED, "mergeable": None}
        )
        return m.MergeResult(sha=made.sha, merged=True, message=message)

    def list(
        self,
        *,
        state: m.State | None = m.State.OPEN,
        head: str | None = None,
        base: str | None = None,
        per_page: int = 30,
        cursor: str | None = None,
    ) -> Page[m.PullRequest]:
        found = [
            pull
            for pull in self._repo.issues.values()
            if isinstance(pull, m.PullRequest)
            and (state is None or pull.state is state)
            and head in {None, pull.head.ref}
            and base in {None, pull.base.ref}
        ]
        return page(found, per_page, cursor)


class Releases(ReleasesApiTarget):
    def __init__(self, state: State, repo: Repo) -> None:
        self._state, self._repo = state, repo

    def _at(self, release_id: int) -> StoredRelease:
        if release_id not in self._repo.releases:
            raise LookupError(f"no release {release_id}")
        return self._repo.releases[release_id]

    def _all(self) -> list[m.Release]:
        return [stored.release for stored in self._repo.releases.values()][::-1]

    def get(self, release_id: int) -> m.Release:
        return self._at(release_id).release

    def latest(self) -> m.Release | None:
        return next((each for each in self._all() if not (each.draft or each.prerelease)), None)

    def by_tag(self, tag: str) -> m.Release | None:
        return next((each for each in self._all() if each.tag_name == tag), None)

    def create(
        self,
        tag_name: str,
        name: str | None = None,
        *,
        body: str | None = None,
        draft: bool = False,
        prerelease: bool = False,
    ) -> m.Release:
        made = m.Release(
            id=next(self._state.ids),
            tag_name=tag_name,
            name=name,
            body=body,
            draft=draft,
            prerelease=prerelease,
            published_at=None if draft else self._state.clock.now(),
        )
        self._repo.releases[made.id] = StoredRelease(made)
        return made

    def publish(self, release_id: int) -> m.Release:
        stored = self._at(release_id)
        stored.release = stored.release.model_copy(
            update={"draft": False, "published_at": self._state.clock.now()}
        )
        return stored.release

    def delete(self, release_id: int) -> None:
        self._at(release_id)
        del self._repo.releases[release_id]

    async def upload_asset(
        self,
        release_id: int,
        name: str,
        data: AsyncIterator[bytes],
        *,
        content_type: str = "application/octet-stream",
    ) -> m.Asset:
        stored = self._at(release_id)
        content = b"".join([chunk async for chunk in data])
        made = m.Asset(
            id=next(self._state.ids), name=name, size=len(content), content_type=content_type
        )
        stored.files[made.id] = content
        assets = [*stored.release.assets, made]
        stored.release = stored.release.model_copy(update={"assets": assets})
        return made

    async def download_asset(self, asset_id: int) -> AsyncIterator[bytes]:
        for stored in self._repo.releases.values():
            if asset_id in stored.files:
                content = stored.files[asset_id]
                for start in range(0, len(content), 4):
                    yield content[start : start + 4]
                return
        raise LookupError(f"no asset {asset_id}")

    def list(self, *, per_page: int = 30, cursor: str | None = None) -> Page[m.Release]:
        return page(self._all(), per_page, cursor)


def changed_files(repo: Repo, base: str, head: str) -> list[m.ChangedFile]:
    old, new = repo.tree(base), repo.tree(head)
    changed: list[m.ChangedFile] = []
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name), new.get(name)
        if before == after:
            continue
        status: Literal["added", "removed", "modified"] = "modified"
        status = "added" if before is None else "removed" if after is None else status
        lines = [len((text or b"").splitlines()) for text in (after, before)]
        changed.append(
            m.ChangedFile(filename=name, status=status, additions=lines[0], deletions=lines[1])
        )
    return changed


def add_commit(
    state: State,
    repo: Repo,
    branch: str,
    message: str,
    tree: dict[str, bytes],
    login: str,
    parents: list[str],
) -> m.Commit:
    text = f"{message}\0{parents}\0{sorted(tree.items())}\0{state.clock.minutes}"
    sha = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
    author = m.Signature(name=login, email=f"{login}@example.com", date=state.clock.now())
    commit = m.Commit(sha=sha, message=message, author=author, parents=parents)
    repo.commits[sha] = StoredCommit(commit, tree)
    repo.branches[branch] = sha
    return commit


class OneRepository(RepositoryApiTarget):
    def __init__(self, state: State, repo: Repo, login: str) -> None:
        self._state, self._repo, self._login = state, repo, login

    @property
    def issues(self) -> Issues:
        return Issues(self._state, self._repo, self._login)

    @property
    def pulls(self) -> Pulls:
        return Pulls(self._state, self._repo, self._login)

    @property
    def releases(self) -> Releases:
        return Releases(self._state, self._repo)

    def get(self) -> m.Repository:
        return self._repo.about

    def update(
        self,
        *,
        description: str | None = None,
        visibility: m.Visibility | None = None,
        default_branch: str | None = None,
    ) -> m.Repository:
        given = {
            "description": description,
            "visibility": visibility,
            "default_branch": default_branch,
        }
        changes = {name: value for name, value in given.items() if value is not None}
        self._repo.about = self._repo.about.model_copy(update=changes)
        return self._repo.about

    def replace_topics(self, *names: str) -> list[str]:
        self._repo.about = self._repo.about.model_copy(update={"topics": list(names)})
        return list(names)

    def languages(self) -> dict[str, int]:
        sizes: dict[str, int] = {}
        for path, content in self._repo.tree(None).items():
            language = {"py": "Python", "md": "Markdown"}.get(path.rpartition(".")[2], "Other")
            sizes[language] = sizes.get(language, 0) + len(content)
        return sizes

    def branches(self) -> list[m.Branch]:
        return [
            m.Branch(name=name, commit=self._repo.commits[sha].commit, protected=name == "main")
            for name, sha in self._repo.branches.items()
        ]

    def branch(self, name: str) -> m.Branch | None:
        return next((each for each in self.branches() if each.name == name), None)

    def create_branch(self, name: str, *, at: str = "main") -> m.Branch:
        self._repo.branches[name] = self._repo.sha(at)
        return m.Branch(name=name, commit=self._repo.commits[self._repo.sha(at)].commit)

    def commit(self, sha: str) -> m.Commit:
        return self._repo.commits[self._repo.sha(sha)].commit

    def commits(
        self,
        *,
        sha: str | None = None,
        author: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        per_page: int = 30,
        cursor: str | None = None,
    ) -> Page[m.Commit]:
        history = self._repo.history(sha or self._repo.about.default_branch)
        found = [
            stored.commit
            for stored in history
            if author in {None, stored.commit.author.name}
            and (since is None or stored.commit.author.date >= since)
            and (until is None or stored.commit.author.date <= until)
        ]
        return page(found, per_page, cursor)

    def compare(self, base: str, head: str) -> m.Comparison:
        old = {stored.commit.sha for stored in self._repo.history(base)}
        new = {stored.commit.sha for stored in self._repo.history(head)}
        ahead = [
            stored.commit
            for stored in self._repo.history(head)
            if stored.commit.sha not in old
        ]
        return m.Comparison(
            ahead_by=len(ahead),
            behind_by=len(old - new),
            commits=ahead,
            files=changed_files(self._repo, base, head),
        )

    def contents(self, path: str = "", *, ref: str | None = None) -> m.Content:
        tree = self._repo.tree(ref)
        if path in tree:
            content = tree[path]
            if path.endswith(".url"):
                return m.Submodule(path=path, url=content.decode())
            sha = hashlib.sha1(content, usedforsecurity=False).hexdigest()
            return m.FileContent(path=path, sha=sha, content=content)
        start = f"{path}/" if path else ""
        entries = {each[len(start) :].partition("/")[0] for each in tree if each.startswith(start)}
        if not entries and path:
            raise LookupError(f"nothing at {path}")
        return m.Directory(path=path, entries=sorted(entries))

    def put_file(
        self, path: str, content: bytes, *, message: str, branch: str | None = None
    ) -> m.Commit:
        return self._commit(branch, message, {**self._files(branch), path: content})

    def delete_file(self, path: str, *, message: str, branch: str | None = None) -> m.Commit:
        tree = self._files(branch)
        if path not in tree:
            raise LookupError(f"nothing at {path}")
        return self._commit(branch, message, {k: v for k, v in tree.items() if k != path})

    def _files(self, branch: str | None) -> dict[str, bytes]:
        return self._repo.tree(branch) if self._repo.branches else {}

    def _commit(self, branch: str | None, message: str, tree: dict[str, bytes]) -> m.Commit:
        name = branch or self._repo.about.default_branch
        parents = [self._repo.branches[name]] if name in self._repo.branches else []
        made = add_commit(self._state, self._repo, name, message, tree, self._login, parents)
        at = made.author.date
        self._repo.about = self._repo.about.model_copy(update={"pushed_at": at})
        return made

    async def archive(
        self, format: Literal["tar", "concatenated"] = "tar"
    ) -> AsyncIterator[bytes]:
        for path, content in sorted(self._repo.tree(None).items()):
            yield f"{path}:{len(content)}\n".encode() if format == "tar" else b""
            yield content


class Everyone(ForgeTarget):
    def __init__(self, state: State, login: str = "ghost") -> None:
        self._state, self._login = state, login

    @property
    def version(self) -> str:
        return "3.12"

    def user(self, login: str) -> m.User:
        self._state.calls += 1
        followers = sum(login in followed for followed in self._state.follows.values())
        return self._state.user(login).model_copy(update={"followers": followers})

    def users(self, *, since: int = 0, per_page: int = 30) -> Page[m.SimpleUser]:
        found = [self._state.simple(each.login) for each in self._state.users.values()]
        return page([user for user in found if user.id > since], per_page)

    def followers(self, login: str) -> Page[m.SimpleUser]:
        found = [who for who, followed in self._state.follows.items() if login in followed]
        return page([self._state.simple(who) for who in found], 100)

    def rate_limit(self) -> m.RateLimit:
        remaining = 5000 - self._state.calls
        return m.RateLimit(limit=5000, remaining=remaining, resets_at=_EPOCH + timedelta(hours=1))

    def repository(self, owner: str, name: str) -> OneRepository:
        return OneRepository(self._state, self._repo(owner, name), self._login)

    def _repo(self, owner: str, name: str) -> Repo:
        found = self._state.repos.get(f"{owner}/{name}")
        if found is None:
            raise LookupError(f"no repository {owner}/{name}")
        if found.about.visibility is m.Visibility.PRIVATE and self._login != owner:
            raise LookupError(f"no repository {owner}/{name}")
        return found

    def search_repositories(
        self,
        query: str,
        *,
        topic: str | None = None,
        sort: Literal["stars", "updated"] | None = None,
        direction: m.Direction = "desc",
        per_page: int = 30,
    ) -> Page[m.Repository]:
        found = [
            repo.about
            for repo in self._state.repos.values()
            if query in repo.about.name
            and (topic is None or topic in repo.about.topics)
            and repo.about.visibility is m.Visibility.PUBLIC
        ]
        if sort == "stars":
            found.sort(key=lambda repo: repo.stargazers_count, reverse=direction == "desc")
        return page(found, per_page)

    def search_issues(self, query: str, /, *labels: str) -> list[m.Issue]:
        return [
            issue
            for repo in self._state.repos.values()
            for issue in repo.issues.values()
            if query in issue.title and set(labels) <= {label.name for label in issue.labels}
        ]

    def authenticate(self, token: str) -> LoggedIn:
        if token not in self._state.tokens:
            raise PermissionError("bad credentials")
        return LoggedIn(self._state, self._state.tokens[token])


class LoggedIn(Everyone, AuthenticatedForgeTarget):
    @property
    def me(self) -> m.User:
        return self._state.user(self._login)

    def create_repository(
        self,
        name: str,
        *,
        description: str | None = None,
        visibility: m.Visibility | None = None,
        license: str | None = None,
    ) -> OneRepository:
        full_name = f"{self._login}/{name}"
        if full_name in self._state.repos:
            raise ValueError(f"{full_name} is there already")
        about = m.Repository(
            id=next(self._state.ids),
            name=name,
            full_name=full_name,
            owner=self._state.simple(self._login),
            visibility=visibility or m.Visibility.PUBLIC,
            description=description,
            license=m.License(key=license.lower(), name=license) if license else None,
            created_at=self._state.clock.now(),
            permissions={self._login: m.Access.ADMIN},
        )
        repo = self._state.repos[full_name] = Repo(about)
        made = OneRepository(self._state, repo, self._login)
        made.put_file("README.md", f"# {name}\n".encode(), message="Begin")
        return made

    def fork(self, owner: str, name: str) -> OneRepository:
        parent = self._repo(owner, name)
        full_name = f"{self._login}/{name}"
        update = {
            "id": next(self._state.ids),
            "full_name": full_name,
            "owner": self._state.simple(self._login),
            "parent": parent.about,
        }
        about = parent.about.model_copy(update=update)
        repo = Repo(about, dict(parent.commits), dict(parent.branches))
        self._state.repos[full_name] = repo
        return OneRepository(self._state, repo, self._login)

    def star(self, owner: str, name: str) -> int:
        repo = self._repo(owner, name)
        stars = self._state.stars.setdefault(self._login, [])
        if repo.about.full_name not in stars:
            stars.append(repo.about.full_name)
            count_now = repo.about.stargazers_count + 1
            repo.about = repo.about.model_copy(update={"stargazers_count": count_now})
        return repo.about.stargazers_count

    def starred(self) -> Page[m.Repository]:
        names = self._state.stars.get(self._login, [])
        return page([self._state.repos[name].about for name in names], 100)

    def follow(self, login: str) -> None:
        self._state.user(login)
        self._state.follows.setdefault(self._login, []).append(login)

    def delete_repository(self, name: str) -> None:
        self._repo(self._login, name)
        del self._state.repos[f"{self._login}/{name}"]


def make() -> Everyone:
    """A forge with three users."""
    state = State()
    for login in ("ada", "bob", "cy"):
        state.add_user(login, f"token of {login}")
    return Everyone(state)
