"""The way in: `Forge`, and what one may do when logged in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from forge.issues import IssuesApi
    from forge.models import (
        Branch,
        Commit,
        Comparison,
        Content,
        Direction,
        Issue,
        RateLimit,
        Repository,
        SimpleUser,
        User,
        Visibility,
    )
    from forge.paging import Page, PerPage
    from forge.pulls import PullsApi
    from forge.releases import ReleasesApi


class RepositoryApi(Protocol):
    """One repository."""

    @property
    def issues(self) -> IssuesApi:
        """Its issues."""
        ...

    @property
    def pulls(self) -> PullsApi:
        """Its pull requests."""
        ...

    @property
    def releases(self) -> ReleasesApi:
        """Its releases."""
        ...

    async def get(self) -> Repository: ...
    async def update(
        self,
        *,
        description: str | None = None,
        visibility: Visibility | None = None,
        default_branch: str | None = None,
    ) -> Repository: ...
    async def replace_topics(self, *names: str) -> list[str]: ...
    async def languages(self) -> dict[str, int]: ...
    async def branches(self) -> list[Branch]: ...
    async def branch(self, name: str) -> Branch | None: ...
    async def create_branch(self, name: str, *, at: str = "main") -> Branch: ...
    async def commit(self, sha: str) -> Commit: ...
    async def commits(
        self,
        *,
        sha: str | None = None,
        author: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        per_page: PerPage = 30,
        cursor: str | None = None,
    ) -> Page[Commit]:
        """Lists commits, newest first.

        Args:
            sha: A branch, or a commit to begin at; the default branch if None.
            author: A login.
            since: No older ones.
            until: No newer ones.
            per_page: How many at once.
            cursor: `next_cursor` of the page before.
        """
        ...

    async def compare(self, base: str, head: str) -> Comparison: ...
    async def contents(self, path: str = "", *, ref: str | None = None) -> Content:
        """What lies at a path, the root of the repository by default.

        Raises:
            LookupError: If nothing does.
        """
        ...

    async def put_file(
        self, path: str, content: bytes, *, message: str, branch: str | None = None
    ) -> Commit: ...
    async def delete_file(self, path: str, *, message: str, branch: str | None = None) -> Commit: ...
    def archive(self, format: Literal["tar", "concatenated"] = "tar") -> AsyncIterator[bytes]:
        """All files of the default branch in one."""
        ...


class Forge(Protocol):
    """What everyone may do."""

    @property
    def version(self) -> str:
        """Of the forge."""
        ...

    async def user(self, login: str) -> User: ...
    async def users(self, *, since: int = 0, per_page: PerPage = 30) -> Page[SimpleUser]: ...
    async def followers(self, login: str) -> Page[SimpleUser]: ...
    async def rate_limit(self) -> RateLimit: ...
    async def repository(self, owner: str, name: str) -> RepositoryApi: ...
    async def search_repositories(
        self,
        query: str,
        *,
        topic: str | None = None,
        sort: Literal["stars", "updated"] | None = None,
        direction: Direction = "desc",
        per_page: PerPage = 30,
    ) -> Page[Repository]: ...
    async def search_issues(self, query: str, /, *labels: str) -> list[Issue]: ...
    async def authenticate(self, token: str) -> AuthenticatedForge:
        """Logs in.

        Raises:
            PermissionError: If nobody has that token.
        """
        ...


class AuthenticatedForge(Forge, Protocol):
    """What a user may do, beside what everyone may."""

    @property
    def me(self) -> User: ...
    async def create_repository(
        self,
        name: str,
        *,
        description: str | None = None,
        visibility: Visibility | None = None,
        license: str | None = None,
    ) -> RepositoryApi: ...
    async def fork(self, owner: str, name: str) -> RepositoryApi: ...
    async def star(self, owner: str, name: str) -> int: ...
    async def starred(self) -> Page[Repository]: ...
    async def follow(self, login: str) -> None: ...
    async def delete_repository(self, name: str) -> None: ...
