"""The releases of a repository, with their files."""

from __future__ import annotations

import typing as t
from collections.abc import AsyncIterator

from pydantic import Field

from .models import Asset, Release
from .paging import Page


class ReleasesApi(t.Protocol):
    """The releases of one repository."""

    async def get(self, release_id: int) -> Release: ...
    async def latest(self) -> Release | None: ...
    async def by_tag(self, tag: str) -> t.Optional[Release]: ...
    async def create(
        self,
        tag_name: str,
        name: str | None = None,
        *,
        body: str | None = None,
        draft: bool = False,
        prerelease: bool = False,
    ) -> Release: ...
    async def publish(self, release_id: int) -> Release: ...
    async def delete(self, release_id: int) -> None: ...
    async def upload_asset(
        self,
        release_id: int,
        name: str,
        data: AsyncIterator[bytes],
        *,
        content_type: str = "application/octet-stream",
    ) -> Asset:
        """Attaches a file, which is read at the pace at which it is stored."""
        ...

    def download_asset(self, asset_id: int) -> AsyncIterator[bytes]:
        """The content of a file, piece by piece."""
        ...

    async def list(self, *, per_page: t.Annotated[int, Field(ge=1, le=100)] = 30, cursor: str | None = None) -> Page[Release]: ...
