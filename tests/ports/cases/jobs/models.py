"""Jobs, results and schedules."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Annotated, Any, Generic, Literal, NewType, TypeVar, Union
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, PositiveInt

T = TypeVar("T")

JobId = NewType("JobId", UUID)
QueueName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]


class Snake(BaseModel):
    """Names are camelCase on the wire, for the dashboard."""

    model_config = ConfigDict(populate_by_name=True)


class State(str, Enum):
    SCHEDULED = "scheduled"
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Priority(IntEnum):
    LOW = 0
    NORMAL = 5
    HIGH = 9


class Retry(Snake):
    """How often, and after how long."""

    attempts: PositiveInt = 3
    backoff: timedelta = timedelta(seconds=10)
    factor: Annotated[Decimal, Field(ge=1)] = Decimal("2")

    def delay(self, attempt: int) -> timedelta:
        return self.backoff * float(self.factor ** (attempt - 1))


class Job(Snake):
    """A job as a worker gets it."""

    id: JobId
    name: str
    args: list[Any] = []
    queue: QueueName = "default"
    priority: Priority = Priority.NORMAL
    attempt: NonNegativeInt = 0
    retry: Retry = Retry()
    timeout: timedelta | None = None
    created_at: datetime = Field(alias="createdAt")
    not_before: datetime | None = Field(default=None, alias="notBefore")
    parent: "Job | None" = None
    tags: dict[str, str] = {}


class Failure(Snake):
    kind: Literal["failure"] = "failure"
    error: str
    message: str
    attempts: PositiveInt
    caused_by: "Failure | None" = Field(default=None, alias="causedBy")


class Success(Snake, Generic[T]):
    """What a job gave, and what it took."""

    kind: Literal["success"] = "success"
    value: T
    took: timedelta
    cost: Decimal = Decimal(0)


class Progress(BaseModel):
    done: NonNegativeInt
    of: NonNegativeInt | None = None
    note: str = ""


class Every(BaseModel):
    kind: Literal["every"] = "every"
    interval: timedelta
    until: datetime | None = None


class Daily(BaseModel):
    kind: Literal["daily"] = "daily"
    at: time
    except_on: list[date] = []


class Once(BaseModel):
    kind: Literal["once"] = "once"
    at: datetime


Schedule = Annotated[Union[Every, Daily, Once], Field(discriminator="kind")]


class QueueStats(BaseModel):
    waiting: int
    running: int
    done: int
    failed: int
    paused: bool
    oldest: timedelta | None = None


class Event(BaseModel):
    job: JobId
    state: State
    at: datetime
