// A service as people write them: an interface file that knows nothing of Python.
import type { RpcPromise, RpcStub, RpcTarget } from "capnweb";
import type { Shape } from "./shapes.js";

/** Who is logged in. */
export interface User {
  readonly id: UserId;
  /** As shown to others. */
  displayName: string;
  email?: string;
  manager?: User | null;
  tags: readonly string[];
  role: "admin" | "user";
  active: boolean;
  joined: Date;
  avatar?: Uint8Array;
  settings: Settings;
  scores: Record<string, number>;
  home: { city: string; position?: [number, number] };
}

export type UserId = string & { readonly __brand: unique symbol };
export type Settings = { theme: Theme; "font-size"?: number; [extra: string]: unknown };
export enum Theme {
  Light = "light",
  /** Easier on the eyes. */
  Dark = "dark",
}
export enum Level { Low, High = 5 }
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type Maybe<T> = T | undefined;
export interface Page<T> { items: T[]; next?: string }
export interface Admin extends User { rights: string[] }
export type Event = { type: "joined"; user: User } | { type: "left"; userId: UserId; reason?: string };
export type Joined = { kind: "joined"; by: string };
export type Left = { kind: "left"; at: number };

export interface Subscription extends RpcTarget {
  cancel(): Promise<void>;
}

/** A room, and what is in it. */
export type Room = {
  name: string;
  owner: RpcStub<UserApi>;
  onClose?: (reason: string) => void;
  log: ReadableStream<string>;
};

export interface UserApi extends RpcTarget {
  readonly displayName: Promise<string>;
  get unreadCount(): number;
  whoami(): Promise<User>;
  /**
   * Changes some fields.
   * @param changes - what to change
   * @param notify - whether others are told
   * @returns the user as it is now
   */
  updateProfile(changes: Partial<User>, notify?: boolean): Promise<User>;
  /** @deprecated use whoami */
  me(): RpcPromise<User>;
}

export interface Repository<T> {
  get(id: string): Promise<T | null>;
  list(options?: { limit?: number; startAfter?: string }): Promise<Page<T>>;
  put(...items: T[]): Promise<void>;
  watch(onChange: (item: T, at: Date) => void): Promise<Subscription>;
}

export interface ReadOnly<T> extends RpcTarget {
  get(id: string): Promise<T>;
}

export interface PublicApi extends RpcTarget {
  authenticate(apiToken: string): Promise<UserApi>;
  getURL(path?: string, from?: string): string;
  users(): Promise<Repository<User>>;
  names(): Promise<ReadOnly<string>>;
  find(query: string | { name: string; fuzzy?: boolean }): Promise<Maybe<User>>;
  latest(): Promise<Event | null>;
  either(x: Joined | Left): Promise<Joined | Left>;
  count(ids: UserId[], level: Level, theme: Theme.Dark): Promise<bigint>;
  tail(from: ReadableStream<Uint8Array>): Promise<ReadableStream<Event>>;
  callback(fn: RpcStub<(x: number) => Promise<string>>): Promise<() => number>;
  join(room: Room): Promise<Room>;
  json(value: Json): Promise<Json>;
  shapes(): Promise<Shape[]>;
  picture(): Promise<Blob>;
  list(): Promise<string[]>;
  "content-type"(): Promise<string[]>;
  import(): Promise<void>;
  copy(): Promise<this>;

  // What Python cannot say.
  map(): Promise<Map<string, number>>;
  set(values: Set<string>): Promise<void>;
  never(): Promise<never>;
  mapped(): Promise<{ [K in keyof User]: boolean }>;
  conditional<T>(value: T): Promise<T extends string ? number : boolean>;
  same<T>(value: T): Promise<T>;
  overloaded(a: string): Promise<string>;
  overloaded(a: number): Promise<number>;
  either_of(api: UserApi | Subscription): Promise<void>;
  _hidden(): Promise<void>;
  when: RegExp;
}

export interface Guest extends Pick<PublicApi, "authenticate" | "getURL"> {
  register(name: string): Promise<UserApi>;
}
