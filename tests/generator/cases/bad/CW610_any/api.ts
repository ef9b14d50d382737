import type { RpcTarget } from "capnweb";

export interface User extends RpcTarget {
  name(): Promise<string>;
}

export interface Group extends RpcTarget {
  size(): Promise<number>;
}

type Values<T> = { [K in keyof T]: T[K] extends string ? Values<T> : number };

export interface Api extends RpcTarget {
  ages(): Promise<Map<string, number>>;
  tags(tags: Set<string>): Promise<void>;
  owner(id: string): Promise<User | Group>;
  key(): Promise<symbol>;
  range(range: [number, number?]): Promise<void>;
  mixed(...args: [string, ...number[]] | [boolean]): Promise<void>;
  guess<T>(): Promise<T>;
  computed<T>(value: T): Promise<T extends string ? number : boolean>;
  missing(value: Missing): Promise<void>;
}
