import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { closePayload, encodeFrame, OPCODE } from "../cli/frames.ts";
import { NEEDS, run } from "./cli_program.ts";
import { testThatNeeds } from "./needs.ts";
import { type Behaviour, serveRaw } from "./peers/raw_ws_server.ts";

const closeFrame = (code: number) =>
  encodeFrame({ opcode: OPCODE.close, payload: closePayload(code), mask: false });
const text = encodeFrame({ opcode: OPCODE.text, payload: "more", mask: false });

/** Aims `close` at a server that behaves so. */
async function closed(behaviour: Behaviour, ...args: string[]) {
  await using server = await serveRaw(behaviour);
  const { code, stdout, stderr } = await run("close", server.url, "--json", ...args);
  const report = JSON.parse(stdout || "{}");
  assertEquals(report.exitCode, code, stderr);
  return report;
}

interface Case extends Behaviour {
  name: string;
  args?: string[];
  /** Ending, exit code, how TCP ended. */
  wanted: [string, number, string | undefined];
}

const CASES: Case[] = [
  {
    name: "answers our Close",
    heard: (socket) => socket.end(closeFrame(1000)),
    wanted: ["proper", 0, "fin"],
  },
  {
    name: "answers our Close and keeps TCP",
    args: ["--timeout", "400ms"],
    heard: (socket) => socket.write(closeFrame(1000)),
    wanted: ["proper", 0, undefined],
  },
  {
    name: "answers our Close and resets TCP",
    heard: (socket) => {
      socket.write(closeFrame(1000));
      setTimeout(() => socket.resetAndDestroy(), 30);
    },
    wanted: ["proper", 0, "reset"],
  },
  {
    name: "closes by itself",
    args: ["--wait"],
    opened: (socket) => socket.end(closeFrame(1012)),
    wanted: ["proper", 0, "fin"],
  },
  { name: "hangs up on our Close", heard: (socket) => socket.end(), wanted: ["cut", 10, "fin"] },
  {
    name: "resets on our Close",
    heard: (socket) => socket.resetAndDestroy(),
    wanted: ["cut", 10, "reset"],
  },
  {
    name: "never answers",
    args: ["--timeout", "400ms"],
    wanted: ["unanswered", 10, undefined],
  },
  {
    name: "sends a code that must not be sent",
    heard: (socket) => socket.end(closeFrame(1005)),
    wanted: ["illegal", 10, "fin"],
  },
  {
    name: "talks on in the same packet",
    heard: (socket) => socket.end(Uint8Array.from([...closeFrame(1000), ...text])),
    wanted: ["illegal", 10, "fin"],
  },
  {
    name: "refuses",
    response: "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 8\r\n\r\ndraining",
    wanted: ["refused", 13, undefined],
  },
  {
    name: "does not speak HTTP",
    response: "220 mail.example ESMTP\r\n",
    wanted: ["refused", 13, undefined],
  },
];

for (const { name, args = [], wanted, ...behaviour } of CASES) {
  testThatNeeds(NEEDS, `close says ${wanted[0]} of a server that ${name}`, async () => {
    const { ending, exitCode, trace } = await closed(behaviour, ...args);
    assertEquals([ending, exitCode, trace.tcp?.how], wanted);
  });
}

testThatNeeds(NEEDS, "close sends the code, the reason and the origin it is given", async () => {
  let heard = new Uint8Array();
  const report = await closed({
    heard: (socket, bytes) => {
      heard = Uint8Array.from(bytes);
      socket.end(closeFrame(3000));
    },
  }, ...["--code", "3000", "--reason", "so long", "--origin", "http://a.example"]);
  assertEquals(heard.length, 2 + 4 + 2 + "so long".length);
  assertEquals(report.trace.sent.code, 3000);
  assertEquals(report.trace.origin, "http://a.example");
});

testThatNeeds(NEEDS, "close shows a refusal with status and body", async () => {
  await using server = await serveRaw({
    response: "HTTP/1.1 403 Forbidden\r\ncontent-length: 9\r\n\r\nno origin",
  });
  const { code, stdout } = await run("close", server.url);
  assertEquals(code, 13);
  assertStringIncludes(stdout, "NOT CONNECTED  The server refuses this origin or client");
  assertStringIncludes(stdout, "HTTP 403 instead of 101: no origin");
});

testThatNeeds(NEEDS, "close explains a bad command line", async () => {
  const { code, stderr } = await run("close");
  assertEquals(code, 2);
  assertStringIncludes(stderr, "must be one ws: or wss: URL");
  assertStringIncludes((await run("close", "--help")).stdout, "Usage: deno task close");
  assertMatch((await run("close", "--version")).stdout, /^\d+\.\d+\.\d+\n$/);
});
