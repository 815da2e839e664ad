import { assertEquals, assertThrows } from "@std/assert";
import { encode } from "@lastcall/lastcall/client";
import { contentBytes, DAMAGED, FOREIGN, MessageCodec } from "../cli/loadtest/payload.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

for (const protocol of ["plain", "echo"] as const) {
  Deno.test(`MessageCodec recognises its own ${protocol} messages`, () => {
    const codec = new MessageCodec({ run: 0xdead_beef, protocol, sizeBytes: 128 });
    for (const n of [0, 1, 61, 62, 0xabcdef, 0xffff_ffff]) {
      const frame = codec.encode(n, 1_999);
      assertEquals(bytes(frame).length, 128);
      assertEquals(codec.decode(bytes(frame)), n);
    }
  });
}

Deno.test("MessageCodec writes what a plain server takes", () => {
  const codec = new MessageCodec({ run: 1, protocol: "plain", sizeBytes: 64 });
  const { content, ...others } = JSON.parse(codec.encode(7, 2));
  assertEquals(others, {});
  assertEquals(content.slice(0, 29), "lc1:00000001:000002:00000007:");
  assertEquals(content.length, 64 - '{"content":""}'.length);
});

Deno.test("MessageCodec finds a message however the server wraps it", () => {
  const codec = new MessageCodec({ run: 5, protocol: "plain", sizeBytes: 100 });
  const { content } = JSON.parse(codec.encode(42, 0));
  for (
    const wrapped of [
      `{"content":"${content}"}`,
      `{ "from": "someone", "content": "${content}", "at": 12 }`,
      `${content}`,
      `{"content":"${content}"}`,
    ]
  ) assertEquals(codec.decode(bytes(wrapped)), 42, wrapped);
});

Deno.test("MessageCodec tells damage and other people's messages apart", () => {
  const codec = new MessageCodec({ run: 5, protocol: "echo", sizeBytes: 64 });
  const other = new MessageCodec({ run: 6, protocol: "echo", sizeBytes: 64 });
  assertEquals(codec.decode(bytes(other.encode(1, 1))), FOREIGN);
  for (const text of ["", "hello", "lc1", "lc1:", "{}"]) {
    assertEquals(codec.decode(bytes(text)), FOREIGN, text);
  }
  const good = bytes(codec.encode(1, 1));
  assertEquals(codec.decode(good.subarray(0, 63)), DAMAGED);
  for (let i = 12; i < good.length; i++) {
    const bad = good.slice();
    bad[i]! ^= 1;
    assertEquals(codec.decode(bad), DAMAGED, `byte ${i}`);
  }
});

Deno.test("MessageCodec refuses a size that cannot carry an identity", () => {
  assertThrows(
    () => new MessageCodec({ run: 0, protocol: "plain", sizeBytes: 51 }),
    RangeError,
    "sizeBytes must be at least 52, got 51",
  );
});

Deno.test("a frame has the size that was asked for, whatever is around the message", () => {
  const sizeBytes = 128;
  const contentOf = (protocol: "v1" | "echo") => {
    const codec = new MessageCodec({
      ...{ run: 1, protocol, sizeBytes: contentBytes(protocol, sizeBytes) },
    });
    return codec.encode(7, 2);
  };
  const frame = encode({ type: "publish", id: 1234, content: contentOf("v1") });
  assertEquals([frame.length, contentOf("echo").length], [sizeBytes, sizeBytes]);
});
