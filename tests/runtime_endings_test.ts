/**
 * Every way in which a connection ends, and what Deno's WebSocket server reports of it. Our classifier
 * of errors and our reading of close codes rest on this table; when an upgrade of Deno changes a row,
 * they have to follow.
 */

import { assertEquals } from "@std/assert";
import { encodeFrame, type FrameOptions, OPCODE } from "../cli/frames.ts";
import {
  everythingSeenBy,
  fillSendQueue,
  type Pair,
  RecordingServer,
  until,
} from "./runtime_support.ts";

interface Ending {
  when: string;
  act(pair: Pair): Promise<void>;
  /** What the server's socket reports, in order. */
  events: string[];
  /** What the peer still sees; left out when the peer is gone itself. */
  peer?: string;
}

/** The events of a connection that broke. */
const broken = (message: string) => [`error ${message}`, `close 0 "" unclean`];

const VALID_CODES = [1000, 1001, 1002, 1003, 1007, 1011, 1012, 1013, 3000, 3999, 4000, 4999];
const INVALID_CODES = [0, 999, 1004, 1005, 1006, 1014, 1015, 1016, 1100, 2999, 5000, 65_535];

const PEER_CLOSES: Ending[] = [
  ...VALID_CODES.map((code) => ({
    when: `the peer closes with ${code}`,
    act: ({ client }: Pair) => client.sendClose(code, "bye"),
    events: [`close ${code} "bye" clean`],
    peer: `close ${code} "bye", fin`,
  })),
  ...INVALID_CODES.map((code) => ({
    when: `the peer closes with ${code}, which nobody may send`,
    act: ({ client }: Pair) => client.sendClose(code, "bye"),
    events: broken("Invalid close code"),
    peer: `close 1002 "bye", fin`,
  })),
  {
    when: "the peer closes without a code",
    act: ({ client }) => client.sendClose(),
    events: [`close 1005 "" clean`],
    peer: `close 1005 "", fin`,
  },
];

const ILLEGAL: Ending[] = [
  illegal("a Close payload of one byte", "Invalid close frame", {
    opcode: OPCODE.close,
    payload: Uint8Array.of(3),
  }),
  illegal("a Close reason that is not UTF-8", "Invalid UTF-8", {
    opcode: OPCODE.close,
    payload: Uint8Array.of(0x03, 0xe8, 0xff),
  }),
  ...[4, 2, 1].map((rsv) =>
    illegal(`reserved bits ${rsv}`, "Reserved bits are not zero", { opcode: OPCODE.text, rsv })
  ),
  ...[0x3, 0x7, 0xb, 0xf].map((opcode) =>
    illegal(`the opcode ${opcode}`, "Invalid value", { opcode })
  ),
  ...[OPCODE.close, OPCODE.ping, OPCODE.pong].map((opcode) =>
    illegal(`a fragmented control frame ${opcode}`, "Control frame must not be fragmented", {
      opcode,
      fin: false,
    })
  ),
  illegal("a ping of 126 bytes", "Ping frame too large", {
    opcode: OPCODE.ping,
    payload: new Uint8Array(126),
  }),
  illegal("a continuation of nothing", "Invalid continuation frame", {
    opcode: OPCODE.continuation,
  }),
  illegal(
    "a text in the middle of a fragmented one",
    "Invalid fragment",
    { opcode: OPCODE.text, payload: "a", fin: false },
    { opcode: OPCODE.text, payload: "b" },
  ),
  illegal("a text that is not UTF-8", "Invalid UTF-8", {
    opcode: OPCODE.text,
    payload: Uint8Array.of(0xff),
  }),
  illegal(
    "a fragmented text that is not UTF-8",
    "Invalid UTF-8",
    { opcode: OPCODE.text, payload: Uint8Array.of(0xc3), fin: false },
    { opcode: OPCODE.continuation, payload: "b" },
  ),
  ...[64 * 2 ** 20, 2n ** 63n].map((declaredLength) =>
    illegal(`a frame of ${declaredLength} bytes`, "Frame too large", {
      opcode: OPCODE.binary,
      declaredLength,
    })
  ),
];

const CUT: Ending[] = [
  {
    when: "the peer says FIN without a Close",
    act: ({ client }) => client.finish(),
    events: broken("Unexpected EOF"),
    peer: "fin",
  },
  {
    when: "the peer says FIN in the middle of a frame of just less than 64 MiB",
    async act({ client }) {
      const declaredLength = 64 * 2 ** 20 - 1;
      await client.sendFrame({ opcode: OPCODE.binary, payload: "begun", declaredLength });
      await client.finish();
    },
    events: broken("Unexpected EOF"),
    peer: "fin",
  },
  {
    when: "the peer resets an idle connection",
    act: ({ client }) => client.reset(),
    events: broken("Connection reset by peer (os error N)"),
  },
  {
    when: "the peer resets while the send queue is full",
    async act({ client, socket }) {
      await fillSendQueue(socket);
      await client.reset();
    },
    events: broken("Broken pipe (os error N)"),
  },
  {
    when: "the peer resets under a send",
    async act({ client, socket }) {
      socket.send("on its way");
      await client.reset();
    },
    // The write takes the reset from the socket, and the read finds only its end.
    events: broken("Unexpected EOF"),
  },
  {
    when: "the peer resets right after a ping",
    act: ({ client }) => thenReset(client, client.sendFrame({ opcode: OPCODE.ping })),
    events: broken("Failed to send frame"),
  },
  {
    when: "the peer resets right after its Close, whose code is lost",
    act: ({ client }) => thenReset(client, client.sendClose(1000)),
    events: broken("Failed to send frame"),
  },
];

