import { newWebSocketRpcSession, RpcTarget } from "capnweb";
import type { Book, Library, Shelf } from "../expected/camel.js";

class LocalShelf extends RpcTarget implements Shelf {
  get size(): number {
    return 0;
  }
  get topShelf(): Shelf {
    return this;
  }
  async putBook(book: Book): Promise<void> {
    console.log(book.fullTitle);
  }
}

export async function client(): Promise<void> {
  using api = newWebSocketRpcSession<Library>("wss://api.example.com");
  const books: Book[] = await api.find("a", { maxResults: 3 });
  const number: number = await api.topShelf.topShelf.size;
  await api.moveAll(new LocalShelf());
  await api.moveAll(api.topShelf);
  await api.putBook({ bookId: number, fullTitle: books[0]?.fullTitle ?? "" });
  // @ts-expect-error: fields go by their names on the wire
  await api.putBook({ book_id: 1, full_title: "" });
}
