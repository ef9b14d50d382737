import { newWebSocketRpcSession, RpcTarget } from "capnweb";
import type { Closable, Directory, Employee, Named, Person, Staff } from "../expected/inheritance.js";

export async function client(): Promise<void> {
  using staff = newWebSocketRpcSession<Staff>("wss://api.example.com");
  const name: string = await staff.name;
  const version: string = await staff.version;
  const boss: Person | null | undefined = (await staff.find("Ada"))?.boss;
  const copied: Employee | null = await staff.copy().find("Ada");
  await staff.close();
  console.log(name, version, boss, copied);
  // @ts-expect-error: private methods are not declared
  await staff._private();
  // @ts-expect-error: a property is read, not called
  await staff.name();
}

/** What extends an interface is one. */
export function named(directory: Directory): Named & Closable {
  return directory;
}

export class Server extends RpcTarget implements Named {
  readonly version = "1";
  get name(): string {
    return "server";
  }
}
