/**
 * A small and complete server of `lastcall.v1` that tells the lie it is asked to tell, for the load test
 * to find. It was written from `docs/protocol.md` and shares nothing with this project's server.
 *
 * ```sh
 * deno run -A cli/loadtest/selftest/faulty_server.ts --port 9000 --log /tmp/log --fault lost
 * ```
 *
 * `--log FILE` is shared by all that serve the same rooms; `--alternates URL,…` are the others. It stands
 * on `npm:ws`, which can also be made to do what no good server does.
 *
 * @module
 */

import { SUBPROTOCOL } from "@lastcall/lastcall/client";
import { parseArgs } from "@std/cli/parse-args";
// @ts-types="npm:@types/ws@8.18.1"
import { WebSocketServer } from "ws";
import { type FaultName, isFaultName } from "./faults.ts";
import { Guest, LIMITS } from "./guest.ts";
import { LIES } from "./lies.ts";
import { SharedLog } from "./shared_log.ts";

const ROOM = /^[a-z0-9][a-z0-9._-]{0,63}$/;
const TICK_MS = 10;
const HANDSHAKE_ERROR = { badRequest: 400, unavailable: 503 } as const;
const SESSION_RESUMED = 4501;

/** How to run it. */
interface Settings {
  port: number;
  log: string;
  alternates: string[];
  fault: FaultName;
}

function readSettings(args: string[]): Settings {
  const { port, log, alternates = "", fault = "healthy" } = parseArgs(args, {
    string: ["port", "log", "alternates", "fault"],
  });
  if (!port || !log) throw new TypeError("Cannot start: --port and --log must be given");
  if (!isFaultName(fault)) {
    throw new TypeError(`Cannot start: --fault must be the name of a fault, got ${fault}`);
  }
  return { port: Number(port), log, alternates: alternates.split(",").filter(Boolean), fault };
}

/** Serves until SIGTERM. */
function serve({ port, log: path, alternates, fault }: Settings): void {
  const log = new SharedLog(path);
  const guests = new Set<Guest>();
  const conduct = new LIES[fault]({ log, guests, alternates });
  let isLeaving = false;

  const server = new WebSocketServer({
    port,
    host: "127.0.0.1",
    path: "/ws",
    maxPayload: LIMITS.maxMessageSize * 6 + 1_024,
    handleProtocols: (asked) => asked.has(SUBPROTOCOL) && SUBPROTOCOL,
    verifyClient({ req }, answer) {
      if (!ROOM.test(roomOf(req.url))) return answer(false, HANDSHAKE_ERROR.badRequest);
      if (conduct.admits(isLeaving)) return answer(true);
      answer(false, HANDSHAKE_ERROR.unavailable, "leaving", { "Retry-After": "1" });
    },
  });
  server.on("listening", () => say(`listening on ${port}`));
  server.on("connection", (socket, { url }) => {
    const onName = (guest: Guest) => sendAwayElder(guest, guests);
    const guest = new Guest({ socket, room: roomOf(url), log, host: conduct, onName });
    guests.add(guest);
    guest.gone.then(() => guests.delete(guest));
  });
  setInterval(() => {
    log.tail();
    for (const guest of guests) guest.catchUp();
  }, TICK_MS);
  Deno.addSignalListener("SIGTERM", async () => {
    if (isLeaving) return;
    isLeaving = true;
    Deno.exit(await conduct.leave());
  });
}

/** A session is one guest. */
function sendAwayElder(guest: Guest, guests: ReadonlySet<Guest>): void {
  for (const other of guests) {
    if (other !== guest && other.from === guest.from) other.close(SESSION_RESUMED, "resumed");
  }
}

function roomOf(url = ""): string {
  return new URL(url, "ws://localhost").searchParams.get("room") ?? "lobby";
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

if (import.meta.main) serve(readSettings(Deno.args));
