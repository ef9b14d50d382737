import { newWebSocketRpcSession, RpcTarget } from "capnweb";
import type { Generics, Page, Repo, Sink, User, UserPage } from "../expected/generics.js";

class Collecting extends RpcTarget implements Sink<User> {
  async put(item: User): Promise<void> {
    console.log(item.name);
  }
  async watch(): Promise<void> {}
}

class Numbers extends RpcTarget implements Sink<number> {
  async put(item: number): Promise<void> {
    console.log(item);
  }
  async watch(): Promise<void> {}
}

export async function client(): Promise<void> {
  using api = newWebSocketRpcSession<Generics>("wss://api.example.com");
  const users = api.users();
  const user: User = await users.get(3);
  const saved: User[] = await users.put([user], { last: null });
  const name: string = await users.get(3).name;
  const names: string[] = await users.put([user]).map((each) => each.name);
  const page: Page<User[]> = await users.page({ items: [user] });
  const found: User | null = await users.find((each) => each.name === "Ada");
  const same: User = await users.same().same().get(1);
  const count: number = await api.own().same().count();
  const numbers: number[] = await api.numbers().get(0);
  const mine: UserPage = await api.page({ items: [users.get(1)], best: null });
  const first: number = (await api.pair()).first;
  const item: string = (await api.pair()).second.items[0] ?? "";
  const latest: number = await api.source().latest;
  const swapped = await api.table().swap({ first: "a", second: user });
  const key: string = swapped.second;
  await api.sink(new Collecting());
  console.log(saved, name, names, page, found, same, count, numbers, mine.total, first, item, latest, key);

  // @ts-expect-error: users, not numbers
  await users.put([1]);
  // @ts-expect-error: a page of users
  await api.page({ items: ["Ada"] });
  // @ts-expect-error: a sink of numbers
  await api.sink(new Numbers());
  // @ts-expect-error: a repository of users has no count
  await users.count();
  // @ts-expect-error: the test is given a user
  await users.find((each) => each.title === "Ada");
  // @ts-expect-error: a number
  const wrong: string = await api.source().latest;
  console.log(wrong);
}

export class Users extends RpcTarget implements Pick<Repo<User>, "get" | "put"> {
  async get(key: number): Promise<User> {
    return { name: String(key) };
  }
  async put(items: User[], options?: { last?: User | null }): Promise<User[]> {
    return options?.last ? [...items, options.last] : items;
  }
}
