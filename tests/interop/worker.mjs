// A worker process in JavaScript, for `spawn`: the npm package over newline-framed standard input and output.
//
// What the program prints must not get between the messages: `console` writes to standard error.

import { createInterface } from "node:readline";
import * as capnweb from "capnweb";

import { NodeApi } from "./api.mjs";

console.log = console.info = console.debug = console.error;

/** An RpcTransport: one message a line. */
class StdioTransport {
  #lines = createInterface({ input: process.stdin, crlfDelay: Infinity })[Symbol.asyncIterator]();

  send(message) {
    process.stdout.write(`${message}\n`);
  }

  async receive() {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error("standard input was closed");
    return value;
  }

  abort() {
    process.stdout.end();
    process.stdin.destroy();
  }
}

class Worker extends NodeApi {
  /** Calls a method of the other side's main object. */
  async greetParent(name) {
    return await session.getRemoteMain().greet(name);
  }

  async *numbers(end) {
    for (let n = 0; n < end; n++) yield n;
  }

  count(end) {
    // Streams that Node makes itself are of a class of its own, which capnweb refuses to send.
    return Object.setPrototypeOf(ReadableStream.from(this.numbers(end)), ReadableStream.prototype);
  }

  exit(code) {
    process.exit(code);
  }

  stats() {
    return session.getStats();
  }
}

const world = { log: console.error, shelf: new Map() };
const session = new capnweb.RpcSession(new StdioTransport(), new Worker(world));
