import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { decodeBody, encodeEntry, namesOf, placeOf } from "../src/message_log/nats/wire.ts";

const names = namesOf("CHAT");

Deno.test("a room is one token of a subject, and comes back from it", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), (room) => {
    const subject = names.subjectOf(room);
    assertEquals(/^CHAT\.[^.*>\s]+$/.test(subject), true, subject);
    assertEquals(names.roomOf(subject), room);
  }));
  assertEquals(
    ["", "%", "a.b", "*", ">", "%probe"].map((room) => names.roomOf(names.subjectOf(room))),
    [
      "",
      "%",
      "a.b",
      "*",
      ">",
      "%probe",
    ],
  );
});

Deno.test("a probe is of no room", () => {
  assertEquals(names.roomOf(names.probe), undefined);
});

Deno.test("an entry comes back whole, and its place by the headers alone", () => {
  const entry = {
    room: "lobby",
    publisher: "a:n n",
    id: 7,
    name: "Zoë",
    content: "\u0000 🦉 \ud800",
    at: 1_790_000_000_123,
  };
  const { msgID, headers, body } = encodeEntry(entry);
  headers.set("Nats-Msg-Id", msgID);
  const { room: _, ...message } = entry;
  assertEquals(decodeBody(new TextEncoder().encode(body)), message);
  assertEquals(placeOf({ subject: "CHAT.lobby", seq: 5, headers }), {
    streamSeq: 5,
    publisher: "a:n n",
    id: 7,
    at: 1_790_000_000_123,
  });
});

Deno.test("an entry without an id has a name of its own for its repetitions", () => {
  const entry = { room: "r", publisher: "p", content: "x", at: 1 };
  const [one, two] = [encodeEntry(entry), encodeEntry(entry)];
  assertEquals(one.msgID === two.msgID, false);
  one.headers.set("Nats-Msg-Id", one.msgID);
  assertEquals(placeOf({ subject: "CHAT.r", seq: 1, headers: one.headers }).id, undefined);
});
