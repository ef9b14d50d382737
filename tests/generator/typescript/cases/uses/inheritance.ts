import { newWebSocketRpcSession, RpcTarget } from "capnweb";
import type { Closable, Counted, Directory, EmployeeDirectory, Inheritance, Named, Person, Query, Table } from "../expected/inheritance.js";

export async function client(): Promise<void> {
  using api = newWebSocketRpcSession<Inheritance>("wss://api.example.com");
  const people = await api.people(api.cache() as never);
  const person: Person = await people.copy().twin().get(3);
  await people.close();
  const version: string = await api.cache().version;
  // A bool is an int in Python, and not in TypeScript: what is overridden so is declared anew.
  const table = await api.query(null as never as Query);
  const exact: boolean = await table.where("x").sorted("y").count(null, { exact: true });
  const size: number = await api.staff().size;
  console.log(person, version, exact, size);
  // @ts-expect-error: a property is read, not called
  await api.staff().size();
  // @ts-expect-error: an option of the override, not of what it overrides
  await (null as never as import("capnweb").RpcStub<Query>).count(3, { exact: true });
}

/** What extends an interface is one. */
export function named(directory: Directory | EmployeeDirectory | Table): Named | Closable {
  return directory;
}

/** Unless it overrides a member with what TypeScript does not take for one. */
export function query(counted: Counted): Query {
  // @ts-expect-error: it counts to a boolean
  return counted;
}

export class Server extends RpcTarget implements Named {
  readonly version = "1";
  get name(): string {
    return "server";
  }
}
