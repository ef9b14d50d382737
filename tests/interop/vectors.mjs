// Runs the vectors of tests/vectors over the npm package.
//
//   node vectors.mjs < rows.json
//
// Standard input is a JSON list of rows, each with the conditions that `shows` and `what` name, and `way`:
// "sent", "received", "both" or "no" for values. Standard output is a JSON list of as many answers: null if
// the npm package does what the row says, else what it does.

import { deserialize, RpcSession, RpcTarget, serialize } from "capnweb";
import { WebSocket } from "ws";

import { form, text, value } from "./notation.mjs";

globalThis.WebSocket = WebSocket; // Node 20 has none of its own, and capnweb looks for it
console.log = console.info = console.debug = console.error;

/** Turns of the event loop in which everything that is ready has run. */
const TURNS = 4;

async function quiet() {
  for (let turn = 0; turn < TURNS; turn++) await new Promise(setImmediate);
}

// --- values ------------------------------------------------------------------------------------------

async function sent(row) {
  const written = serialize(value(row.value));
  return written === text(row.wire) ? null : `sends ${written.slice(0, 500)}`;
}

async function received(row) {
  const got = JSON.stringify(await form(deserialize(text(row.wire))));
  const wanted = JSON.stringify(await form(value(row.value)));
  return got === wanted ? null : `receives ${got.slice(0, 500)} instead of ${wanted.slice(0, 500)}`;
}

async function refused(row) {
  let got;
  try {
    got = deserialize(text(row.wire));
  } catch {
    return null;
  }
  return `accepts it as ${JSON.stringify(await form(got)).slice(0, 500)}`;
}

// --- sessions ----------------------------------------------------------------------------------------

/** A transport that is steered by hand. */
class Hand {
  sent = [];
  ended = false;
  #waiting = [];
  #queue = [];

  feed(message) {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#queue.push(message);
    else waiting(message);
  }

  send(message) {
    this.sent.push(JSON.parse(message));
    return Promise.resolve();
  }

  receive() {
    if (this.#queue.length > 0) return Promise.resolve(this.#queue.shift());
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  abort() {
    this.ended = true;
  }
}

class Counter extends RpcTarget {
  #value = 0;
  #gone = false;
  #api;

  constructor(api) {
    super();
    this.#api = api;
  }

  increment(by) {
    return (this.#value += by);
  }

  get value() {
    return this.#value;
  }

  [Symbol.dispose]() {
    if (!this.#gone) this.#api.gone += 1;
    this.#gone = true;
  }
}

/** The main object of transcripts: tests/core/api.py says in words what it does. */
class Api extends RpcTarget {
  #own = { gone: 0, kept: [], laters: [] };

  hello(name) { return `hi ${name}`; }
  echo(given) { return keepable(given); }
  count(...given) { return given.length; }

  kind(given) {
    if (given === null) return "null";
    return Array.isArray(given) ? "array" : typeof given;
  }

  call(callback, argument) { return callback(argument); }

  user() {
    return {
      id: 1, name: "ann", friends: [{ id: 2 }, { id: 3 }], boss: null, when: new Date(0), data: Buffer.from("a"),
      error: new Error("no"), big: 5n, again: () => "again", own: this.mk(),
    };
  }

  mk() { return new Counter(this.#own); }

  pair() {
    const counter = this.mk();
    return [counter, counter];
  }

  later() {
    return new Promise((resolve, reject) => this.#own.laters.push({ resolve, reject }));
  }

  now(given) {
    this.#own.laters.shift().resolve(keepable(given));
    return null;
  }

  never(message) {
    this.#own.laters.shift().reject(new Error(message));
    return null;
  }

  fail(message) { throw new TypeError(message); }

  keep(callback) {
    this.#own.kept.push(callback.dup());
    return null;
  }

  tell(given) { return this.#own.kept[0](given); }

  drop() {
    this.#own.kept.shift()[Symbol.dispose]();
    return null;
  }

  get gone() { return this.#own.gone; }
  get list() { return [10, [20], { a: 30 }]; }
  get text() { return "abc"; }
  get bad() { throw new TypeError("bad"); }
}

/** A value whose stubs outlive the call. */
function keepable(given) {
  if (typeof given === "function") return given.dup();
  if (Array.isArray(given)) return given.map(keepable);
  if (typeof given !== "object" || given === null || Object.getPrototypeOf(given) !== Object.prototype) return given;
  return Object.fromEntries(Object.entries(given).map(([key, item]) => [key, keepable(item)]));
}

function session() {
  const transport = new Hand();
  return { transport, rpc: new RpcSession(transport, new Api()) };
}

async function malformed(row) {
  const { transport } = session();
  transport.feed("text" in row ? text(row.text) : JSON.stringify(row.message));
  await quiet();
  const answers = transport.sent;
  if (answers.length === 1 && answers[0][0] === "abort") return null;
  return `answers ${JSON.stringify(answers).slice(0, 500)}`;
}

/** Whether a session is left open, or not, by some messages. */
async function endsAs(row) {
  const { transport } = session();
  for (const message of row.texts) {
    transport.feed(text(message));
    await quiet();
  }
  const ended = transport.ended ? "aborted" : "open";
  return ended === row.end ? null : `is ${ended} at the end`;
}

/** Whether a message is the expected one, in which `*` is any string. */
function matches(message, expected) {
  if (expected === "*") return typeof message === "string";
  if (typeof expected !== "object" || expected === null) return Object.is(message, expected);
  if (typeof message !== "object" || message === null || Array.isArray(message) !== Array.isArray(expected)) return false;
  const keys = Object.keys(expected);
  return keys.length === Object.keys(message).length && keys.every((key) => matches(message[key], expected[key]));
}

async function transcript(row) {
  const { transport, rpc } = session();
  await quiet();
  for (const [way, message] of row.steps) {
    if (way === "in") {
      if (transport.sent.length > 0) return `sends ${JSON.stringify(transport.sent)} as well`;
      transport.feed(JSON.stringify(message));
      await quiet();
    } else {
      const answer = transport.sent.shift();
      if (answer === undefined) return `does not send ${JSON.stringify(message)}`;
      if (!matches(answer, message)) return `sends ${JSON.stringify(answer)} instead of ${JSON.stringify(message)}`;
    }
  }
  if (transport.sent.length > 0) return `sends ${JSON.stringify(transport.sent)} at the end`;
  const ended = transport.ended ? "aborted" : "open";
  if (ended !== row.end) return `is ${ended} at the end`;
  const { imports, exports } = rpc.getStats();
  // The tables of a session that has ended are nobody's business; the reference leaves them as they were.
  if (row.end === "open" && (imports !== row.left[0] || exports !== row.left[1])) {
    return `has ${imports} imports and ${exports} exports at the end`;
  }
  return null;
}

// --- rows --------------------------------------------------------------------------------------------

async function judge(row) {
  if ("texts" in row) return endsAs(row);
  if ("steps" in row) return transcript(row);
  if (!("wire" in row)) return malformed(row);
  if (row.way === "no") return refused(row);
  if (row.way !== "received") {
    const fault = await sent(row);
    if (fault !== null) return fault;
  }
  return row.way === "sent" ? null : received(row);
}

// A session that ends rejects promises that nobody in here waits for.
process.on("unhandledRejection", () => {});

const pieces = [];
for await (const piece of process.stdin) pieces.push(piece);
const answers = [];
for (const row of JSON.parse(Buffer.concat(pieces).toString())) {
  answers.push(await judge(row).catch((error) => `throws ${error?.name}: ${error?.message}`));
}
process.stdout.write(`${JSON.stringify(answers)}\n`, () => process.exit(0));
