/**
 * Why a server of NATS did not let us in, as a sentence. nats.js and Deno pass some of it on only as
 * text; it is read here and nowhere else.
 *
 * @module
 */

import { AuthorizationError, UserAuthenticationExpiredError } from "@nats-io/transport-node";
import type { MessageLogTrouble } from "../message_log.ts";
import { FileError } from "./login.ts";
import type { Witness } from "./transport.ts";

/** What is known beside the error. */
export interface FailureFacts {
  witness: Witness;
  /** What we came with, without its secret: `the user and the password`. */
  login: string;
  /** The authority that was given. */
  natsCa: string | undefined;
}

/** Whether it is worth another try (`unavailable`), and why. */
export interface Explanation {
  trouble: MessageLogTrouble;
  why: string;
}

/** Explains an error of a connection. */
export function explainFailure(error: Error, facts: FailureFacts): Explanation {
  const refused = (why: string): Explanation => ({ trouble: "cannot_open", why });
  const away = (why: string): Explanation => ({ trouble: "unavailable", why });
  const { code } = error as { code?: string };
  const { complaint, wantsCertificate } = facts.witness;
  const alert = /fatal alert: \w+/.test(complaint?.message ?? "");
  if (error instanceof FileError) return refused(error.message);
  if (
    error instanceof AuthorizationError || error instanceof UserAuthenticationExpiredError
  ) return refused(`the server refuses ${facts.login} (${error.message})`);
  // A refused certificate ends the connection; nats.js waits on, and the alert may not be seen.
  if (alert || (wantsCertificate && complaint)) return refused(CERTIFICATE_REFUSED);
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return refused(`the server's certificate is for another name: ${error.message}`);
  }
  if (/does not support 'tls'|is not available on this server/.test(error.message)) {
    return refused("the server offers no TLS, which is demanded");
  }
  if (/CERT|SIGNATURE|ISSUER|SELF_SIGNED/.test(code ?? "")) {
    return refused(untrusted(error.message, facts.natsCa));
  }
  if (code?.startsWith("ERR_SSL") || code?.startsWith("ERR_TLS")) {
    return refused(`TLS failed: ${error.message}`);
  }
  if (error.message === "connection refused") return away("no server answers: connection refused");
  if (error.message === "timeout") return away("no server answers in time");
  return away(`no server answers: ${error.message || "the connection ended"}`);
}

function untrusted(text: string, natsCa: string | undefined): string {
  const advice = natsCa === undefined
    ? "give its authority with --nats-ca"
    : `its authority is not that in ${natsCa}`;
  return `the server's certificate is not trusted (${text}); ${advice}`;
}

const CERTIFICATE_REFUSED =
  "the server does not accept our certificate: it wants one of an authority that it trusts, by " +
  "--nats-cert and --nats-key";
