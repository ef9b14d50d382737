// Calls everything that the shop has, and returns what came of it.
import { newWebSocketRpcSession, RpcTarget } from "capnweb";
import type { Basket, Emptied, Item, ItemInput, Shop, Sold } from "./shop.js";

class Mine extends RpcTarget implements Basket {
  readonly titles: string[] = [];
  async add(item: ItemInput): Promise<number> {
    return this.titles.push(item.title);
  }
  async content(): Promise<Item[]> {
    return this.titles.map((title, index) => ({ id: index, title, price: "0", color: "blue", tags: [], parts: [] }));
  }
  async merge(other: Basket): Promise<number> {
    return this.titles.push(...(await other.content()).map((item) => item.title));
  }
}

export async function main(url: string): Promise<unknown> {
  using shop = newWebSocketRpcSession<Shop>(url);
  const item = await shop.item(1);
  const page = await shop.search("bo", { limit: 3 }, { page_size: 2 });
  const titles: string[] = await shop.search("bo").items.map((each) => each.title);

  using basket = await shop.basket();
  const counts = [await basket.add({ id: 9, title: "own" }), await basket.add(shop.item(3))];
  counts.push(await basket.merge(new Mine()), await basket.merge(basket.dup()));
  const mine = new Mine();
  const taken = await shop.take(mine);
  const theirs = await shop.take(shop.basket());

  const visitor = new Mine();
  using visit = await shop.enter({ name: "Ada", basket: visitor, greet: (name) => `hello, ${name}` });
  const inside = await visit.basket.content();

  const events: string[] = [];
  const sent = await shop.watch((event: Sold | Emptied) => {
    events.push(event.kind === "sold" ? `${event.item.color} ${event.at.toISOString()}` : `${event.how_many}`);
  });
  const chunks: number[] = [];
  const reader = (await shop.picture(3)).getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) chunks.push(...next.value);
  const data = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new Uint8Array(5));
      controller.enqueue(new Uint8Array(2));
      controller.close();
    },
  });
  const failure = await shop.fail("on purpose").then(() => "", (error: Error) => error.message);
  return {
    name: await shop.name,
    item: { price: item.price, color: item.color, tags: item.tags, parts: item.parts.map((part) => part.title) },
    page: { size: page.items.length, next: page.next },
    titles,
    saved: [await shop.save(item, "x", "y"), await shop.save(item, "x", { dry_run: true }), await shop.save(item)],
    counts,
    taken: [mine.titles, taken.map((each) => each.title), theirs.map((each) => each.title)],
    visit: [visit.name, visitor.titles, inside.map((each) => each.tags)],
    events: [sent, ...events],
    described: [
      await shop.describe({ kind: "sold", item, at: new Date(0) }),
      await shop.describe({ kind: "emptied", how_many: 2 }),
    ],
    chunks,
    measured: await shop.measure(data),
    doubled: String(await shop.double(2n ** 64n)),
    later: (await shop.later(new Date("2024-12-31"), 1.5)).toISOString(),
    failure,
  };
}
