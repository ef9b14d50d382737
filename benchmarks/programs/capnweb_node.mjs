// npm `capnweb` on both ends, with `ws`; line for line what capnweb_python.py does.
//
//   node capnweb_node.mjs serve
//   node capnweb_node.mjs connect URL
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
};

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
  for await (const _ of createInterface({ input: process.stdin }));
}

async function connect(url) {
  const ws = new WebSocket(url);
  const session = new RpcSession(new WebSocketTransport(ws));
  const api = session.getRemoteMain();
  await new Promise((resolve, reject) => ws.on("open", resolve).on("error", reject));
  say({ versions: RUNNING });
  for await (const line of createInterface({ input: process.stdin })) {
    const { workload, size, warm_up: warmUp, seconds } = JSON.parse(line);
    await repeat(workloads[workload], api, size, warmUp);
    const measured = await repeat(workloads[workload], api, size, seconds);
    const { imports, exports } = session.getStats();
    check(`${imports} ${exports}`, "1 1");
    say(measured);
  }
}

const [mode, url] = process.argv.slice(2);
await (mode === "serve" ? serve() : connect(url));
process.exit(0); // the sockets are still open
