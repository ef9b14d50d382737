// A peer that speaks the npm package `capnweb`, steered by the Python tests.
//
//   node peer.mjs serve          a server on a free port of 127.0.0.1, of WebSockets and HTTP batches
//   node peer.mjs connect URL    a client of the server under test, which offers a main object of its own
//
// Messages are text; with the name of an encoding level as a last argument they are CBOR (cbor.mjs).
//
// Standard input and output carry one JSON object a line (tests/interop/node.py is the other end). The
// first line out is {"ready": {...}} or {"error": {...}}. Then each command gets one reply, in any order:
//
//   {"id": 1, "run": "stats", "args": []}                                a command of `commands` below
//   {"id": 2, "eval": "async (api, env, n) => ...", "args": [3]}         JavaScript of the test itself
//   {"id": 1, "result": ...}   {"id": 2, "error": {"name", "message", "stack"}}
//
// `eval` lets a test hold its JavaScript beside its Python. The function gets the remote main stub of the
// newest session, `env` (below) and the arguments; what it returns has to be plain JSON. Commands start in
// the order in which they arrive and do not wait for each other. The process ends with its standard input.

import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { inspect } from "node:util";
import * as capnweb from "capnweb";
import { WebSocket, WebSocketServer } from "ws";

import { Counter, NodeApi } from "./api.mjs";
import { CborTransport } from "./cbor.mjs";

// Node 20 has no WebSocket of its own; capnweb looks for the global one each time it opens a session.
globalThis.WebSocket = WebSocket;

// Standard output belongs to the protocol above.
console.log = console.info = console.debug = console.error;

/** How long something that has to happen may take before it is reported as missing. */
const PATIENCE_MS = 10_000;

// --- what happens, and waiting for it ----------------------------------------------------------------

const journal = [];
const faults = [];
const watchers = new Set();

/** Lets all waiting conditions look again, after capnweb has dealt with what has just come in. */
function happened() {
  setImmediate(() => {
    for (const look of [...watchers]) look();
  });
}

/** Notes an event that a test may want to see. */
function log(line) {
  journal.push(String(line));
  happened();
}

/** Waits, without polling, until `condition()` holds; it is looked at after every frame and log line. */
function until(condition, describe = () => String(condition)) {
  return new Promise((resolve, reject) => {
    const look = () => {
      try {
        if (!condition()) return;
        resolve();
      } catch (error) {
        reject(error);
      }
      stop();
    };
    const timer = setTimeout(() => {
      reject(new Error(`did not happen within ${PATIENCE_MS} ms: ${describe()}`));
      stop();
    }, PATIENCE_MS);
    const stop = () => {
      clearTimeout(timer);
      watchers.delete(look);
    };
    watchers.add(look);
    look();
  });
}

for (const kind of ["unhandledRejection", "uncaughtException"]) {
  process.on(kind, (error) => {
    faults.push(`${kind}: ${error?.stack ?? error}`);
    console.error(faults.at(-1));
    happened();
  });
}

// --- sessions ----------------------------------------------------------------------------------------

const world = { log, shelf: new Map() };
const sessions = [];
let makeMain = () => new NodeApi(world);
let makeTransport = (ws) => new capnweb.WebSocketTransport(ws);
let server;

/** Starts a session on a socket, open or opening, and records its frames. */
function startSession(ws, main = makeMain()) {
  // Recorded on the socket, so that the session runs on capnweb's own transport, unchanged.
  const frames = [];
  ws.addEventListener("message", (event) => {
    frames.push(["in", event.data]);
    happened();
  });
  const send = ws.send;
  ws.send = (data, ...rest) => {
    frames.push(["out", data]);
    happened();
    send.call(ws, data, ...rest);
  };
  const rpc = new capnweb.RpcSession(makeTransport(ws), main);
  const session = { ws, rpc, frames, api: rpc.getRemoteMain() };
  session.api.onRpcBroken((error) => log(`broken: ${error}`));
  ws.addEventListener("close", (event) => log(`closed ${event.code} ${event.reason}`.trimEnd()));
  sessions.push(session);
  happened();
  return session;
}

/** Opens one more session as a client and waits until its socket is open. */
async function connect(url, main) {
  const ws = new WebSocket(url);
  const session = startSession(ws, main);
  await new Promise((resolve, reject) => {
    ws.addEventListener("open", resolve);
    ws.addEventListener("error", (event) => reject(event.error ?? new Error(event.message)));
  });
  return session;
}

/** Starts the server and answers its port. */
async function serve() {
  server = createServer((request, response) => answerBatch(request, response).catch(batchFailed(response)));
  new WebSocketServer({ server }).on("connection", (ws) => startSession(ws));
  server.listen(0, "127.0.0.1");
  await new Promise((resolve, reject) => server.on("listening", resolve).on("error", reject));
  return server.address().port;
}

/** Answers an HTTP batch, at /fetch by the function for Fetch types, elsewhere by the one for Node's. */
async function answerBatch(request, response) {
  if (request.url !== "/fetch") return capnweb.nodeHttpBatchRpcResponse(request, response, makeMain());
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = request.method === "POST" ? Buffer.concat(chunks).toString() : undefined;
  const fetched = new Request("http://localhost/fetch", { method: request.method, body });
  const answer = await capnweb.newHttpBatchRpcResponse(fetched, makeMain());
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  response.end(await answer.text());
}

/** What capnweb leaves to the application: a batch that it throws on is not answered. */
function batchFailed(response) {
  return (error) => {
    log(`batch failed: ${error}`);
    response.writeHead(500);
    response.end();
  };
}

