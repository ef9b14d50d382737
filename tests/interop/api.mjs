// The objects that the Node peer offers: one of each kind of behaviour that an interop test needs.
//
// Nothing here waits for time. A call that must not settle yet waits for `release()`, and whatever the
// tests have to see is written to the journal of `world`, which all connections of one process share.

import { RpcTarget } from "capnweb";

/** A by-reference object whose disposer tells that it ran. */
export class Counter extends RpcTarget {
  #value;
  #label;
  #world;

  constructor(world, start, label) {
    super();
    this.#world = world;
    this.#value = start;
    this.#label = label;
  }

  increment(by = 1) {
    return (this.#value += by);
  }

  get value() {
    return this.#value;
  }

  [Symbol.dispose]() {
    this.#world.log(`dispose ${this.#label}`);
  }
}

const ERRORS = { __proto__: null, Error, EvalError, RangeError, SyntaxError, TypeError, URIError };

/** The main object of a connection. */
export class NodeApi extends RpcTarget {
  #world;
  #kept = []; // callbacks, each a stub of our own
  #waiting = []; // what `release()` lets go on

  constructor(world) {
    super();
    this.#world = world;
  }

  // --- values ---

  square(n) {
    return n * n;
  }

  greet(name) {
    return `Hello, ${name}!`;
  }

  echo(value) {
    return value;
  }

  getUser(id) {
    return { id, name: `user ${id}`, friends: [id + 1, id + 2], address: { city: "Oslo" } };
  }

  get motd() {
    return "be kind";
  }

  get nested() {
    return { a: { b: [10, 20, { c: "deep" }] } };
  }

  // --- errors ---

  /** Throws the built-in error of that name, or an Error with its `name` set to it. */
  fail(kind, message) {
    const error = new (ERRORS[kind] ?? Error)(message);
    error.name = kind;
    throw error;
  }

  async throwsLater(message = "thrown later") {
    await new Promise(setImmediate);
    throw new Error(message);
  }

  // --- calls that stay open ---

  /** Answers `value` once `release()` is called. Its start is in the journal. */
  slow(value) {
    this.#world.log("slow waits");
    return new Promise((resolve) => this.#waiting.push(() => resolve(value)));
  }

  /** Lets all calls of `slow` go on and tells how many there were. */
  release() {
    const waiting = this.#waiting.splice(0);
    for (const goOn of waiting) goOn();
    return waiting.length;
  }

  // --- objects by reference ---

  makeCounter(start = 0, label = "counter") {
    return new Counter(this.#world, start, label);
  }

  incrementCounter(counter, by = 1) {
    return counter.increment(by);
  }

  /**
   * The same stub back to where it came from; for objects of the caller. capnweb 0.12 makes an object that
   * comes home a promise with no path. As a parameter it can be called but not dup()ed ("Can't dup an
   * RpcTarget stub as a promise"); as a whole result it cannot be awaited ("Tried to resolve a non-promise
   * stub"), only called or found inside an array or object.
   */
  giveBack(stub) {
    return stub.dup();
  }

  /** The same, deep inside a structure. */
  giveBackInside(stub) {
    return [{ inside: stub.dup() }];
  }

  self() {
    return this;
  }

  /** Keeps a stub beyond this connection: another one may `take` it. */
  put(name, stub) {
    this.#world.shelf.get(name)?.[Symbol.dispose]();
    this.#world.shelf.set(name, stub.dup());
  }

  take(name) {
    const stub = this.#world.shelf.get(name);
    if (stub === undefined) throw new RangeError(`nothing on the shelf is called ${name}`);
    return stub.dup();
  }

  discard(name) {
    this.#world.shelf.get(name)?.[Symbol.dispose]();
    return this.#world.shelf.delete(name);
  }

  // --- callbacks ---

  /** Calls `fn` within this call, while the parameter is ours. */
  callIt(fn, ...args) {
    return fn(...args);
  }

  /** Keeps a callback beyond this call. */
  keep(callback) {
    this.#kept.push(callback.dup());
    return this.#kept.length;
  }

  /** Calls everything kept and answers what each answered. */
  fire(...args) {
    return Promise.all(this.#kept.map((callback) => callback(...args)));
  }

  /** Disposes everything kept. */
  drop() {
    const kept = this.#kept.splice(0);
    for (const callback of kept) callback[Symbol.dispose]();
    return kept.length;
  }

  [Symbol.dispose]() {
    this.#world.log("dispose api");
  }
}
