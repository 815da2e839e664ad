import type { ConnectionState, Exit, LeaveOptions } from "../src/shutdown/connection.ts";
import type { Leaver } from "../src/shutdown/drain.ts";
import type { FakeClock } from "./fake_clock.ts";

/** How a fake client takes being told to go. */
export type Manners = "answers" | "mute" | "already gone";

/** A client without a socket, which remembers when it was told to go. */
export class FakeLeaver implements Leaver {
  state: ConnectionState = "open";
  lastHeardAt = 0;
  toldAt: number | undefined;
  forcedAt: number | undefined;
  readonly #clock: FakeClock;
  readonly #manners: Manners;
  readonly #answerAfterMs: number;

  constructor(clock: FakeClock, manners: Manners = "answers", answerAfterMs = 1) {
    this.#clock = clock;
    this.#manners = manners;
    this.#answerAfterMs = answerAfterMs;
    if (manners === "already gone") this.state = "closed";
  }

  async leave({ code, answerMs }: LeaveOptions): Promise<Exit> {
    this.toldAt = this.#clock.now();
    if (this.#manners === "already gone") return { outcome: "gone", code: 1001 };
    const isMute = this.#manners === "mute";
    await this.#clock.sleep(isMute ? answerMs : this.#answerAfterMs);
    if (isMute) return { outcome: "unanswered", code };
    this.state = "closed";
    return { outcome: "closed", code };
  }

  closeNow(): void {
    this.forcedAt = this.#clock.now();
  }
}

/** `count` of them. */
export function crowd(clock: FakeClock, count: number, manners?: Manners): FakeLeaver[] {
  return Array.from({ length: count }, () => new FakeLeaver(clock, manners));
}
