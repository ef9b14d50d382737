import { newWebSocketRpcSession } from "capnweb";
import type { Decimal, Library, OrderId } from "../expected/library.js";

export async function client(): Promise<void> {
  using api = newWebSocketRpcSession<Library>("wss://api.example.com");
  const price: Decimal = await api.price("12.50");
  await api.price("12.50", "1", "2", { rate: "1.19" });
  const order: OrderId = await api.order("0b7c9e56-0f0e-4d0f-9f1e-3a1f6f0c7a10", "2024-12-31");
  const seconds: number = await api.at("23:59:59", 1.5);
  const total: string | number = await api.inside({ a: [order] }, ["2024-12-31", "23:59"]);
  console.log(price, seconds, total);

  // @ts-expect-error: a decimal is text, so that no digit is lost
  await api.price(12.5);
  // @ts-expect-error: a day is text, not a moment
  await api.order(order, new Date());
}
