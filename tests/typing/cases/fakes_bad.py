"""Bad use of fakes: every marked line is rejected, for an ignore that nothing needs is an error."""

from __future__ import annotations

from collections.abc import AsyncIterator

from api import Color, User
from api_rpc import ApiTarget, AuthedApiTarget, RepoTarget, SourceTarget
from api_rpc.fake import FakeApi, FakeAuthedApi, FakeChannel, FakeMedia, FakeRepo, FakeSource

def use_api(api: ApiTarget) -> None: ...
def use_authed(api: AuthedApiTarget) -> None: ...
def use_repo(repo: RepoTarget[User]) -> None: ...
def use_source(source: SourceTarget[str]) -> None: ...


def answers(fake: FakeApi, user: User) -> None:
    fake.get_user.returns(3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    fake.get_user.returns([user])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    fake.get_user.returns_each([user, 3])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    fake.get_user.raises("no")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    fake.nope.returns(3)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    fake.get_user.nope(3)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    fake.motd = 3  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]
    fake.me = "me"  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]
    fake.authenticate.returns(FakeChannel())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    fake.users.returns(FakeRepo[str]())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    fake.get_user.yields(user)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]


def functions(fake: FakeApi, user: User) -> None:
    def no_parameter() -> User:
        return user

    def another_parameter(user_id: str) -> User:
        return user

    def another_result(user_id: int) -> str:
        return ""

    async def another_later(user_id: int) -> str:
        return ""

    def no_default(color: Color, role: str) -> Color:
        return color

    fake.get_user.does(no_parameter)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    fake.get_user.does(another_parameter)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    fake.get_user.does(another_result)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    fake.get_user.does(another_later)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    fake.paint.does(no_default)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def calls(fake: FakeApi) -> None:
    fake.get_user.call()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    fake.get_user.call("1")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    fake.get_user.call(user_id=1)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    fake.search.call("q", limit="3")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    fake.get_user("1")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def streams(media: FakeMedia) -> None:
    async def texts() -> AsyncIterator[str]:
        yield ""

    media.tail.yields("text")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    media.tail.does(texts)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    media.tail.returns([b"a"])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    media.ticks = 3  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]


def targets() -> None:
    use_api(FakeAuthedApi())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    use_authed(FakeChannel())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    use_repo(FakeRepo[str]())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    use_source(FakeSource[int]())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
