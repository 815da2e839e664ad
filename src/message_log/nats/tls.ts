/**
 * The files of TLS for servers of NATS.
 *
 * @module
 */

import { createPrivateKey, X509Certificate } from "node:crypto";
import { FileError, readFileOf } from "./login.ts";
import type { NatsConnectOptions } from "./spec.ts";
import type { TlsTexts } from "./transport.ts";

/** What stands in the files. Throws a {@linkcode FileError}. */
export function readTlsFiles({ natsCa, natsCert, natsKey }: NatsConnectOptions): TlsTexts {
  const texts: TlsTexts = {};
  if (natsCa !== undefined) {
    texts.ca = readFileOf(natsCa);
    certificateIn(texts.ca, natsCa);
  }
  if (natsCert !== undefined && natsKey !== undefined) {
    texts.cert = readFileOf(natsCert);
    texts.key = readFileOf(natsKey);
    const certificate = certificateIn(texts.cert, natsCert);
    if (!certificate.checkPrivateKey(keyIn(texts.key, natsKey))) {
      throw new FileError(`the key in ${natsKey} is not that of the certificate in ${natsCert}`);
    }
  }
  return texts;
}

function certificateIn(text: string, path: string): X509Certificate {
  try {
    return new X509Certificate(text);
  } catch {
    throw new FileError(`${path} must be a certificate as PEM`);
  }
}

function keyIn(text: string, path: string): ReturnType<typeof createPrivateKey> {
  try {
    return createPrivateKey(text);
  } catch {
    // No cause: what is wrong with it could show some of it.
    throw new FileError(`${path} must be a private key as PEM, without a passphrase`);
  }
}
