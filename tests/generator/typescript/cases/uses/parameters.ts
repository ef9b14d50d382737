import { newHttpBatchRpcSession, RpcTarget } from "capnweb";
import type { Parameters } from "../expected/parameters.js";

export async function client(): Promise<void> {
  using api = newHttpBatchRpcSession<Parameters>("https://api.example.com");
  const nothing: void = await api.none();
  await api.normal(1);
  await api.normal(1, "b");
  await api.both(1, 2, 2.5);
  await api.rest();
  await api.rest(1, 2, 3);
  await api.rest_after(1, 2);
  await api.options({ order: "name" });
  await api.options({ order: "name", limit: 3 });
  await api.everything(1, undefined, { c: true });
  await api.everything(1, 2, "a", "b", { c: true, d: 4 });
  await api.callback();
  await api.callback({ on_done: (done) => console.log(done + 1) });
  await api.defaults([1], { a: 1 }, null);
  console.log(nothing);

  // @ts-expect-error: one argument at least
  await api.normal();
  // @ts-expect-error: null is not left out
  await api.normal(1, null);
  // @ts-expect-error: too many
  await api.normal(1, "b", 2);
  // @ts-expect-error: options are an object
  await api.options("name");
  // @ts-expect-error: a required option is missing
  await api.options({ limit: 3 });
  // @ts-expect-error: no such option
  await api.options({ order: "name", offset: 3 });
  // @ts-expect-error: the rest are strings
  await api.everything(1, 2, 3, { c: true });
  // @ts-expect-error: options come last
  await api.everything(1, 2, { c: true }, "a");
}

export class Server extends RpcTarget implements Pick<Parameters, "normal" | "rest" | "options" | "everything"> {
  async normal(a: number, b = "b"): Promise<void> {
    console.log(a.toFixed(), b.length);
  }
  async rest(...numbers: number[]): Promise<void> {
    console.log(numbers.length);
  }
  async options({ limit = 20, order }: { limit?: number; order: string }): Promise<void> {
    console.log(limit, order);
  }
  async everything(...args: unknown[]): Promise<number> {
    return args.length;
  }
}
