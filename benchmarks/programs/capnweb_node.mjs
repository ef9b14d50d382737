// npm `capnweb` on both ends, with `ws`; line for line what capnweb_python.py does.
//
//   node capnweb_node.mjs serve
//   node capnweb_node.mjs connect URL
//   node capnweb_node.mjs alone
//
// peers.py describes the conversation on the standard streams.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

// The packages are those of the interop tests. Import statements would not find them there.
const require = createRequire(new URL("../../tests/interop/package.json", import.meta.url));
const { RpcSession, RpcTarget, WebSocketTransport } = require("capnweb");
const { WebSocket, WebSocketServer } = require("ws");

// Node 20 has no WebSocket of its own; capnweb looks for the global one.
globalThis.WebSocket = WebSocket;

const RUNNING = { Node: process.versions.node, capnweb: version("capnweb"), ws: version("ws") };

class Api extends RpcTarget {
  add(a, b) {
    return a + b;
  }

  numbers(count) {
    return Array.from({ length: count }, (_, i) => i);
  }

  echo(value) {
    return value;
  }

  async consume(stream) {
    let size = 0;
    for await (const chunk of stream) size += chunk.length;
    return size;
  }
}

const MIB = 1024 * 1024;
const CHUNK = new Uint8Array(64 * 1024).fill(7);
const BLOCK = new Uint8Array(MIB).fill(7);
const TREE = tree(468);

/** Nested arrays and objects with texts, numbers and dates: 119 KB of JSON as they travel. */
function tree(records) {
  return Array.from({ length: records }, (_, i) => ({
    id: i,
    name: `record number ${i}, a name of some length`,
    created: new Date(1700000000000 + i * 1000),
    tags: ["alpha", "beta", `tag-${i}`],
    size: { width: i * 1.5, height: i / 4, unit: "mm" },
    active: i % 2 === 0,
    parent: i === 0 ? null : i - 1,
    note: "some text that is neither short nor long",
  }));
}

function chunks(count) {
  let left = count;
  return new ReadableStream({
    pull(controller) {
      if (left-- > 0) controller.enqueue(CHUNK);
      else controller.close();
    },
  });
}

const workloads = {
  async sequential(api, size) {
    for (let i = 0; i < size; i++) check(await api.add(i, 1), i + 1);
  },

  async in_flight(api, size) {
    const sums = await Promise.all(Array.from({ length: size }, (_, i) => api.add(i, 1)));
    for (let i = 0; i < size; i++) check(sums[i], i + 1);
  },

  async chain(api, size) {
    for (let i = 0; i < size; i++) {
      const first = api.add(i, 1);
      const second = api.add(first, 1);
      check(await api.add(second, 1), i + 3);
      first[Symbol.dispose]();
      second[Symbol.dispose]();
    }
  },

  async map(api, size) {
    for (let i = 0; i < size; i++) {
      const numbers = api.numbers(1000);
      const sums = await numbers.map((number) => api.add(number, 1));
      check(sums.length === 1000 && sums[999], 1000);
      numbers[Symbol.dispose]();
    }
  },

  async tree(api, size) {
    for (let i = 0; i < size; i++) check((await api.echo(TREE))[467].parent, 466);
  },

  async bytes(api, size) {
    for (let i = 0; i < size; i++) check((await api.echo(BLOCK)).length, MIB);
  },

  async stream(api, size) {
    check(await api.consume(chunks(16 * size)), size * MIB);
  },
};

/** Opens `size` sessions that then do nothing. */
async function idle(url, size) {
  for (let i = 0; i < size; i++) {
    const ws = new WebSocket(url);
    const api = new RpcSession(new WebSocketTransport(ws)).getRemoteMain();
    check(await api.add(i, 1), i + 1);
    held.push(ws);
  }
}

const held = [];

/** Two ends in this process, joined. */
function joined(main) {
  class End {
    received = [];
    waiting = [];

    async send(message) {
      this.peer.deliver(message);
    }

    deliver(message) {
      const next = this.waiting.shift();
      if (next) next(message);
      else this.received.push(message);
    }

    receive() {
      if (this.received.length > 0) return Promise.resolve(this.received.shift());
      return new Promise((resolve) => this.waiting.push(resolve));
    }

    abort() {}
  }

  const near = new End();
  const far = new End();
  near.peer = far;
  far.peer = near;
  new RpcSession(far, main);
  return new RpcSession(near);
}

function version(name) {
  const folder = new URL(`../../tests/interop/node_modules/${name}/`, import.meta.url);
  return JSON.parse(readFileSync(new URL("package.json", folder), "utf8")).version;
}

function check(actual, expected) {
  if (actual !== expected) throw new Error(`${actual} instead of ${expected}`);
}

function say(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

/** Does whole goes of `size` until `seconds` are over; gives operations and seconds. */
async function repeat(workload, api, size, seconds) {
  let operations = 0;
  const start = performance.now();
  let elapsed = 0;
  while (elapsed < seconds) {
    await workload(api, size);
    operations += size;
    elapsed = (performance.now() - start) / 1000;
  }
  return { operations, seconds: elapsed };
}

async function serve() {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  server.on("connection", (ws) => new RpcSession(new WebSocketTransport(ws), new Api()));
  await new Promise((resolve, reject) => server.on("listening", resolve).on("error", reject));
  say({ port: server.address().port, versions: RUNNING });
  for await (const _ of createInterface({ input: process.stdin })) {
    for (let i = 0; i < 5; i++) globalThis.gc();
    say({ bytes: process.memoryUsage().rss });
  }
}

async function connect(url) {
  const ws = new WebSocket(url);
  const session = new RpcSession(new WebSocketTransport(ws));
  await new Promise((resolve, reject) => ws.on("open", resolve).on("error", reject));
  await measure(session, url);
}

/** What has been done may still be released; nothing may be left. */
async function atRest(session) {
  const left = () => Object.values(session.getStats()).join(" ");
  for (let i = 0; i < 100 && left() !== "1 1"; i++) await new Promise((go) => setTimeout(go, 10));
  check(left(), "1 1");
}

async function measure(session, url) {
  const api = session.getRemoteMain();
  say({ versions: RUNNING });
  for await (const line of createInterface({ input: process.stdin })) {
    const { workload, size, warm_up: warmUp, seconds } = JSON.parse(line);
    if (workload === "idle") {
      await idle(url, size);
      say({ operations: size, seconds: 1 });
      continue;
    }
    await repeat(workloads[workload], api, size, warmUp);
    const measured = await repeat(workloads[workload], api, size, seconds);
    await atRest(session);
    say(measured);
  }
}

const [mode, url] = process.argv.slice(2);
if (mode === "serve") await serve();
else if (mode === "alone") await measure(joined(new Api()));
else await connect(url);
process.exit(0); // the sockets are still open
