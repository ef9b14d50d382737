import type { RpcStub, RpcTarget } from "capnweb";

export interface Listener extends RpcTarget {
  hear(text: string): Promise<void>;
}

export interface Room {
  listener: RpcStub<Listener>;
  title?: string;
}

export interface Api extends RpcTarget {
  enter(room: Room): Promise<void>;
}
