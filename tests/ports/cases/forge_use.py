"""What a client does with the forge."""

# mypy: disable-error-code="unused-awaitable"
# (assert_type gives back what it is given, and nobody awaits it.)

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import assert_type

import capnweb_runtime as rpc
from forge import models as m
from forge.api_rpc import (
    AuthenticatedForgePromise,
    BranchPromise,
    CommitPromise,
    ForgeStub,
    IssuePromise,
    IssuesApiPromise,
    PagePromise,
    RepositoryApiPromise,
    ReviewCommentPromise,
    UserPromise,
)
from forge.paging import Page
from forge_server import make

STUB = ForgeStub
TARGET = make


async def use(forge: ForgeStub) -> None:
    # Who is there, and who may not come in.
    assert await forge.version == "3.12"
    users = await forge.users(per_page=2)
    assert ([user.login for user in users.items], users.next_cursor) == (["ada", "bob"], "2")
    try:
        await forge.authenticate("wrong")
    except PermissionError as error:
        assert str(error) == "bad credentials"
    else:
        raise AssertionError("anybody may log in")
    with forge.authenticate("token of ada") as ada, forge.authenticate("token of bob") as bob:
        assert_type(ada, AuthenticatedForgePromise)
        await repositories(ada)
        await issues(ada, bob)
        await pull_requests(ada, bob)
        await releases(ada)
        await social(forge, ada, bob)
        await ada.delete_repository("parser")
        try:
            await forge.repository("ada", "parser").get()
        except LookupError as error:
            assert "no repository ada/parser" in str(error)
        else:
            raise AssertionError("it was deleted")


async def repositories(ada: AuthenticatedForgePromise) -> None:
    # Log in, create, and write a file: one round trip.
    with ada.create_repository("parser", description="Parses.", license="MIT") as repo:
        assert_type(repo, RepositoryApiPromise)
        commit = repo.put_file("src/parser.py", b"def parse(): ...\n", message="Parse")
        assert await commit.message == "Parse"
        about = await repo.get()
        assert assert_type(about, m.Repository).full_name == "ada/parser"
        assert about.permissions == {"ada": m.Access.ADMIN}
        assert about.license is not None
        assert about.license.spdx_id is None
        assert await repo.get().license.some.key == "mit"
        assert await repo.replace_topics("python", "grammar") == ["python", "grammar"]
        updated = await repo.update(visibility=m.Visibility.INTERNAL)
        assert (updated.visibility, updated.description) == (m.Visibility.INTERNAL, "Parses.")
        await repo.update(visibility=m.Visibility.PUBLIC)
        assert await repo.languages() == {"Markdown": 9, "Python": 17}

        # What lies at a path is told apart by its `type`.
        found = await repo.contents("src/parser.py")
        match found:
            case m.FileContent(content=content):
                assert content == b"def parse(): ...\n"
            case m.Directory() | m.Submodule():
                raise AssertionError(found)
        root = await repo.contents()
        assert root == m.Directory(path="", entries=["README.md", "src"])
        await repo.put_file("lib.url", b"https://example.com", message="Link")
        assert isinstance(await repo.contents("lib.url"), m.Submodule)
        await repo.delete_file("lib.url", message="Unlink")

        commits = repo.commits(author="ada")
        assert_type(commits, PagePromise[m.Commit, CommitPromise])
        assert [each.message for each in (await commits).items] == [
            "Unlink",
            "Link",
            "Parse",
            "Begin",
        ]
        # Page by page, and the messages of a page without the rest of it.
        first = repo.commits(per_page=3)
        second = repo.commits(per_page=3, cursor=first.next_cursor)
        assert await second.items.map(lambda each: each.message) == ["Begin"]
        assert (await first).total_count == 4
        since = (await first).items[0].author.date
        assert len((await repo.commits(since=since)).items) == 1
        assert [chunk async for chunk in repo.archive()] == [
            b"README.md:9\n",
            b"# parser\n",
            b"src/parser.py:17\n",
            b"def parse(): ...\n",
        ]


