/**
 * Everybody in the chat: the rooms, and the one way into the log and out of it.
 */

import type { MessageLog } from "../message_log/message_log.ts";
import type { Connection, Farewell } from "../shutdown/connection.ts";
import type { Alternates } from "./alternates.ts";
import type { ClientLimits } from "./guest.ts";
import { PlainClient } from "./plain_client.ts";
import { Publisher } from "./publisher.ts";
import { Room, type RoomSurroundings } from "./room.ts";
import { Sessions } from "./sessions.ts";
import { V1Client, type V1Surroundings } from "./v1_client.ts";

/** What the hub needs. */
export interface HubSurroundings extends RoomSurroundings {
  /** What one client may do. */
  limits: ClientLimits;
  /** Where clients that leave may go. */
  alternates: Alternates;
}

/** The room of clients that name none. */
export const LOBBY = "lobby";

/** The chat. */
export class Hub {
  readonly #messageLog: MessageLog;
  readonly #around: V1Surroundings & RoomSurroundings;
  readonly #publisher: Publisher;
  readonly #rooms = new Map<string, Promise<Room>>();
  readonly #members = new Map<Room, number>();
  readonly #watching: Disposable;

  /** A chat around a log, which stays its owner's. */
  constructor(around: HubSurroundings) {
    this.#messageLog = around.messageLog;
    this.#publisher = new Publisher(around.messageLog, around);
    this.#around = { ...around, publisher: this.#publisher, sessions: new Sessions() };
    this.#watching = around.messageLog.watch((heads) => {
      for (const [name, head] of heads) void this.#rooms.get(name)?.then((room) => room.grow(head));
    });
  }

  /** Why messages cannot be accepted; `undefined` while they can. */
  get trouble(): string | undefined {
    return this.#publisher.trouble ?? this.#messageLog.trouble;
  }

  /** How many rooms are open. */
  get rooms(): number {
    return this.#rooms.size;
  }

  /** How many clients are behind the live edge of their rooms. */
  get lagging(): number {
    let lagging = 0;
    for (const room of this.#members.keys()) lagging += room.lagging;
    return lagging;
  }

  /** A room, opened if need be. Rejects when the log cannot be read. */
  async room(name: string): Promise<Room> {
    const known = this.#rooms.get(name);
    if (known) return known;
    const opening = this.#open(name);
    this.#rooms.set(name, opening);
    opening.catch(() => this.#rooms.delete(name));
    return await opening;
  }

  /** Lets a connection take part in a room on the plain protocol. Returns its farewell. */
  joinPlain(connection: Connection, room: Room): (farewell: Farewell) => Promise<boolean> {
    new PlainClient(connection, room, this.#around);
    this.#count(connection, room);
    return async () => {
      // What was read before this moment is told before this client is closed.
      await Promise.race([this.#publisher.settled(), connection.ended]);
      await Promise.race([room.delivered(), connection.ended]);
      return false;
    };
  }

  /** Lets a connection take part in a room on `lastcall.v1`. Returns its farewell. */
  joinV1(connection: Connection, room: Room): (farewell: Farewell) => Promise<boolean> {
    const client = new V1Client(connection, room, this.#around);
    this.#count(connection, room);
    return (farewell) => client.farewell(farewell);
  }

  /** Answers what was published and stops telling. */
  async close(): Promise<void> {
    await this.#publisher.close();
    this.#watching[Symbol.dispose]();
    for (const room of this.#rooms.values()) (await room).close();
  }

  async #open(name: string): Promise<Room> {
    const { head } = await this.#messageLog.range(name);
    const room = new Room(name, head, this.#around);
    // What was appended while the head was read was told to nobody here.
    void this.#messageLog.range(name).then(({ head }) => room.grow(head), () => {});
    return room;
  }

  /** An empty room is forgotten; its log is not. */
  #count(connection: Connection, room: Room): void {
    this.#members.set(room, (this.#members.get(room) ?? 0) + 1);
    void connection.ended.then(() => {
      const members = this.#members.get(room)! - 1;
      this.#members.set(room, members);
      if (members > 0 || room.name === LOBBY) return;
      this.#members.delete(room);
      this.#rooms.delete(room.name);
      room.close();
      this.#messageLog.release?.(room.name);
    });
    connection.whenOpen(() => {
      const { address } = connection;
      this.#around.stats.add("joined");
      this.#around.log.info("Client {address} connected ({clients} in {room})", {
        address,
        clients: this.#members.get(room),
        room: room.name,
      });
    });
  }
}
