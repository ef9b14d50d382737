"""The ports' implementations, called by npm `capnweb`: what is generated means the same there."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.interop.helpers import node_calls_us
from tests.loops import run
from tests.ports.ports import PORTS, generated, importable


@pytest.fixture(scope="module", name="project")
def _project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = generated(tmp_path_factory.mktemp("from_node"))
    with importable(folder):
        yield folder


def evaluated(name: str, source: str) -> Any:
    """What JavaScript makes of the main object of a port; nothing may be left at either end."""
    results: list[Any] = []
    target = PORTS[name].use().TARGET

    async def test() -> None:
        async with node_calls_us(lambda _: target()) as link:
            owning = _WITH_OWN.format(body=source)
            results.append(await link.node.eval(owning))

    run(test)
    return results[0]


#: JavaScript has to dispose of what it only goes on from. `own` notes
#: such a promise, and it is disposed of at the end.
_WITH_OWN = """async (api, env) => {{
    const owned = [];
    const own = (promise) => {{ owned.push(promise); return promise; }};
    try {{
        return await ({body})(api, env, own);
    }} finally {{
        env.dispose(...owned);
    }}
}}"""


def test_forge(project: Path) -> None:
    found = evaluated(
        "forge",
        """async (api, env, own) => {
            const told = [];
            const ada = own(api.authenticate("token of ada"));
            const repo = own(ada.create_repository("js", {license: "MIT"}));
            const issues = repo.issues;
            const watch = own(issues.watch((event) => {
                told.push([event.number, event.what.event, event.what.to ?? null]);
            }));
            // An issue that is only being made is commented on, in the same round trip.
            const issue = own(issues.create("Port it", null, {labels: ["idea", "js"]}));
            const comment = await issues.comment(issue.number, "Yes");
            const {user, created_at} = await issue;
            const commented = comment.user.login;
            await issues.update(1, {title: "Port it now"});
            await issues.react(1, "+1");
            const {reactions} = await issues.get(1);
            const page = await issues.list({state: "open", per_page: 1});
            const bodies = await own(issues.list()).items.map((each) => each.title);
            const failed = await issues.get(7).catch((error) => `${error}`);
            const refused = await issues.list({per_page: 0}).catch((error) => error.message);
            await watch.stop();

            const pieces = new ReadableStream({
                start(controller) {
                    controller.enqueue(new Uint8Array([1, 2, 3]));
                    controller.enqueue(new Uint8Array([4, 5]));
                    controller.close();
                },
            });
            const release = own(repo.releases.create("v1"));
            const asset = own(repo.releases.upload_asset(release.id, "js.zip", pieces));
            const chunks = [];
            for await (const chunk of await repo.releases.download_asset(asset.id)) {
                chunks.push([...chunk]);
            }
            const size = await asset.size;
            const readme = await repo.contents("README.md");
            return {
                told, commented, bodies, failed, refused, chunks, size, reactions,
                login: user.login, date: created_at instanceof Date,
                total: page.total_count, next: page.next_cursor,
                readme: [readme.type, new TextDecoder().decode(readme.content)],
            };
        }""",
    )
    assert found == {
        "told": [[1, "commented", None], [1, "renamed", "Port it now"]],
        "commented": "ada",
        "bodies": ["Port it now"],
        "failed": "Error: no issue 7 in ada/js",
        "refused": ("IssuesApi.list(per_page): Input should be greater than or equal to 1"),
        "chunks": [[1, 2, 3, 4], [5]],
        "size": 5,
        "reactions": {"+1": 1, "-1": 0, "heart": 0},
        "login": "ada",
        "date": True,
        "total": 1,
        "next": None,
        "readme": ["file", "# js\n"],
    }


def test_keyvalue(project: Path) -> None:
    found = evaluated(
        "keyvalue",
        """async (api, env, own) => {
            const text = (value) => value === null ? null : new TextDecoder().decode(value);
            const bytes = (value) => new TextEncoder().encode(value);
            const db = own(api.select());
            const heard = [], changes = [];
            const subscription = own(db.subscribe((message) => { heard.push(message); }, "news"));
            const watch = own(db.on_change("k*", (key, kind) => { changes.push([key, kind]); }));
            await db.set("k", bytes("v"), {after: 10}, {only: "new"});
            const again = await db.set("k", bytes("w"), null, {only: "new"});
            await db.set("copy", own(db.get("k")));
            const copy = text(await db.get("copy"));
            const told = await db.publish("news", bytes("hello"));
            await db.zadd("z", ["b", 2], ["a", 1.5]);
            const names = await own(db.zrange("z", 0, -1, {reverse: true})).map((each) => each[0]);
            const pipeline = own(db.pipeline());
            const chain = own(own(pipeline.incr("n", 5)).incr("n"));
            const replies = await own(chain.rpush("l", bytes("x"))).execute();
            const waiting = db.blpop("later");
            await db.rpush("later", bytes("now"));
            const [key, value] = await waiting;
            const transformed = text(
                await db.transform("k", (value) => bytes(text(value) + "!")));
            const entries = [];
            for await (const entry of await db.scan("*", {kind: "string"})) {
                entries.push([entry.key, entry.expires_in]);
            }
            const wrong = await db.lrange("k").catch((error) => `${error}`);
            const ttl = await db.ttl("k");
            await subscription.cancel();
            await watch.cancel();
            return {
                again, copy, told, names, replies, popped: [key, text(value)], transformed,
                entries, wrong, ttl,
                heard: heard.map(([channel, data]) => [channel, text(data)]), changes,
                version: await api.version,
            };
        }""",
    )
    assert found == {
        "again": False,
        "copy": "v",
        "told": 1,
        "names": ["b", "a"],
        "replies": [5, 6, 1],
        "popped": ["later", "now"],
        "transformed": "v!",
        "entries": [["copy", None], ["k", None], ["n", None]],
        "wrong": "TypeError: WRONGTYPE k holds a string",
        "ttl": None,
        "heard": [["news", "hello"]],
        "changes": [["k", "string"], ["k", "string"]],
        "version": [8, 0, 1],
    }


def test_chat(project: Path) -> None:
    found = evaluated(
        "chat",
        """async (api, env, own) => {
            class Client extends env.RpcTarget {
                constructor() { super(); this.seen = []; }
                get device() { return "browser"; }
                on_event(event) { this.seen.push(event.type); }
                async on_invitation(sender, room) {
                    this.asked = [(await sender.profile).name, await room.topic];
                    return true;
                }
            }
            await Promise.all(["ada", "bob"].map((each) => api.register(each, each, "pw")));
            const client = new Client();
            const ada = own(api.login("ada", "pw")), bob = own(api.login("bob", "pw", client));
            const room = own(ada.create_room("lounge", "Everything"));
            const person = own(ada.person("bob"));
            await person.invite(room);
            const poll = own(room.post({kind: "poll", question: "?", options: ["yes"], votes: {}}));
            const votes = await room.vote(poll.id, "yes");
            const answer = await room.post("plain text", {reply_to: poll.id});
            const thread = own(room.thread(poll.id));
            const replies = [];
            for await (const reply of await thread.replies()) replies.push(reply.content.body);
            const wrong = await room.post({kind: "song"}).catch((error) => error.name);
            const members = await own(room.people()).map((each) => each.profile.name);
            const file = own(room.attach("a.txt", "text/plain", new ReadableStream({
                start(controller) {
                    controller.enqueue(new TextEncoder().encode("hello"));
                    controller.close();
                },
            })));
            let attached = "";
            for await (const chunk of await room.attachment(file.id)) {
                attached += new TextDecoder().decode(chunk);
            }
            await room.set_picture(new Blob(["GIF"], {type: "image/gif"}));
            const picture = await room.picture();
            const devices = await bob.devices();
            const missing = await bob.room("nowhere");
            const denied = await bob.moderate("lounge").catch((error) => `${error}`);
            return {
                asked: client.asked, seen: client.seen, votes, replies, wrong, members, attached,
                devices, missing, denied, body: answer.content.body, at: answer.at instanceof Date,
                picture: [picture.type, await picture.text()],
            };
        }""",
    )
    assert found == {
        "asked": ["ada", "Everything"],
        "seen": ["posted", "posted", "posted"],
        "votes": {"yes": 1},
        "replies": ["plain text"],
        "wrong": "TypeError",
        "members": ["ada", "bob"],
        "attached": "hello",
        "devices": ["browser"],
        "missing": None,
        "denied": "Error: you are no moderator of lounge",
        "body": "plain text",
        "at": True,
        "picture": ["image/gif", "GIF"],
    }


def test_files(project: Path) -> None:
    found = evaluated(
        "files",
        """async (api, env, own) => {
            const bytes = (value) => new TextEncoder().encode(value);
            const text = (value) => new TextDecoder().decode(value);
            const changes = [];
            const watch = own(api.watch((change) => { changes.push(change.what); }, "/d/*"));
            own(api.mkdir("/d"));
            const handle = own(api.open("/d/f", "x"));
            await handle.write(bytes("one\\ntwo\\n"));
            const position = await handle.position;
            const reader = own(api.open("/d/f"));
            const lines = [];
            for await (const line of await reader.lines()) lines.push(text(line));
            await reader.seek(-4, 2);
            const tail = text(await reader.read(3));
            const lock = own(reader.lock());
            const held = await lock.held;
            const locked = await handle.lock(0).catch((error) => error.name);
            const [kind, size, modified, mode, target] = await api.stat("/d/f");
            const tree = await api.tree();
            const names = await own(api.glob("*")).map((path) => [path, api.exists(path)]);
            const missing = await api.read_bytes("/none").catch((error) => error.name);
            const edited = await api.edit("/d/f", (lines) => {
                const reader = lines.getReader();
                return new ReadableStream({
                    async pull(controller) {
                        const {done, value} = await reader.read();
                        if (done) controller.close();
                        else controller.enqueue(bytes(text(value).toUpperCase()));
                    },
                });
            });
            const content = await api.read_text("/d/f");
            const look = own(api.read_only());
            const refused = await look.remove("/d").catch((error) => error.message);
            const removed = await api.remove("/d", {recursive: true});
            await watch.stop();
            return {
                position, lines, tail, held, locked, missing, edited, content, refused, removed,
                changes, names, stat: [kind, size, modified instanceof Date, mode, target],
                tree: tree.children.map((child) => [child.name, child.children[0].stat[1]]),
            };
        }""",
    )
    assert found == {
        "position": 8,
        "lines": ["one", "two"],
        "tail": "two",
        "held": True,
        "locked": "Error",
        "missing": "Error",
        "edited": 6,
        "content": "ONETWO",
        "refused": "'remove' is not a function.",
        "removed": 2,
        "changes": ["created", "changed", "changed"],
        "names": [["/d", True], ["/d/f", True]],
        "stat": ["file", 8, True, 0o644, None],
        "tree": [["d", 8]],
    }


def test_jobs(project: Path) -> None:
    found = evaluated(
        "jobs",
        """async (api, env, own) => {
            const events = [];
            const producer = own(api.produce()), worker = own(api.work("js"));
            const admin = own(api.administer("root"));
            const watching = own(admin.on_event((event) => { events.push(event.state); }));
            const sum = own(producer.add(19, 23));
            const invoice = own(producer.invoice(["0.10", "0.20"], "0.5"));
            const waiting = invoice.result();
            const lease = own(worker.lease("default", {duration: 90}));
            const going = await lease.heartbeat({done: 1});
            const {name, args, createdAt, retry} = await lease.job;
            await lease.complete(args[0] + args[1], {cost: "0.25"});
            const other = own(worker.lease());
            await other.complete("0.45");
            const served = worker.serve("math", ({args: [a, b]}) => a * b);
            const product = own(
                producer.enqueue("multiply", [6, 7], {queue: "math", priority: 9}));
            const result = await product.result();
            own(producer.enqueue("soon", [], {delay: 1.5, idempotency_key:
                "12345678-1234-5678-1234-567812345678"}));
            const advanced = await admin.advance(2);
            const batch = own(producer.batch());
            const size = await own(own(batch.add("a", 1)).add("b", 2)).size;
            const recurring = own(producer.schedule("daily", {kind: "daily", at: "08:30:00"}));
            await admin.advance(86400);
            const runs = (await recurring.runs()).length;
            const {interval} = await own(
                producer.schedule("hourly", {kind: "every", interval: 3600})).schedule;
            const refused = await producer.enqueue("x", [], {delay: "soon"})
                .catch((error) => error.message);
            const outcome = await sum.outcome();
            const paid = await waiting;
            const found = {
                going, name, args, date: createdAt instanceof Date, retry, result,
                served: await served, states: advanced.map((each) => each.state), size, runs,
                interval, refused, outcome, paid, costs: await admin.costs(),
                id: await sum.id, events: events.slice(0, 4),
            };
            await watching.stop();
            return found;
        }""",
    )
    assert found == {
        "going": True,
        "name": "add",
        "args": [19, 23],
        "date": True,
        "retry": {"attempts": 3, "backoff": 10, "factor": "2"},
        "result": 42,
        "served": 1,
        "states": ["queued"],
        "size": 2,
        "runs": 1,
        "interval": 3600,
        "refused": "ProducerApi.enqueue(delay): expected a number of seconds",
        "outcome": {"kind": "success", "value": 42, "took": 0, "cost": "0.25"},
        "paid": "0.45",
        "costs": {"default": "0.25", "math": "0.01"},
        "id": "00000000-0000-0000-0000-000000000002",
        "events": ["queued", "queued", "running", "done"],
    }