async def issues(ada: AuthenticatedForgePromise, bob: AuthenticatedForgePromise) -> None:
    told: list[m.Event] = []
    with ada.repository("ada", "parser") as repo, repo.issues as all_issues:
        assert_type(all_issues, IssuesApiPromise)
        watch = await all_issues.watch(lambda event: told.append(event))
        with watch, bob.repository("ada", "parser") as theirs:
            issue = theirs.issues.create("It crashes", "On `(`.", labels=["bug"], assignees=["ada"])
            assert_type(issue, IssuePromise)
            # The number of an issue that is only being made.
            comment = all_issues.comment(issue.number, "Thanks!")
            assert (await comment).body == "Thanks!"
            assert (await issue).labels == [m.Label(name="bug")]
            assert await issue.user.login == "bob"
            await all_issues.add_labels(issue.number, "parser", "good first issue")
            await all_issues.remove_label(1, "good first issue")
            await theirs.issues.update(1, title="It crashes on (")
            assert await all_issues.react(1, "+1") == 1
            assert (await all_issues.get(1)).reactions .plus_one == 1
            await theirs.issues.create("Faster, please", labels=["wish"])
            closed = await all_issues.close(1, reason="not_planned")
            assert (closed.state, closed.state_reason) == (m.State.CLOSED, "not_planned")
            await all_issues.reopen(1)
            kinds = [type(event).__name__ for event in await all_issues.timeline(1)]
            assert kinds == ["Commented", "Labeled", "Labeled", "Renamed", "Closed", "Closed"]
            assert [type(event.what).__name__ for event in told] == kinds
            assert told[3].what == m.Renamed.model_validate(
                {"from": "It crashes", "to": "It crashes on ("}
            )
            assert await watch.delivered == 6
            await watch.stop()
            await all_issues.close(1)
            assert len(told) == 6, "nothing more is told"

            bugs = await all_issues.list(labels=["bug"], state=m.State.CLOSED, assignee="ada")
            assert_type(bugs, Page[m.Issue])
            assert [each.number for each in bugs.items] == [1]
            most = all_issues.list(sort="comments", direction="desc")
            assert await most.items[0].title == "It crashes on ("
            # The comments of all issues, in one round trip.
            bodies = most.items.map(lambda each: all_issues.comments(each.number).items)
            assert [[c.body for c in each] for each in await bodies] == [["Thanks!"], []]
            await all_issues.lock(2, "off-topic")
            outcome = await asyncio.gather(
                theirs.issues.comment(2, "Why?"), all_issues.get(77), return_exceptions=True
            )
            assert isinstance(outcome[0], PermissionError)
            assert isinstance(outcome[1], LookupError)
            try:
                await all_issues.list(per_page=1000)
            except TypeError as error:
                assert "IssuesApi.list(per_page)" in str(error)
            else:
                raise AssertionError("1000 a page")


