/**
 * Chats on other servers, as command lines for `deno task loadtest --spawn`. Each passes what one client
 * says to all others, which is what `--protocol plain` expects. What comes from npm or has to be built lies
 * outside the repository, in the folder `$PEERS_HOME`; see `prepare.ts`.
 */

/** A server that is written in several forms. */
interface Library {
  name: string;
  /** The library, and what it runs on. */
  title: string;
  /** Started by `sh`, with the name of the form behind it. Default: this project's server. */
  command?: string;
  /** What each form does on SIGTERM. */
  forms: Record<string, string>;
  /** Of its URL. Default: `/`. */
  path?: string;
  /** A shell command that says which versions are here, and fails where something is missing. */
  needs?: string;
  /** From npm. */
  packages?: string[];
  /** Flags of the load test that differ from those of all others. */
  flags?: string[];
  /** Measured only when it is asked for by name. */
  onRequest?: true;
}

/** One form of a server. */
export interface Peer extends Omit<Library, "forms"> {
  onSigterm: string;
}

const ARCH = Deno.build.arch === "x86_64" ? "x64" : "aarch64";
/** Its program for this machine; the package `bun` would fetch it by an install script. */
export const BUN_PACKAGE = `@oven/bun-${Deno.build.os}-${ARCH}`;
const WS = "ws@8.23.0";
const NODE = 'echo "node $(node --version)"';
const GORILLA = "golang-github-gorilla-websocket-dev";
const PYTHON_VERSIONS = "import sys, websockets as w; print('python', sys.version.split()[0] + " +
  "', python3-websockets', w.__version__)";
/** The form that handles no signal. */
const PLAIN = { "": "nothing" };
/** What our clients say is not the protocol of NATS. */
const SILENT = ["--rate", "0"];

const LIBRARIES: Library[] = [
  { name: "lastcall", title: "Last Call", forms: { "": "paced exits with Close 1012" } },
  {
    name: "ws",
    title: "ws (Node)",
    command: "node tests/peers/ws_chat.cjs",
    forms: { ...PLAIN, closes: "`client.close(1001)` for each" },
    needs: NODE,
    packages: [WS],
  },
  {
    name: "socketio",
    title: "Socket.IO (Node)",
    command: "node tests/peers/socketio_chat.cjs",
    forms: { ...PLAIN, closes: "`io.close()`" },
    path: "/socket.io/?EIO=4&transport=websocket",
    needs: NODE,
    packages: ["socket.io@4.8.4", WS],
  },
  {
    name: "bun",
    title: "Bun",
    command: '"$PEERS_HOME/bun" tests/peers/bun_chat.mjs',
    forms: { ...PLAIN, stop: "`server.stop()`", "stop-now": "`server.stop(true)`" },
    needs: NODE,
    packages: [`${BUN_PACKAGE}@1.4.5`],
  },
  {
    name: "deno",
    title: "Deno",
    command: "deno run -A tests/peers/deno_chat.ts",
    forms: {
      ...PLAIN,
      shutdown: "`server.shutdown()`",
      closes: "`socket.close(1001)` for each",
    },
  },
  {
    name: "gorilla",
    title: "gorilla/websocket (Go)",
    command: '"$PEERS_HOME/gorilla_chat"',
    forms: {
      ...PLAIN,
      shutdown: "`Shutdown()`, then `Close()` for each",
      closes: "`Shutdown()`, then Close 1001 for each",
    },
    needs: `go version && dpkg-query -W ${GORILLA}`,
  },
  {
    name: "websockets",
    title: "websockets (Python)",
    command: "/usr/bin/python3 tests/peers/websockets_chat.py",
    forms: { ...PLAIN, closes: "`server.close()`" },
    needs: `/usr/bin/python3 -c "${PYTHON_VERSIONS}"`,
  },
  {
    name: "nats",
    title: "nats-server, idle clients",
    command: "nats-server -c tests/peers/nats.conf",
    forms: { "": "its own shutdown" },
    needs: "nats-server --version",
    flags: SILENT,
  },
  {
    name: "nats-lame-duck",
    title: "nats-server, idle clients",
    command: "sh tests/peers/nats_lame_duck.sh",
    forms: { "": "lame duck mode of 30 s" },
    needs: "nats-server --version",
    flags: [...SILENT, "--grace", "40s"],
  },
  {
    name: "uws",
    title: "uWebSockets.js, a copy (Node)",
    command: "node tests/peers/uws_chat.cjs",
    forms: { ...PLAIN, close: "`app.close()`", ends: "`client.end(1001)` for each" },
    needs: NODE,
    packages: ["uwebsockets@3.0.6"],
    onRequest: true,
  },
];

/** Every form of every server, in the order of the table. */
export const PEERS: readonly Peer[] = LIBRARIES.flatMap(({ forms, ...library }) =>
  Object.entries(forms).map(([form, onSigterm]) => ({
    ...library,
    name: form ? `${library.name}-${form}` : library.name,
    ...library.command ? { command: `${library.command} ${form}`.trim() } : {},
    onSigterm,
  }))
);
