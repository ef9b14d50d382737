// A transport of the npm package that carries CBOR in binary frames of a WebSocket.
//
// npm `cbor-x` keeps what each encoding level lets through: raw bytes, and at "structuredClonable" dates,
// bigints, undefined and numbers that are not finite.

import { Encoder } from "cbor-x";

/** An RpcTransportWithCustomEncoding over a WebSocket of `ws`, open or opening. */
export class CborTransport {
  encodingLevel;
  #cbor;
  #ws;
  #arrived = []; // messages, and last of all the reason of the end
  #waiting;
  #early = [];

  constructor(ws, encodingLevel) {
    this.encodingLevel = encodingLevel;
    // Plain maps and plain byte strings: records and typed arrays of this kind are cbor-x's own.
    this.#cbor = new Encoder({
      useRecords: false,
      tagUint8Array: false,
      variableMapSize: true,
      int64AsNumber: encodingLevel !== "structuredClonable", // else large ones are bigints
    });
    this.#ws = ws;
    ws.on("open", () => {
      for (const data of this.#early.splice(0)) ws.send(data);
    });
    ws.on("message", (data, isBinary) => {
      if (isBinary) this.#put({ data });
      else this.#put({ fault: new TypeError("a text frame where CBOR was to be") });
    });
    ws.on("close", (code, reason) => this.#put({ fault: new Error(`closed: ${code} ${reason}`) }));
    ws.on("error", (fault) => this.#put({ fault }));
  }

  send(message) {
    const data = this.#cbor.encode(message);
    if (this.#ws.readyState === this.#ws.CONNECTING) this.#early.push(data);
    else this.#ws.send(data);
    return data.length;
  }

  async receive() {
    if (this.#arrived.length === 0) await new Promise((resolve) => (this.#waiting = resolve));
    const [{ data, fault }] = this.#arrived;
    if (fault !== undefined) throw fault; // and stays: whoever asks again is told again
    this.#arrived.shift();
    return this.#cbor.decode(data);
  }

  abort(reason) {
    this.#ws.close(3000, String(reason).slice(0, 40));
  }

  #put(item) {
    this.#arrived.push(item);
    this.#waiting?.();
  }
}
