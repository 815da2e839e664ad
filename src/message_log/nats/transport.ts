/**
 * How bytes get to a server of NATS: the transport of nats.js for Node, with what Deno needs of it.
 *
 * - nats.js takes its listeners off a socket before it gives it up. What the socket says after that
 *   (`ECONNRESET`, a TLS alert) would be an error that nobody catches, and ends the process.
 * - A server given by its IP address is held to that address. Without a name, Deno would hold the
 *   certificate to `localhost`.
 * - The files of TLS are read anew at each connection: certificates are replaced while we run.
 *
 * @module
 */

import { nodeResolveHost, NodeTransport } from "@nats-io/transport-node/lib/node_transport.js";
import {
  type ConnectionOptions,
  type NatsConnection,
  NatsConnectionImpl,
  type ServerInfo,
  setTransportFactory,
} from "@nats-io/transport-node";
import type { Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";

/** What TLS needs, as PEM. */
export interface TlsTexts {
  ca?: string;
  cert?: string;
  key?: string;
}

/** What sockets complained of, for whoever has to explain a failure. */
export interface Witness {
  complaint?: Error;
  /** The server wants a certificate of ours. */
  wantsCertificate?: boolean;
}

/** Reads the files of TLS. */
export type ReadTls = () => TlsTexts;

/** Connects, as `connect()` of nats.js does. */
export function connectGuarded(
  options: ConnectionOptions,
  { readTls, witness }: { readTls: ReadTls; witness: Witness },
): Promise<NatsConnection> {
  setTransportFactory({
    factory: () => new GuardedTransport(readTls, witness),
    dnsResolveFn: nodeResolveHost,
  });
  return NatsConnectionImpl.connect(options);
}

class GuardedTransport extends NodeTransport {
  readonly #readTls: ReadTls;
  readonly #witness: Witness;
  #hostname = "";

  constructor(readTls: ReadTls, witness: Witness) {
    super();
    this.#readTls = readTls;
    this.#witness = witness;
  }

  override async dial(place: { hostname: string; port: number }): Promise<Socket> {
    this.#hostname = place.hostname;
    return this.#guard(await super.dial(place));
  }

  override async peekInfo(): Promise<ServerInfo> {
    const info = await super.peekInfo();
    this.#witness.wantsCertificate = info.tls_verify === true;
    return info;
  }

  /** In place of nats.js' own: an alert may come in the same breath as the end of the handshake. */
  override startTLS(): Promise<TLSSocket> {
    return new Promise((resolve, reject) => {
      const socket = this.#guard(connectTls({
        socket: this.socket,
        servername: this.tlsName,
        host: this.tlsName || this.#hostname,
        rejectUnauthorized: true,
        ...this.#readTls(),
      }));
      let error = new Error("the server ended the connection");
      socket.on("error", (one) => error = one);
      socket.on("close", () => reject(error));
      socket.on("secureConnect", () => {
        socket.removeAllListeners();
        socket.setNoDelay(true);
        resolve(socket);
      });
    });
  }

  #guard<S extends Socket>(socket: S): S {
    const note = (error: Error) => this.#witness.complaint = error;
    const removeAll = socket.removeAllListeners.bind(socket);
    socket.removeAllListeners = (...events: Parameters<Socket["removeAllListeners"]>) => {
      removeAll(...events);
      socket.on("error", note);
      return socket;
    };
    socket.on("error", note);
    return socket;
  }
}
