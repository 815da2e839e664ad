/**
 * Makes normal clients, and keeps what those of a run share.
 *
 * @module
 */

import type { Journal } from "../journal/journal.ts";
import type { MessageCodec } from "../payload.ts";
import type { Plan } from "../plan.ts";
import type { Seat } from "../seating.ts";
import { Bystander } from "./bystander.ts";
import { FrameDecoder } from "./frame_decoder.ts";
import { Member } from "./member.ts";
import type { Participant } from "./participant.ts";

/** What making needs. */
export interface MakerSurroundings {
  codec: MessageCodec;
  journal: Journal;
  /** How many messages there are by now. */
  offered: () => number;
}

/** Makes the normal clients of one run. */
export class ParticipantMaker {
  readonly #plan: Plan;
  readonly #around: MakerSurroundings;
  readonly #decoders: FrameDecoder[];
  readonly #batches = new Map<number, number>();

  constructor(plan: Plan, around: MakerSurroundings) {
    this.#plan = plan;
    this.#around = around;
    this.#decoders = Array.from(
      { length: plan.rooms },
      (_, room) => new FrameDecoder({ ...around, room }),
    );
  }

  /** What reads the frames of a room. */
  decoderOf(room: number): FrameDecoder {
    return this.#decoders[room]!;
  }

  /** Makes a client, which connects to `url` at once. */
  make(
    { index, server, room }: Seat,
    { url, instanceOf }: { url: string; instanceOf: (place: string) => number | undefined },
  ): Participant {
    const { origin, protocol, ignoresHints, deflate } = this.#plan;
    const around = { ...this.#around, origin };
    if (protocol !== "v1") {
      const batchOf = (n: number) => this.#batchOf(n);
      return new Bystander(index, { url, s: server }, { ...around, batchOf });
    }
    const place = { index, url, decoder: this.decoderOf(room) };
    return new Member(place, { ...around, instanceOf, ignoresHints, deflate });
  }

  /** Where messages come one in a frame, each is a batch. */
  #batchOf(n: number): number {
    const known = this.#batches.get(n);
    if (known !== undefined) return known;
    const b = this.#around.journal.batch({ n: [n] });
    this.#batches.set(n, b);
    return b;
  }
}
