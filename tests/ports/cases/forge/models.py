"""What travels by value."""

from __future__ import annotations

from datetime import datetime
from enum import Enum, IntEnum
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field


class Model(BaseModel):
    """What all models have in common: they are values."""

    model_config = ConfigDict(frozen=True)


class Visibility(str, Enum):
    PUBLIC = "public"
    PRIVATE = "private"
    INTERNAL = "internal"


class State(str, Enum):
    OPEN = "open"
    CLOSED = "closed"


class Access(IntEnum):
    READ = 1
    TRIAGE = 2
    WRITE = 3
    ADMIN = 4


MergeMethod: TypeAlias = Literal["merge", "squash", "rebase"]
Direction: TypeAlias = Literal["asc", "desc"]


class SimpleUser(Model):
    """A user, as part of something else."""

    id: int
    login: str
    site_admin: bool = False
    avatar_url: str | None = None


class Plan(Model):
    name: str
    private_repos: int


class User(SimpleUser):
    """A user with all that is public about them."""

    name: str | None = None
    email: str | None = None
    followers: int = 0
    created_at: datetime
    plan: Plan | None = None


class License(Model):
    key: str
    name: str
    spdx_id: str | None = None


class Repository(Model):
    id: int
    name: str
    full_name: str
    owner: SimpleUser
    visibility: Visibility = Visibility.PUBLIC
    description: str | None = None
    default_branch: str = "main"
    stargazers_count: int = 0
    topics: list[str] = []
    license: License | None = None
    created_at: datetime
    pushed_at: datetime | None = None
    parent: Repository | None = None
    permissions: dict[str, Access] = {}


class Label(Model):
    name: str
    color: str = "ededed"
    description: str | None = None


class Milestone(Model):
    number: int
    title: str
    state: State = State.OPEN
    due_on: datetime | None = None


class Reactions(Model):
    """How often each reaction was given. Two of the names are no Python names."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    plus_one: int = Field(default=0, alias="+1")
    minus_one: int = Field(default=0, alias="-1")
    heart: int = 0


class Issue(Model):
    number: int
    title: str
    body: str | None = None
    state: State = State.OPEN
    state_reason: Literal["completed", "not_planned", "reopened"] | None = None
    user: SimpleUser
    labels: list[Label] = []
    assignees: list[SimpleUser] = []
    milestone: Milestone | None = None
    comments: int = 0
    locked: bool = False
    reactions: Reactions = Reactions()
    created_at: datetime
    closed_at: datetime | None = None


class Comment(Model):
    id: int
    body: str
    user: SimpleUser
    created_at: datetime


class Signature(Model):
    name: str
    email: str
    date: datetime


class Commit(Model):
    sha: str
    message: str
    author: Signature
    parents: list[str] = []


class Branch(Model):
    name: str
    commit: Commit
    protected: bool = False


class BranchRef(Model):
    """One end of a pull request."""

    ref: str
    sha: str
    repo: str


class PullRequest(Issue):
    """An issue that proposes to merge `head` into `base`."""

    head: BranchRef
    base: BranchRef
    draft: bool = False
    merged: bool = False
    mergeable: bool | None = None


class ChangedFile(Model):
    filename: str
    status: Literal["added", "removed", "modified"]
    additions: int
    deletions: int


class Comparison(Model):
    ahead_by: int
    behind_by: int
    commits: list[Commit]
    files: list[ChangedFile]


class MergeResult(Model):
    sha: str
    merged: bool
    message: str


class ReviewComment(Model):
    path: str
    line: int
    body: str


class Review(Model):
    id: int
    user: SimpleUser
    state: Literal["APPROVED", "CHANGES_REQUESTED", "COMMENTED"]
    body: str | None = None
    comments: list[ReviewComment] = []


class Asset(Model):
    id: int
    name: str
    size: int
    content_type: str = "application/octet-stream"
    download_count: int = 0


class Release(Model):
    id: int
    tag_name: str
    name: str | None = None
    body: str | None = None
    draft: bool = False
    prerelease: bool = False
    assets: list[Asset] = []
    published_at: datetime | None = None


# What lies at a path: told apart by `type`.


class FileContent(Model):
    type: Literal["file"] = "file"
    path: str
    sha: str
    content: bytes


class Directory(Model):
    type: Literal["dir"] = "dir"
    path: str
    entries: list[str]


class Submodule(Model):
    type: Literal["submodule"] = "submodule"
    path: str
    url: str


Content: TypeAlias = Annotated[FileContent | Directory | Submodule, Field(discriminator="type")]


# What has happened to an issue: told apart by `event`.


class Commented(Model):
    event: Literal["commented"] = "commented"
    comment: Comment


class Labeled(Model):
    event: Literal["labeled", "unlabeled"]
    label: Label
    actor: SimpleUser


class Renamed(Model):
    model_config = ConfigDict(frozen=True, populate_by_name=True)

    event: Literal["renamed"] = "renamed"
    from_: str = Field(alias="from")
    to: str


class Closed(Model):
    event: Literal["closed", "reopened"]
    actor: SimpleUser
    at: datetime


TimelineEvent: TypeAlias = Annotated[
    Commented | Labeled | Renamed | Closed, Field(discriminator="event")
]


class Event(Model):
    """What a watcher is told."""

    repository: str
    number: int
    what: TimelineEvent


class RateLimit(Model):
    limit: int
    remaining: int
    resets_at: datetime
