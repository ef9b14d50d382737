// The notation of tests/vectors (its README.md) as JavaScript values, and what makes two values the same.

const KNOWN_ERRORS = {
  __proto__: null, Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError, AggregateError,
};

const CONTAINERS = {
  __proto__: null, Uint8ClampedArray, Int8Array, Int16Array, Uint16Array, Int32Array, Uint32Array, BigInt64Array,
  BigUint64Array, Float32Array, Float64Array,
};

/** A text: a string, or a list of strings and of [text, times]. */
export function text(notation) {
  if (typeof notation === "string") return notation;
  return notation.map((piece) => (typeof piece === "string" ? piece : piece[0].repeat(piece[1]))).join("");
}

/** A value. */
export function value(notation) {
  if (Array.isArray(notation)) return notation.map(value);
  if (typeof notation !== "object" || notation === null) return notation;
  if (!("$" in notation)) return members(notation);
  switch (notation.$) {
    case "undefined": return undefined;
    case "inf": return Infinity;
    case "-inf": return -Infinity;
    case "nan": return NaN;
    case "-0": return -0;
    case "bigint": return BigInt(text(notation.digits));
    case "date": return date(notation.ms);
    case "bytes": return bytes(notation);
    case "elements": return elements(notation);
    case "error": return error(notation);
    case "text": return text(notation.of);
    case "arrays": return nested(notation, (inner) => [inner]);
    case "objects": return nested(notation, (inner) => ({ a: inner }));
    case "url": return new URL(notation.href);
    case "headers": return new Headers(notation.pairs);
    case "request": return new Request(notation.url, init(notation));
    case "response": return new Response(value(notation.body ?? null), init(notation));
    default: throw new Error(`no notation: ${notation.$}`);
  }
}

function date(ms) {
  if (ms !== null && !Number.isInteger(ms)) throw new RangeError("a Date has no fractions of a millisecond");
  return new Date(ms ?? NaN);
}

function members(notation) {
  return Object.fromEntries(Object.entries(notation).map(([key, item]) => [key, value(item)]));
}

function nested({ depth, around }, wrap) {
  let inner = value(around);
  for (let n = 0; n < depth; n++) inner = wrap(inner);
  return inner;
}

function bytes({ container, hex }) {
  const buffer = Buffer.from(text(hex), "hex");
  const own = buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.length);
  if (container === "ArrayBuffer") return own;
  if (container === "DataView") return new DataView(own);
  return new (CONTAINERS[container] ?? Uint8Array)(own);
}

function elements({ container, of }) {
  const items = value(of);
  return CONTAINERS[container].from(container.startsWith("Big") ? items.map(BigInt) : items);
}

function error({ name, message, properties = {}, cause, errors, stack }) {
  const { errors: listed, ...rest } = value(properties);
  const kind = KNOWN_ERRORS[name] ?? Error;
  const made = kind === AggregateError ? new kind([], message) : new kind(message);
  if (kind.name !== name) Object.defineProperty(made, "name", { value: name, configurable: true });
  const hidden = cause === undefined ? {} : { cause: value(cause) };
  if ("cause" in rest) hidden.cause = rest.cause;
  const all = listed ?? (errors === undefined ? undefined : value(errors));
  if (all !== undefined && kind === AggregateError) hidden.errors = all;
  else if (all !== undefined) rest.errors = all;
  delete rest.cause;
  Object.assign(made, rest);
  for (const [key, item] of Object.entries(hidden)) {
    Object.defineProperty(made, key, { value: item, configurable: true, writable: true });
  }
  if (stack !== undefined) made.stack = stack;
  return made;
}

/** The second argument of Request and Response. */
function init({ $, url, body, status_text: statusText, referrer_policy: referrerPolicy, ...rest }) {
  const made = { ...rest };
  if (statusText !== undefined) made.statusText = statusText;
  if (referrerPolicy !== undefined) made.referrerPolicy = referrerPolicy;
  if (body !== undefined && url !== undefined) made.body = value(body);
  return made;
}

// --- sameness ----------------------------------------------------------------------------------------

const REQUEST = [
  "url", "method", "cache", "redirect", "integrity", "mode", "credentials", "referrer", "referrerPolicy", "keepalive",
];

/** What there is to a value, as plain data that two equal values have in common. */
export async function form(value) {
  if (typeof value === "bigint") return ["bigint", value.toString(16)];
  if (typeof value !== "object" || value === null) return Object.is(value, -0) ? ["-0"] : [typeof value, value];
  if (Array.isArray(value)) return ["array", ...(await forms(value))];
  if (value instanceof Date) return ["date", value.getTime()];
  if (value instanceof ArrayBuffer) return ["ArrayBuffer", Buffer.from(value).toString("hex")];
  if (ArrayBuffer.isView(value)) {
    const name = value instanceof Buffer ? "Uint8Array" : value.constructor.name;
    return [name, Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("hex")];
  }
  if (value instanceof Error) return errorForm(value);
  if (value instanceof URL) return ["url", value.href];
  if (value instanceof Headers) return ["headers", ...value];
  if (value instanceof Request) return ["request", ...REQUEST.map((key) => value[key]), ...(await message(value))];
  if (value instanceof Response) return ["response", value.status, value.statusText, ...(await message(value))];
  return ["object", Object.keys(value), await forms(Object.values(value))];
}

function forms(values) {
  return Promise.all(values.map(form));
}

async function errorForm(error) {
  const name = Object.getPrototypeOf(error).name;
  const own = Object.entries(error).filter(([key]) => !["name", "message", "stack"].includes(key));
  const hidden = ["cause", "errors"].filter((key) => Object.hasOwn(error, key)).map((key) => [key, error[key]]);
  const all = [...new Map([...own, ...hidden])].sort(([left], [right]) => (left < right ? -1 : 1));
  return ["error", name, error.message, all.map(([key]) => key), await forms(all.map(([, item]) => item))];
}

async function message(one) {
  return [[...one.headers], one.body === null ? null : Buffer.from(await one.arrayBuffer()).toString("hex")];
}
