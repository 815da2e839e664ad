/**
 * What can be set on the message log: a part of the server's table of options.
 *
 * @module
 */

import { choice, duration, integer, type Kind, type OptionTable, text } from "../options/mod.ts";
import { hideSecrets, readNatsSpec } from "./nats/spec.ts";
import { type LogSpec, parseLogSpec } from "./open_log.ts";

/** The settings of the message log. */
export interface LogSettings {
  /** Where messages are kept. */
  messageLog: LogSpec;
  /** What a message survives once it is accepted. */
  durability: "normal" | "full";
  /** Messages kept in each room. */
  retainMessages: number;
  /** How long messages are kept, in ms. */
  retainAgeMs: number;
  /** How many servers of NATS have each message. */
  natsReplicas: 1 | 3;
  /** The file with the credentials for NATS. */
  natsCreds?: string;
  /** The file with the seed of the nkey for NATS. */
  natsNkey?: string;
  /** The file with the authority of NATS' certificates. */
  natsCa?: string;
  /** The file with our certificate for NATS. */
  natsCert?: string;
  /** The file with that certificate's key. */
  natsKey?: string;
}

const logSpec: Kind<LogSpec> = {
  placeholder: "memory:|sqlite:FILE|nats://HOST:PORT,…/STREAM",
  allowed: "memory: or sqlite:FILE, such as sqlite:data/lastcall.db, or nats://HOST:PORT,…/STREAM",
  parse: parseLogSpec,
  explain(text) {
    const said = /^\s*(nats|tls):/.test(text) ? readNatsSpec(text) : undefined;
    return typeof said === "string" ? said : undefined;
  },
  show: hideSecrets,
};

const replicas: Kind<1 | 3> = {
  placeholder: "1|3",
  allowed: "one of 1, 3",
  parse: (text) => ({ 1: 1, 3: 3 } as Record<string, 1 | 3>)[text.trim()],
};

const file = text("FILE", "the path of a file");

/** The options of the message log. */
export const LOG_OPTIONS: OptionTable<LogSettings> = {
  messageLog: {
    flag: "log",
    env: "LASTCALL_LOG",
    kind: logSpec,
    default: "sqlite:data/lastcall.db",
    help: "Where messages are kept; memory: loses them with the process.",
    group: "Messages",
  },
  durability: {
    flag: "durability",
    env: "LASTCALL_DURABILITY",
    kind: choice("normal", "full"),
    default: "normal",
    help: "normal: an accepted message survives a killed process. full: also a power cut; slower.",
    group: "Messages",
  },
  retainMessages: {
    flag: "retain-messages",
    env: "LASTCALL_RETAIN_MESSAGES",
    kind: integer({ min: 1 }),
    default: "100000",
    help: "Messages kept in each room, for those who come back.",
    group: "Messages",
  },
  retainAgeMs: {
    flag: "retain-age",
    env: "LASTCALL_RETAIN_AGE",
    kind: duration({ min: 1_000, max: 366 * 24 * 3_600_000 }),
    default: "24h",
    help: "How long messages are kept.",
    group: "Messages",
  },
  natsReplicas: {
    flag: "nats-replicas",
    env: "LASTCALL_NATS_REPLICAS",
    kind: replicas,
    default: "1",
    help:
      "Servers of NATS that have each message; with 3 one may fail. Set when the stream is made.",
    group: "Log in NATS",
  },
  natsCreds: {
    flag: "nats-creds",
    env: "NATS_CREDS",
    kind: file,
    help: "The credentials: a file with a JWT and its seed.",
    group: "Log in NATS",
  },
  natsNkey: {
    flag: "nats-nkey",
    env: "NATS_NKEY",
    kind: file,
    help: "The credentials: a file with the seed of an nkey.",
    group: "Log in NATS",
  },
  natsCa: {
    flag: "nats-ca",
    env: "NATS_CA",
    kind: file,
    help: "The authority that signs the servers' certificates; TLS is then demanded.",
    group: "Log in NATS",
  },
  natsCert: {
    flag: "nats-cert",
    env: "NATS_CERT",
    kind: file,
    help: "Our certificate, for servers that want one; TLS is then demanded.",
    group: "Log in NATS",
  },
  natsKey: {
    flag: "nats-key",
    env: "NATS_KEY",
    kind: file,
    help: "The key of that certificate.",
    group: "Log in NATS",
  },
};

/** What contradicts itself in the settings, given these flags, as a sentence's end. */
export function logContradiction(
  { messageLog, natsCreds, natsNkey, natsCert, natsKey }: LogSettings,
  flags: readonly string[],
): string | undefined {
  if (messageLog.kind !== "nats") {
    // Variables are let be: they are those of the `nats` tool, and may be there for it.
    const flag = flags.find((flag) => flag.startsWith("nats-"));
    return flag && `--${flag} needs a --log that is nats://…; got ${messageLog.kind}:`;
  }
  const logins = [
    ...natsCreds === undefined ? [] : ["--nats-creds"],
    ...natsNkey === undefined ? [] : ["--nats-nkey"],
    ...messageLog.user === undefined ? [] : ["a user in --log"],
    ...messageLog.token === undefined ? [] : ["a token in --log"],
  ];
  if (logins.length > 1) return `there must be one login for NATS; got ${logins.join(" and ")}`;
  if ((natsCert === undefined) !== (natsKey === undefined)) {
    const [given, lacking] = natsKey === undefined ? ["cert", "key"] : ["key", "cert"];
    return `--nats-${given} needs --nats-${lacking}, too`;
  }
  return undefined;
}
