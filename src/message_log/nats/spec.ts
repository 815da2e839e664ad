/**
 * A message log in NATS as it is written: `nats://[user:password@|token@]host:port[,host:port…]/STREAM`.
 *
 * @module
 */

/** A stream of JetStream, and the servers that have it. */
export interface NatsSpec {
  /** What sort of log it is. */
  kind: "nats";
  /** Where the servers are, each `host:port`; IPv6 in brackets. */
  servers: string[];
  /** Whether a connection without TLS is refused. */
  tls: boolean;
  /** The name of the stream. */
  stream: string;
  /** Who connects. A secret, as its neighbours are. */
  user?: string;
  /** The user's password. */
  password?: string;
  /** What lets in whoever has it. */
  token?: string;
}

/** How to connect. Files are read anew at every connection, since credentials are replaced. */
export interface NatsConnectOptions {
  /** A file with a JWT and its seed, as `nsc` makes it. */
  natsCreds?: string | undefined;
  /** A file with the seed of an nkey. */
  natsNkey?: string | undefined;
  /** A file with the authority of the servers' certificates, as PEM. */
  natsCa?: string | undefined;
  /** A file with our certificate, as PEM. */
  natsCert?: string | undefined;
  /** A file with that certificate's key, as PEM. */
  natsKey?: string | undefined;
  /** How long the first connection may take, over all servers, in ms. Default: 10 s. */
  natsConnectMs?: number | undefined;
}

const DEFAULT_PORT = 4222;
const STREAM = /^[A-Za-z0-9_-]{1,64}$/;

/** The spec, or what is wrong with the text, without any secret of it. */
export function readNatsSpec(text: string): NatsSpec | string {
  const scheme = /^(nats|tls):\/\//.exec(text.trim());
  if (!scheme) return "it must begin with nats:// or tls://";
  // A password may have any sign in it: what stands after the last / is the stream, and what stands
  // after the last @ are servers.
  const rest = text.trim().slice(scheme[0].length);
  const slash = rest.lastIndexOf("/");
  if (slash === -1) return "the stream must stand after the servers, as in nats://host:4222/CHAT";
  const stream = rest.slice(slash + 1);
  const authority = rest.slice(0, slash);
  const at = authority.lastIndexOf("@");
  const servers = readServers(authority.slice(at + 1));
  if (typeof servers === "string") return servers;
  if (!STREAM.test(stream)) {
    return "the name of the stream must be 1 to 64 letters, digits, _ and -";
  }
  const login = at === -1 ? {} : readLogin(authority.slice(0, at));
  if (typeof login === "string") return login;
  return { kind: "nats", servers, tls: scheme[1] === "tls", stream, ...login };
}

/** The spec as it may be shown: `nats://a:4222,b:4222/CHAT`. */
export function natsAddress({ tls, servers, stream }: NatsSpec): string {
  return `${tls ? "tls" : "nats"}://${servers.join(",")}/${stream}`;
}

/** A text that was meant to be a spec, as it may be shown: what may be a secret is `***`. */
export function hideSecrets(text: string): string {
  return text
    .replace(/^(\[?[a-z]+:\/\/)?.*@/s, "$1***@")
    // Without its server, `user:password` looks like one with a port.
    .replace(/(?<=:\/\/[^/\[]*:)(?!\d+(?:[,/]|$)|\/\/)[^/,@]+(?=\/|$)/, "***");
}

function readServers(text: string): string[] | string {
  if (text === "") return "there must be a server, as in nats://host:4222/CHAT";
  if (text.includes("://")) return "nats:// must stand once, before the first server";
  const servers: string[] = [];
  for (const server of text.split(",")) {
    const [, host, port = DEFAULT_PORT] =
      /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9][A-Za-z0-9._-]*)(?::(\d+))?$/.exec(server) ?? [];
    if (host === undefined || !URL.canParse(`http://${host}`)) {
      return "each server must be HOST or HOST:PORT, IPv6 in brackets";
    }
    if (Number(port) < 1 || Number(port) > 65_535) return "each port must be from 1 to 65535";
    servers.push(`${host}:${Number(port)}`);
  }
  return servers;
}

function readLogin(text: string): Pick<NatsSpec, "user" | "password" | "token"> | string {
  const [first = "", ...others] = text.split(":");
  if (first === "") return "there must be a user or a token before the @";
  try {
    return others.length === 0
      ? { token: decodeURIComponent(first) }
      : { user: decodeURIComponent(first), password: decodeURIComponent(others.join(":")) };
  } catch {
    return "what stands before the @ must be percent-encoded: a % is %25";
  }
}
