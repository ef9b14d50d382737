import { newWebSocketRpcSession, RpcStub, RpcTarget } from "capnweb";
import type { Channel, Line, Streams, Upload } from "../expected/streams.js";

export async function client(): Promise<void> {
  using api = newWebSocketRpcSession<Streams>("wss://api.example.com");
  const bytes: ReadableStream<Uint8Array> = await api.written_plainly();
  const reader = bytes.getReader();
  const chunk: Uint8Array | undefined = (await reader.read()).value;
  const lines: ReadableStream<Line[]> = await api.models(new ReadableStream<Line>());
  const opened = await (await api.capabilities(new ReadableStream<RpcStub<Channel>>())).getReader().read();
  await opened.value?.send("hello");
  await api.optional(null);
  await api.defaulted(undefined, { more: 3 });
  await api.several(new ReadableStream<number>(), new ReadableStream<number>());
  const upload: Upload = await api.upload({ name: "a", data: new ReadableStream<Uint8Array>() });
  await api.call((numbers) => numbers.pipeThrough(new TransformStream<number, string>()));
  const items: ReadableStream<Line> = await api.feed().items();
  const blob: ReadableStream<Blob> = await api.blob(new Blob(["a"]), []);
  const days: { [key: string]: Date } = await api.numbers(3n, new Date());
  const ticks: ReadableStream<number> = await api.ticks;
  console.log(chunk, lines, upload.data, items, blob, days, ticks);

  // @ts-expect-error: a list is no stream
  await api.models([]);
  // @ts-expect-error: chunks of another type
  await api.models(new ReadableStream<string>());
  // @ts-expect-error: a number is no bigint
  await api.numbers(3, null);
  // @ts-expect-error: bytes are no blob
  await api.blob(new Uint8Array(), []);
}

export class Server extends RpcTarget implements Pick<Streams, "written_plainly" | "models" | "ticks"> {
  get ticks(): ReadableStream<number> {
    return new ReadableStream();
  }
  async written_plainly(): Promise<ReadableStream<Uint8Array>> {
    return new ReadableStream();
  }
  async models(lines: ReadableStream<Line>): Promise<ReadableStream<Line[]>> {
    return lines.pipeThrough(new TransformStream<Line, Line[]>());
  }
}
