"""The issues of a repository."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from forge.models import Comment, Direction, Event, Issue, Label, State, TimelineEvent
    from forge.paging import Page, PerPage


class Watch(Protocol):
    """Being told of events, until it is stopped."""

    @property
    def delivered(self) -> int:
        """How many events were delivered so far."""
        ...

    async def stop(self) -> None:
        """Tell nothing more."""
        ...


class IssuesApi(Protocol):
    """The issues of one repository."""

    async def get(self, number: int) -> Issue:
        """Looks up an issue.

        Args:
            number: As in its address.

        Raises:
            LookupError: If there is no such issue.
        """
        ...

    async def create(
        self,
        title: str,
        body: str | None = None,
        *,
        labels: Sequence[str] = (),
        assignees: Sequence[str] = (),
        milestone: int | None = None,
    ) -> Issue:
        """Opens an issue.

        Args:
            title: One line.
            body: Markdown.
            labels: Names of labels; those that do not exist yet are made.
            assignees: Logins.
            milestone: Its number.
        """
        ...

    async def update(
        self, number: int, *, title: str | None = None, body: str | None = None
    ) -> Issue:
        """Changes what is given, leaves the rest."""
        ...

    async def close(
        self, number: int, reason: Literal["completed", "not_planned"] = "completed"
    ) -> Issue: ...
    async def reopen(self, number: int) -> Issue: ...
    async def lock(
        self, number: int, reason: Literal["off-topic", "too heated", "spam"] | None = None
    ) -> None: ...
    async def comment(self, number: int, body: str) -> Comment: ...
    async def comments(
        self, number: int, *, since: datetime | None = None, per_page: PerPage = 30
    ) -> Page[Comment]: ...
    async def add_labels(self, number: int, *labels: str) -> list[Label]: ...
    async def remove_label(self, number: int, label: str) -> list[Label]: ...
    async def react(self, number: int, reaction: Literal["+1", "-1", "heart"]) -> int: ...
    async def timeline(self, number: int) -> list[TimelineEvent]: ...
    async def watch(
        self, on_event: Callable[[Event], Awaitable[None]], *, state: State | None = None
    ) -> Watch:
        """Calls back for each event of the repository's issues."""
        ...

    # Last, for it has the name of a builtin.
    async def list(
        self,
        *,
        state: State | None = None,
        labels: Sequence[str] | None = None,
        assignee: str | None = None,
        since: datetime | None = None,
        sort: Literal["created", "comments"] = "created",
        direction: Direction = "desc",
        per_page: PerPage = 30,
        cursor: str | None = None,
    ) -> Page[Issue]:
        """Lists issues.

        Args:
            state: Either kind if None.
            labels: All of which an issue must have.
            assignee: A login.
            since: Of creation.
            sort: By what.
            direction: Newest or most first by default.
            per_page: How many at once.
            cursor: `next_cursor` of the page before.
        """
        ...