async def pull_requests(ada: AuthenticatedForgePromise, bob: AuthenticatedForgePromise) -> None:
    with bob.fork("ada", "parser") as fork:
        assert (await fork.get()).parent == await ada.repository("ada", "parser").get()
        assert await fork.get().parent.some.owner.login == "ada"
    with ada.repository("ada", "parser") as repo, repo.pulls as pulls:
        await repo.create_branch("fix")
        fixed = repo.put_file(
            "src/parser.py", b"def parse():\n    return 1\n", message="Fix", branch="fix"
        )
        difference = await repo.compare("main", "fix")
        assert (difference.ahead_by, difference.behind_by) == (1, 0)
        assert [each.filename for each in difference.files] == ["src/parser.py"]
        pull = pulls.create(title="Fix it", head="fix", draft=True)
        assert (await pulls.files(pull.number))[0].additions == 2
        await pulls.request_reviewers(pull.number, "bob", "cy")
        remark = ReviewCommentPromise.of(path="src/parser.py", line=2, body=fixed.message)
        review = await pulls.review(pull.number, "REQUEST_CHANGES", "Why 1?", [remark])
        assert review.state == "CHANGES_REQUESTED"
        assert review.comments == [m.ReviewComment(path="src/parser.py", line=2, body="Fix")]
        await pulls.review(pull.number, "APPROVE")
        states = pulls.reviews(pull.number).map(lambda each: each.state)
        assert await states == ["CHANGES_REQUESTED", "APPROVED"]
        assert (await pulls.list(head="fix")).total_count == 1
        try:
            await pulls.merge(pull.number, sha="0000")
        except ValueError as error:
            assert str(error).startswith("the head is ")
        else:
            raise AssertionError("merged unseen")
        merged = await pulls.merge(pull.number, method="squash", sha=fixed.sha)
        assert merged.merged
        assert (await pulls.get(pull.number)).state is m.State.CLOSED
        assert (await repo.commit("main")).message == "Squash #3"
        branch = repo.branch("fix")
        assert_type(branch, rpc.OptionalPromise[m.Branch, BranchPromise])
        assert await branch.map(lambda each: each.commit.sha) == await fixed.sha
        assert await repo.branch("none").map(lambda each: each.commit.sha) is None
        assert [each.protected for each in await repo.branches()] == [True, False]


async def releases(ada: AuthenticatedForgePromise) -> None:
    async def content() -> AsyncIterator[bytes]:
        yield b"PK"
        yield b"1234"
        yield b"5"

    with ada.repository("ada", "parser").releases as all_releases:
        assert await all_releases.latest() is None
        release = all_releases.create("v1", "First", draft=True)
        asset = all_releases.upload_asset(release.id, "parser.zip", content())
        chunks = [chunk async for chunk in all_releases.download_asset(asset.id)]
        assert chunks == [b"PK12", b"345"]
        assert (await asset).size == 7
        assert await all_releases.latest() is None, "a draft is no release yet"
        assert (await all_releases.publish(release.id)).published_at is not None
        assert await all_releases.latest().some.tag_name == "v1"
        found = await all_releases.by_tag("v1")
        assert found is not None
        assert [each.name for each in found.assets] == ["parser.zip"]
        # The content of one release as that of another: it passes through the forge alone.
        second = all_releases.create("v2", prerelease=True)
        copy = all_releases.upload_asset(
            second.id, "copy.zip", all_releases.download_asset(asset.id), content_type="zip"
        )
        assert [*await asyncio.gather(copy.size, copy.content_type)] == [7, "zip"]
        assert [each.tag_name for each in (await all_releases.list()).items] == ["v2", "v1"]
        await all_releases.delete(second.id)
        try:
            await all_releases.get(second.id)
        except LookupError:
            pass
        else:
            raise AssertionError("it was deleted")


async def social(
    forge: ForgeStub, ada: AuthenticatedForgePromise, bob: AuthenticatedForgePromise
) -> None:
    me = bob.me
    assert_type(me, UserPromise)
    assert assert_type(await me, m.User).plan == m.Plan(name="free", private_repos=3)
    await ada.follow(me.login)
    assert [user.login for user in (await forge.followers("bob")).items] == ["ada"]
    assert await forge.user(me.login).followers == 1
    stars = [who.star("ada", "parser") for who in (ada, bob)]
    assert await asyncio.gather(*stars) == [1, 2]
    assert await bob.star("ada", "parser") == 2
    assert await bob.starred().items.map(lambda repo: repo.full_name) == ["ada/parser"]
    best = forge.search_repositories("parse", topic="grammar", sort="stars")
    owner = forge.user(best.items[0].owner.login)
    assert await owner.login == "ada"
    assert [issue.number for issue in await forge.search_issues("crashes", "bug")] == [1]
    limit = await forge.rate_limit()
    assert limit.remaining == limit.limit - 2