const AFTER_OUR_CLOSE: Ending[] = [
  afterOurClose("our close is echoed", ({ client }) => client.sendClose(1012, "restart"), [
    `close 1012 "restart" clean`,
  ]),
  afterOurClose("our close is answered with another code", ({ client }) => client.sendClose(4000), [
    `close 4000 "" clean`,
  ]),
  afterOurClose("our close is answered without a code", ({ client }) => client.sendClose(), [
    `close 1005 "" clean`,
  ]),
  ...Object.entries({
    "FIN": ({ client }: Pair) => client.finish(),
    "an invalid code": ({ client }: Pair) => client.sendClose(1005),
    "a reserved bit": sends({ opcode: OPCODE.text, rsv: 4 }),
    "a bad opcode": sends({ opcode: 0x3 }),
    "a ping": sends({ opcode: OPCODE.ping }),
  }).map(([what, act]) =>
    afterOurClose(`our close is followed by ${what}`, act, [`close 1005 "" clean`])
  ),
  ...Object.entries({
    "a text": sends({ opcode: OPCODE.text, payload: "late" }),
    "binary data": sends({ opcode: OPCODE.binary, payload: "late" }),
    "a pong": sends({ opcode: OPCODE.pong }),
    "a text and then the echo": ({ client }: Pair) =>
      client.sendBytes(Uint8Array.from([
        ...encodeFrame({ opcode: OPCODE.text, payload: "late" }),
        ...encodeFrame({ opcode: OPCODE.close, payload: Uint8Array.of(0x03, 0xf4) }),
      ])),
  }).map(([what, act]) =>
    afterOurClose(`our close is followed by ${what}`, act, [`close 0 "" unclean`])
  ),
  {
    when: "our close is followed by a reset",
    async act({ client, socket }) {
      socket.close(1012, "restart");
      await client.untilClose();
      await client.reset();
    },
    events: [`close 1005 "" clean`],
  },
  {
    when: "our close is overtaken by a reset",
    async act({ client, socket }) {
      socket.close(1012, "restart");
      await client.reset();
    },
    events: [...broken("TypeError: Connection reset by peer (os error N)"), `close 1005 "" clean`],
  },
  {
    when: "our close waits behind a full send queue and the peer resets",
    async act({ client, socket }) {
      await fillSendQueue(socket);
      socket.close(1012, "restart");
      await client.reset();
    },
    events: [`close 1005 "" clean`, ...broken("TypeError: Broken pipe (os error N)")],
  },
  {
    when: "shutdown() is called",
    async act({ server }) {
      await server.shutdown();
    },
    events: [`close 1005 "" clean`],
    peer: `close 1001 "Server shutting down", fin`,
  },
];

for (
  const { when, act, events, peer } of [...PEER_CLOSES, ...ILLEGAL, ...CUT, ...AFTER_OUR_CLOSE]
) {
  Deno.test(`WebSocket reports ${events.join(", ")} when ${when}`, async () => {
    await using server = new RecordingServer();
    const pair = await server.connect();
    await using client = pair.client;
    await act(pair);
    await until(() => pair.events.length >= events.length, "the events have come");
    if (peer !== undefined) assertEquals(await everythingSeenBy(client), peer);
    await client.close();
    await server.shutdown();
    assertEquals(pair.events, events);
    assertEquals(pair.socket.readyState, WebSocket.CLOSED);
  });
}

function sends(...frames: FrameOptions[]): Ending["act"] {
  return async ({ client }) => {
    for (const frame of frames) await client.sendFrame(frame);
  };
}

function illegal(what: string, message: string, ...frames: FrameOptions[]): Ending {
  return {
    when: `the peer sends ${what}`,
    act: sends(...frames),
    events: broken(message),
    peer: "fin",
  };
}

function afterOurClose(when: string, act: Ending["act"], events: string[]): Ending {
  return {
    when,
    async act(pair) {
      pair.socket.close(1012, "restart");
      assertEquals((await pair.client.untilClose())?.code, 1012);
      await act(pair);
    },
    events,
    peer: "fin",
  };
}

/** Resets before the server has had a chance to read what is being sent. */
async function thenReset(client: Pair["client"], sent: Promise<void>): Promise<void> {
  await client.reset();
  await sent.catch(() => {});
}
