"""What everybody may see."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from jobs.models import Event, JobId, QueueStats, State


class Observable(Protocol):
    """The queues, and what happens in them."""

    @property
    def now(self) -> datetime: ...
    async def stats(self) -> dict[str, QueueStats]: ...
    async def state_of(self, *jobs: JobId) -> list[State | None]: ...
    async def on_event(self, callback: Callable[[Event], None]) -> "Watching": ...


class Watching(Protocol):
    @property
    def count(self) -> int: ...
    async def stop(self) -> None: ...
