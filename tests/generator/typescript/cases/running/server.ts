// The shop, served by TypeScript.
import { RpcStub, RpcTarget } from "capnweb";
import type {
  Basket, Emptied, Filter, Item, ItemId, ItemInput, Page, Shop, Sold, SoldInput, Visit, VisitInput,
} from "./shop.js";

function complete(item: ItemInput): Item {
  const parts = (item.parts ?? []).map(complete);
  return { price: "1.50", color: "red", tags: [], ...item, parts };
}

const ITEMS: Item[] = [
  complete({ id: 1, title: "bolt", parts: [{ id: 2, title: "nut" }] }),
  complete({ id: 3, title: "bowl" }),
  complete({ id: 4, title: "boat", tags: ["large"] }),
];

class LocalBasket extends RpcTarget implements Basket {
  private readonly items: Item[] = [];
  async add(item: ItemInput): Promise<number> {
    return this.items.push(complete(item));
  }
  async content(): Promise<Item[]> {
    return this.items;
  }
  async merge(other: Basket): Promise<number> {
    return this.items.push(...(await other.content()));
  }
}

export class Main extends RpcTarget implements Shop {
  get name(): string {
    return "Corner";
  }
  async item(id: ItemId): Promise<Item> {
    const found = ITEMS.find((item) => item.id === id);
    if (!found) throw new Error("no such item");
    return found;
  }
  async search(query: string, by?: Filter | null, options?: { page_size?: number }): Promise<Page<Item>> {
    let found = ITEMS.filter((item) => item.title.includes(query));
    if (by) found = found.filter((item) => item.color === (by.color ?? item.color)).slice(0, by.limit);
    const size = options?.page_size ?? 2;
    return { items: found.slice(0, size), next: found.length > size ? "more" : null };
  }
  async save(item: ItemInput, ...rest: (string | { dry_run?: boolean })[]): Promise<string[]> {
    const options = rest.find((each) => typeof each !== "string");
    const titles = rest.filter((each) => typeof each === "string");
    return options?.dry_run ? [] : [item.title, ...titles];
  }
  async basket(): Promise<Basket> {
    return new LocalBasket();
  }
  async take(basket: RpcStub<Basket>): Promise<Item[]> {
    await basket.add(ITEMS[0]!);
    return basket.content();
  }
  async enter(visit: VisitInput): Promise<Visit> {
    await visit.basket.add(ITEMS[1]!);
    const name = visit.greet ? await visit.greet(visit.name) : "welcome";
    const basket = new LocalBasket();
    await basket.add(ITEMS[2]!);
    return { name, basket, greet: null };
  }
  async watch(onEvent: RpcStub<(event: Sold | Emptied) => void>): Promise<number> {
    await onEvent({ kind: "sold", item: ITEMS[0]!, at: new Date("2024-12-31") });
    await onEvent({ kind: "emptied", how_many: 2 });
    return 2;
  }
  async describe(event: SoldInput | Emptied): Promise<string> {
    return event.kind === "sold" ? event.item.title : `${event.how_many} gone`;
  }
  async picture(size: number): Promise<ReadableStream<Uint8Array>> {
    return new ReadableStream({
      start(controller) {
        for (let number = 0; number < size; number++) controller.enqueue(new Uint8Array([number]));
        controller.close();
      },
    });
  }
  async measure(data: ReadableStream<Uint8Array>): Promise<number> {
    let size = 0;
    const reader = data.getReader();
    for (let next = await reader.read(); !next.done; next = await reader.read()) size += next.value.length;
    return size;
  }
  async double(number: bigint): Promise<bigint> {
    return number * 2n;
  }
  async later(moment: Date, seconds: number): Promise<Date> {
    return new Date(moment.getTime() + seconds * 1000);
  }
  async fail(message: string): Promise<void> {
    throw new RangeError(message);
  }
}
