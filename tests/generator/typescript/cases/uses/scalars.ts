import { newWebSocketRpcSession, RpcTarget } from "capnweb";
import type { Scalars } from "../expected/scalars.js";

export async function client(): Promise<void> {
  using api = newWebSocketRpcSession<Scalars>("wss://api.example.com");
  await api.flags(true, 3, 0.5);
  const text: string | Uint8Array = await api.texts("a", new Uint8Array([1]));
  const when: Date = await api.when(new Date(0));
  when.getTime();
  const anything: unknown = await api.anything({ a: [1] });
  const choice: -1 = await api.choice("it's");
  await api.choice(null);
  await api.choice(true);
  const names: number[] = await api.lists([[1]], ["a"]);
  const flags: { [key: string]: boolean } = await api.dicts({ ada: 36 }, { x: "anything" });
  const [one]: [number] = await api.one();
  const triple: [number, string, boolean] = await api.triple([1, "a"]);
  const many: string[] = await api.many([1, 2, 3]);
  const optional: number | null = await api.optional(null);
  const union: number | string[] | null = await api.union("a");
  console.log(text, anything, choice, names, flags, one, triple, many, optional, union);
  // A promise stands for its value, without a round trip.
  await api.optional(api.triple([1, "a"])[1]);
  await api.when(api.when(new Date()));

  // @ts-expect-error: a string is no boolean
  await api.flags("true", 3, 0.5);
  // @ts-expect-error: an argument is missing
  await api.flags(true, 3);
  // @ts-expect-error: text is no moment
  await api.when("2024-01-01");
  // @ts-expect-error: nor is a moment a number
  const wrong: number = await api.when(new Date());
  // @ts-expect-error: not one of the values
  await api.choice("w");
  // @ts-expect-error: null is not undefined
  await api.optional(undefined);
  // @ts-expect-error: rows are lists
  await api.lists([1], []);
  // @ts-expect-error: there is no such method
  await api.nothing();
  // @ts-expect-error: three values, not two
  const pair: [number, string] = await api.triple([1, "a"]);
  console.log(wrong, pair);
}

export class Server extends RpcTarget implements Pick<Scalars, "when" | "optional" | "texts"> {
  async when(moment: Date): Promise<Date> {
    return moment;
  }
  async optional(text: string | null): Promise<number | null> {
    return text?.length ?? null;
  }
  // @ts-expect-error: the result is neither text nor bytes
  async texts(text: string): Promise<number> {
    return text.length;
  }
}