function newest() {
  if (sessions.length === 0) throw new Error("there is no session yet");
  return sessions.at(-1);
}

// --- commands ----------------------------------------------------------------------------------------

const commands = {
  /** getStats() of the newest session. With `wanted`, waits until that is what it says. */
  async stats(wanted = null) {
    const { rpc } = newest();
    const read = () => JSON.stringify(rpc.getStats());
    if (wanted !== null) {
      const { imports, exports } = wanted;
      const target = JSON.stringify({ imports, exports });
      await until(() => read() === target, () => `stats ${target}, they are ${read()}`);
    }
    return rpc.getStats();
  },
  /** The port of the server, or null. */
  port: () => server?.address().port ?? null,
  /** Waits for the session with this index, counted from 0: a client has connected. */
  async session(index) {
    await until(() => sessions.length > index, () => `session ${index}`);
    return sessions.length;
  },
  /** What was noted so far: disposers, broken sessions, closed sockets. */
  log: () => [...journal],
  /** Waits until a line was noted `count` times. */
  async logged(line, count = 1) {
    const times = () => journal.filter((noted) => noted === line).length;
    await until(() => times() >= count, () => `"${line}" ${count}x in ${JSON.stringify(journal)}`);
    return times();
  },
  /** The frames of the newest session: ["in" | "out", text], in order. */
  frames: () => newest().frames.map(([way, data]) => [way, typeof data === "string" ? data : "(binary)"]),
  /** Closes the newest session's socket with a close frame and waits for the other end's. */
  async close(code = 1000, reason = "") {
    const { ws } = newest();
    ws.close(code, reason);
    await until(() => ws.readyState === WebSocket.CLOSED, () => "the socket closed");
    return null;
  },
  /** Destroys the newest session's socket, without a close frame: what a dying process does. */
  terminate() {
    newest().ws.terminate();
    return null;
  },
  /** Ends the process, in good order; answers what went wrong unseen while it ran. */
  async exit() {
    server?.close();
    server?.closeAllConnections();
    for (const { ws } of sessions) if (ws.readyState === WebSocket.OPEN) ws.close(1000);
    await new Promise(setImmediate);
    return faults;
  },
};

/** What JavaScript of a test finds in its second parameter. */
const env = {
  ...capnweb,
  Counter,
  NodeApi,
  world,
  log,
  until,
  sessions,
  connect,
  state: {}, // from one eval to the next
  /** Chooses the main object of the connections that are still to come. */
  offer(factory) {
    makeMain = factory;
  },
  get session() {
    return newest();
  },
  logged: commands.logged,
  stats: commands.stats,
  /** A value as text that keeps apart all that JSON does not: undefined, -0, 1n, dates, bytes. */
  show: (value) =>
    inspect(value, { depth: null, breakLength: Infinity, maxArrayLength: null, maxStringLength: null }),
  /** Lets everything that is ready run. */
  turn: () => new Promise(setImmediate),
  /** {promise, resolve, reject} */
  deferred: () => Promise.withResolvers(),
  dispose(...disposables) {
    for (const one of disposables) one[Symbol.dispose]();
  },
};

/** `value` if JSON carries it unchanged; an error naming the first part that it would change. */
function plain(value, path = "result") {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (Number.isFinite(value) && !Object.is(value, -0)) return value;
  if (Array.isArray(value)) {
    value.forEach((item, index) => plain(item, `${path}[${index}]`));
    return value;
  }
  if (typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype) {
    for (const [key, item] of Object.entries(value)) plain(item, `${path}.${key}`);
    return value;
  }
  const what = typeof value === "object" ? value.constructor?.name : `${typeof value}: ${String(value)}`;
  throw new TypeError(`${path} is not plain JSON (${what})`);
}

async function execute({ run, eval: source, args = [] }) {
  if (source !== undefined) {
    // Indirect, hence in global scope; the line end closes a comment on the last line.
    const body = (0, eval)(`(${source}\n)`);
    return plain((await body(sessions.at(-1)?.api, env, ...args)) ?? null);
  }
  if (!Object.hasOwn(commands, run)) throw new RangeError(`unknown command ${run}`);
  return commands[run](...args);
}

function reply(message, then = () => {}) {
  process.stdout.write(`${JSON.stringify(message)}\n`, then);
}

function describe(error) {
  return error instanceof Error
    ? { name: error.name, message: error.message, stack: error.stack ?? "" }
    : { name: "Error", message: `thrown: ${String(error)}`, stack: "" };
}

async function answer(line) {
  const command = JSON.parse(line);
  try {
    const result = await execute(command);
    reply({ id: command.id, result }, () => command.run === "exit" && process.exit(0));
  } catch (error) {
    reply({ id: command.id, error: describe(error) });
  }
}

// --- start -------------------------------------------------------------------------------------------

const lines = createInterface({ input: process.stdin });
lines.on("line", answer);
lines.on("close", () => process.exit(0)); // the test is gone

const [mode, ...rest] = process.argv.slice(2);
const url = mode === "connect" ? rest.shift() : undefined;
const [encoding] = rest;
if (encoding !== undefined) makeTransport = (ws) => new CborTransport(ws, encoding);
try {
  if (mode === "serve") {
    reply({ ready: { port: await serve() } });
  } else if (mode === "connect" && url !== undefined) {
    await connect(url);
    reply({ ready: { url } });
  } else {
    throw new Error("usage: node peer.mjs serve [ENCODING] | node peer.mjs connect URL [ENCODING]");
  }
} catch (error) {
  reply({ error: describe(error) }, () => process.exit(1));
}
