/**
 * Gathers the servers that are to be measured, as far as they can be had here.
 *
 * @module
 */

import { VERSION } from "@lastcall/lastcall";
import {
  type ContenderName,
  ownProgram,
  PACKAGES,
  peerProgram,
  type ServerProgram,
} from "./contenders.ts";
import { packageFolder } from "./npm_package.ts";
import type { Plan } from "./plan.ts";
import { runToEnd } from "./run_to_end.ts";

/** The servers that are there, and those that are not. */
export interface Field {
  programs: Partial<Record<ContenderName, ServerProgram>>;
  /** Of each program that takes part. */
  versions: Record<string, string>;
  /** Why a server is not there. */
  absent: Partial<Record<ContenderName, string>>;
}

/** Finds the servers of a plan; other people's are downloaded where they are not here yet. */
export async function gather({ servers, parts, loads, sizeBytes }: Plan): Promise<Field> {
  const field: Field = { programs: {}, versions: {}, absent: {} };
  const isRace = parts.some((part) => part in loads);
  for (const server of isRace ? servers : ["lastcall"] as const) {
    if (server === "lastcall") {
      const clients = Math.max(...Object.values(loads).map((load) => load.clients));
      field.programs.lastcall = ownProgram({ clients, sizeBytes });
      Object.assign(field.versions, { lastcall: VERSION, deno: Deno.version.deno });
    } else {
      await addPeer(field, server).catch((error) => field.absent[server] = error.message);
    }
  }
  return field;
}

async function addPeer(field: Field, server: "ws" | "bun"): Promise<void> {
  const program = peerProgram(server, await packageFolder(PACKAGES[server]));
  const version = (await runToEnd(program.program, ["--version"])).replace(/^v/, "");
  field.programs[server] = program;
  Object.assign(
    field.versions,
    server === "ws" ? { ws: PACKAGES.ws.split("@")[1], node: version } : { bun: version },
  );
}
