/**
 * From a spec to a connection with servers of NATS, or to a sentence that says why there is none.
 *
 * Servers are tried one after the other, in an order of chance, round by round, until one lets us in,
 * one refuses us, or the time is up. Once connected, nats.js comes back by itself, for ever.
 *
 * @module
 */

import type { ConnectionOptions, NatsConnection } from "@nats-io/transport-node";
import { VERSION } from "../../version.ts";
import { MessageLogError, type MessageLogTrouble } from "../message_log.ts";
import { explainFailure } from "./failure.ts";
import { FileError, type Login, loginOf } from "./login.ts";
import { natsAddress, type NatsConnectOptions, type NatsSpec } from "./spec.ts";
import { readTlsFiles } from "./tls.ts";
import { connectGuarded, type Witness } from "./transport.ts";

/** How long one server may take: one that stands still must not use up the time of the others. */
const DIAL_MS = 3_000;
const ROUND_PAUSE_MS = 250;
/** Silence is noticed after `pingInterval * (maxPingOut + 1)` at most: 10 s. */
const ALWAYS = {
  name: `lastcall ${VERSION}`,
  reconnect: true,
  maxReconnectAttempts: -1,
  reconnectTimeWait: 250,
  reconnectJitter: 250,
  reconnectJitterTLS: 250,
  pingInterval: 3_300,
  maxPingOut: 2,
  timeout: DIAL_MS,
  noRandomize: false,
  ignoreClusterUpdates: false,
  // A stack trace for each publish, in case that it fails, is not worth its time.
  noAsyncTraces: true,
  // By default a second refusal would end it: but credentials are replaced, and servers restarted.
  ignoreAuthErrorAbort: true,
} satisfies ConnectionOptions;

/** Connects. Rejects with a {@linkcode MessageLogError} whose sentence holds no secret. */
export async function connectNats(
  spec: NatsSpec,
  options: NatsConnectOptions = {},
): Promise<NatsConnection> {
  const attempt = prepare(spec, options);
  const deadline = performance.now() + (options.natsConnectMs ?? 10_000);
  for (;;) {
    const failures: Failure[] = [];
    for (const server of shuffled(spec.servers)) {
      const outcome = await beforeDeadline(attempt.connect(server), deadline);
      if (!(outcome instanceof Error)) {
        outcome.setServers(spec.servers);
        return outcome;
      }
      failures.push(attempt.explain(outcome));
      if (performance.now() >= deadline) break;
    }
    const final = failures.find(({ trouble }) => trouble !== "unavailable");
    const [first] = failures;
    if (final || performance.now() + ROUND_PAUSE_MS >= deadline) {
      throw failed(spec, final ?? first!);
    }
    await new Promise((resolve) => setTimeout(resolve, ROUND_PAUSE_MS));
  }
}

/** Why one server did not let us in. */
interface Failure {
  trouble: MessageLogTrouble;
  why: string;
  cause: Error;
}

interface Attempt {
  connect(server: string): Promise<NatsConnection>;
  explain(error: Error): Failure;
}

function prepare(spec: NatsSpec, options: NatsConnectOptions): Attempt {
  const { natsCa, natsCert } = options;
  let login: Login;
  try {
    login = loginOf(spec, options);
    readTlsFiles(options);
  } catch (cause) {
    if (!(cause instanceof FileError)) throw cause;
    throw failed(spec, { trouble: "cannot_open", why: cause.message, cause });
  }
  const { authenticator, words } = login;
  const mustBeTls = spec.tls || natsCa !== undefined || natsCert !== undefined;
  const witness: Witness = {};
  const always: ConnectionOptions = {
    ...ALWAYS,
    ...authenticator ? { authenticator } : {},
    ...mustBeTls ? { tls: {} } : {},
  };
  return {
    connect(server) {
      delete witness.complaint;
      const readTls = () => readTlsFiles(options);
      return connectGuarded({ ...always, servers: [server] }, { readTls, witness });
    },
    explain: (cause) => ({ ...explainFailure(cause, { witness, login: words, natsCa }), cause }),
  };
}

/** What it gives, or why not. What comes after the deadline is closed. */
async function beforeDeadline(
  connecting: Promise<NatsConnection>,
  deadline: number,
): Promise<NatsConnection | Error> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<Error>((resolve) => {
    const leftMs = Math.max(0, deadline - performance.now());
    timer = setTimeout(() => resolve(new Error("timeout")), leftMs);
  });
  const outcome = await Promise.race([connecting.catch(asError), late]);
  clearTimeout(timer);
  if (outcome instanceof Error) connecting.then((one) => one.close(), () => {});
  return outcome;
}

function failed(spec: NatsSpec, { trouble, why, cause }: Failure): MessageLogError {
  const message = `Cannot open the message log ${natsAddress(spec)}: ${why}`;
  return new MessageLogError(trouble, message, { cause });
}

function shuffled(servers: readonly string[]): string[] {
  return servers.map((server) => ({ server, at: Math.random() })).sort((a, b) => a.at - b.at)
    .map(({ server }) => server);
}

/** nats.js may throw nothing at all. */
function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
