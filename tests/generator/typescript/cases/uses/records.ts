import { newWebSocketRpcSession } from "capnweb";
import type { Camel, Derived, Headers, Interval, Json, Level, Movie, Records, Tags, Tone, UserId } from "../expected/records.js";

export async function client(): Promise<void> {
  using api = newWebSocketRpcSession<Records>("wss://api.example.com");

  // What is received has all its fields; what is passed may leave out those with a default.
  const derived: Derived[] = await api.models({ firstName: "Ada" }, { id: 3, children: [{ id: 4 }] });
  const tone: Tone | undefined = derived[0]?.children[0]?.tone;
  const children: number = await api.models({ firstName: "Ada", limit: 3 }, { id: 3 })[0]!.children.map((each) => each.id).then((ids) => ids.length);
  await api.models({ firstName: "Ada" }, derived[0]!);

  const interval: Interval = await api.others({ x: 1 }, { title: "M" }, [1]);
  const end: number = interval[1];
  const movie: Movie = { title: "M", year: 1931 };
  await api.others({ x: 1, y: 2, notes: [] }, movie, [1, 2]);
  const headers: Headers = await api.headers();
  const tag: string = headers["content-type"] + headers.etag;
  const level: Level = await api.enums(1, "loud", "soft");
  const json: Json = await api.aliases([[1, "a"]], { a: [{ b: null }] }, ["a"]);
  const tags: Tags = await api.root(["a"]);

  // A NewType is its own kind of number, without casts for literals.
  const user: UserId = await api.names(7, 50, 1);
  await api.names(user, 50, 1);
  console.log(tone, children, end, tag, level, json, tags);

  // @ts-expect-error: fields go by their names on the wire
  await api.models({ first_name: "Ada" }, { id: 3 });
  // @ts-expect-error: a field without default is missing
  await api.models({}, { id: 3 });
  // @ts-expect-error: not one of the values
  await api.enums(3, "loud", "soft");
  // @ts-expect-error: one of the values, but not this
  await api.enums(1, "loud", "loud");
  // @ts-expect-error: an interval of numbers
  await api.others({ x: 1 }, movie, ["a"]);
  // @ts-expect-error: what is received has all its fields
  const incomplete: Camel = { firstName: "Ada" };
  console.log(incomplete);
}
