import type { RpcTarget } from "capnweb";

export interface Options {
  limit: number;
  [other: string]: number;
}

export interface Api extends RpcTarget {
  find(by: Options): Promise<string>;
  (name: string): Promise<string>;
  "content-type"(): Promise<string>;
  _hidden(): Promise<string>;
  toString(): string;
  set title(text: string);
}
