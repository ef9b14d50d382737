import { newWebSocketRpcSession, RpcTarget } from "capnweb";
import type { Date as ApiDate, JavaScript, Node, OrderId, Size, UserId } from "../expected/javascript.js";

class LocalNode extends RpcTarget implements Node {
  async parent(): Promise<Node | null> {
    return null;
  }
  async adopt(child: Node): Promise<Node> {
    return child;
  }
  async children(): Promise<Node[]> {
    return [this];
  }
  async watch(): Promise<void> {}
}

export async function client(): Promise<void> {
  using api = newWebSocketRpcSession<JavaScript>("wss://api.example.com");
  const date: ApiDate = { day: "2024-12-31", at: new Date() };
  const text: string = (await api.new(date, { kept: true })).text;
  const size: Size = await api.arguments({ number: 1 }, [{ data: new Uint8Array() }]);
  const pets = await api.pets([{ kind: "cat", name: "Tom" }, { kind: "dog", good: true }], "a", { shout: true });
  for (const pet of pets) console.log(pet.kind === "cat" ? pet.lives + 1 : !pet.good);
  const large: -9007199254740993n = await api.large(9007199254740993n);

  // An interface that leads back to itself.
  const root = await api.root([new LocalNode()], new LocalNode());
  const child = await root.adopt(new LocalNode());
  await root.adopt(child);
  await root.adopt(root.adopt(child));
  await root.adopt((await root.children())[0]!);
  await root.adopt(root.children()[0]!);
  await api.root([root, child], api.root([]));
  await api.root(root.children());
  using kept = root.dup();
  await kept.watch((node) => void node.adopt(new LocalNode()));
  await api.root([]).parent();

  const order: OrderId = await api.order(3);
  const [seconds, path]: [number, string] = await api.texts("1.5", "key", "12:00");
  console.log(text, size, large, order, seconds, path);

  // @ts-expect-error: an order is no user
  const user: UserId = order;
  // @ts-expect-error: a cat is not good
  await api.pets([{ kind: "cat", good: true }]);
  // @ts-expect-error: what tells pets apart cannot be left out
  await api.pets([{ name: "Tom" }]);
  // @ts-expect-error: the nearest number is another one
  await api.large(9007199254740992);
  // @ts-expect-error: not the Date of JavaScript
  await api.new(new Date());
  // @ts-expect-error: options are required
  await api.old(3);
  console.log(user);
}
