import { newWebSocketRpcSession, RpcStub, RpcTarget } from "capnweb";
import type { Capabilities, Channel, Invitation, InvitationInput, Room, RoomInput } from "../expected/capabilities.js";

class LocalChannel extends RpcTarget implements Channel {
  async send(text: string): Promise<void> {
    console.log(text);
  }
  async reply(): Promise<Channel> {
    return this;
  }
}

class Other extends RpcTarget {
  async receive(): Promise<void> {}
}

export async function client(): Promise<void> {
  using api = newWebSocketRpcSession<Capabilities>("wss://api.example.com");

  // Of an object that is received, its methods can be called before it is there.
  using channel = await api.join(new LocalChannel());
  await channel.send("hello");
  await channel.reply().reply().send("hello");
  using kept: RpcStub<Channel> = channel.dup();

  // An argument may be a local object, one that was received, or the promise of one.
  await api.join(new LocalChannel(), kept);
  await api.join(api.join(channel), api.pair()[1]);
  await api.join(channel.reply(), null);
  await api.all(channel, new LocalChannel(), { by_name: { mine: new LocalChannel(), theirs: channel } });
  await api.all({ by_name: {} });

  // Models hold objects: stubs where they are received, anything where they are made.
  using room = await api.room({ name: "here", channel: new LocalChannel() });
  await room.channel.send("hello");
  using also = room.channel.dup();
  const limit: number = room.limit;
  const deepest: Room | null | undefined = room.inner?.inner;
  await api.room(room);
  await api.room(api.room(room));
  await api.room({ name: api.room(room).name, channel: also, inner: { name: "", channel: kept, limit: 3 } });
  const made: Room = { name: "", channel: kept, tags: [], limit, inner: null };
  await api.room(made);

  const invitation: Invitation | null = await api.invite({ recipient: "Ada", on_answer: (ok) => console.log(!ok) });
  invitation?.on_answer?.(true);
  const rooms = await api.rooms();
  await rooms["a"]?.[0]?.channel.send("hello");
  const either = await api.either();
  if (either !== null && typeof either !== "string") await either.send("hello");

  // Functions, whose parameters need no types; they may be async or not.
  await api.call((text, inside) => (text.length > inside.limit ? new LocalChannel() : inside.channel));
  await api.call(async () => kept);
  await api.plain(() => 3);
  const receive = await api.plain(async () => 3);
  await receive(new LocalChannel());
  await receive(channel);
  await api.nested((inner) => {
    void inner(3);
    return new LocalChannel();
  });
  console.log(deepest);

  // @ts-expect-error: another interface
  await api.join(new Other());
  // @ts-expect-error: no object at all
  await api.join("channel");
  // @ts-expect-error: no channel in the room
  await api.room({ name: "here" });
  // @ts-expect-error: another interface in a model
  await api.room({ name: "here", channel: new Other() });
  // @ts-expect-error: a function that returns text
  await api.plain(() => "three");
  // @ts-expect-error: a function that wants what it is not given
  await api.call((text: number) => new LocalChannel());
  // @ts-expect-error: options are required
  await api.all(channel);
  // @ts-expect-error: no such method
  await channel.reply().receive();
  // @ts-expect-error: a name, not a number
  await api.room({ name: 3, channel });
}

export class Server extends RpcTarget implements Capabilities {
  private readonly channels: RpcStub<Channel>[] = [];

  async join(channel: RpcStub<Channel>, spare?: RpcStub<Channel> | null): Promise<Channel> {
    this.channels.push(channel.dup()); // it arrives as a stub, and is kept so
    await spare?.send("not yet");
    return new LocalChannel();
  }
  async all(): Promise<Channel[]> {
    return this.channels;
  }
  async either(): Promise<Channel | string | null> {
    return this.channels[0] ?? null;
  }
  async pair(): Promise<[number, Channel]> {
    return [1, new LocalChannel()];
  }
  async room(room: RoomInput): Promise<Room> {
    await room.channel.send("welcome");
    return { name: room.name, channel: room.channel, tags: room.tags ?? [], limit: room.limit ?? 10, inner: null };
  }
  async rooms(): Promise<{ [key: string]: Room[] }> {
    return {};
  }
  async invite(invitation: InvitationInput): Promise<Invitation | null> {
    invitation.on_answer?.(true);
    return null;
  }
  async call(ask: RpcStub<(text: string, room: Room) => Channel | Promise<Channel>>): Promise<Room | null> {
    using asked = ask.dup();
    const channel = await asked("x", { name: "", channel: new LocalChannel(), tags: [], limit: 1, inner: null });
    return { name: "", channel, tags: [], limit: 1, inner: null };
  }
  async plain(ask: RpcStub<() => number | Promise<number>>): Promise<(channel: RpcStub<Channel>) => void> {
    const times: number = await ask();
    return (channel) => void channel.send(String(times));
  }
  async coroutine(go: RpcStub<() => number | Promise<number>>): Promise<void> {
    await go();
  }
  async nested(): Promise<void> {}
}

// @ts-expect-error: a field with a default is missing from a result
export const incomplete: Room = { name: "", channel: new LocalChannel(), tags: [], inner: null };
