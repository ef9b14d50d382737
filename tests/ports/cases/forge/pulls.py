"""The pull requests of a repository."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from forge import models
from forge.models import ChangedFile, MergeMethod, MergeResult, PullRequest, Review
from forge.paging import Page, PerPage


class PullsApi(Protocol):
    """The pull requests of one repository."""

    async def list(
        self,
        *,
        state: models.State | None = models.State.OPEN,
        head: str | None = None,
        base: str | None = None,
        per_page: PerPage = 30,
        cursor: str | None = None,
    ) -> Page[PullRequest]: ...

    async def get(self, number: int) -> PullRequest: ...
    async def create(
        self, *, title: str, head: str, base: str = "main", body: str | None = None, draft: bool = False
    ) -> PullRequest: ...
    async def files(self, number: int) -> Sequence[ChangedFile]: ...
    async def request_reviewers(self, number: int, *logins: str) -> PullRequest: ...
    async def review(
        self,
        number: int,
        event: Literal["APPROVE", "REQUEST_CHANGES", "COMMENT"],
        body: str | None = None,
        comments: Sequence[models.ReviewComment] = (),
    ) -> Review: ...
    async def reviews(self, number: int) -> Sequence[Review]: ...
    async def merge(
        self, number: int, *, method: MergeMethod = "merge", sha: str | None = None
    ) -> MergeResult:
        """Merges a pull request.

        Args:
            number: Of the pull request.
            method: How the commits are put onto the base.
            sha: What the head must be, so that nothing is merged unseen.

        Raises:
            ValueError: If the head has moved on, or it is merged already.
        """
        ...
