import { assert, assertEquals, assertRejects } from "@std/assert";
import { ChatClient } from "@lastcall/lastcall/client";
import { HandshakeError, RawSocket } from "../cli/raw_socket.ts";
import { messages, publishAll, Stage, STAGE_NEEDS } from "./faulty_stage.ts";
import { until, within } from "./harness.ts";
import { testThatNeeds } from "./needs.ts";
import { V1TestClient } from "./v1_client.ts";

/** A client of the library that remembers what it heard. */
function chatClient(url: string) {
  const heard: string[] = [];
  const client = new ChatClient(url, { history: 100 });
  client.on("message", ({ content }) => heard.push(content));
  const hears = (count: number) =>
    until(() => heard.length >= count && heard, () => `${count} messages; got ${heard.length}`);
  return { client, hears };
}

testThatNeeds(STAGE_NEEDS, "the faulty server is a chat server when it has no fault", async () => {
  await using stage = await Stage.open("healthy");
  const [anna, ben] = [chatClient(stage.url), chatClient(stage.url)];
  await using _anna = anna.client, _ben = ben.client;
  await anna.client.publish("hello").accepted;
  await ben.client.publish("hi").accepted;
  assertEquals([await anna.hears(2), await ben.hears(2)], [["hello", "hi"], ["hello", "hi"]]);
});

testThatNeeds(STAGE_NEEDS, "a client loses nothing when two servers restart in turn", async () => {
  await using stage = await Stage.open("healthy", { instances: 2 });
  const [anna, ben] = [chatClient(stage.urls[0]!), chatClient(stage.urls[1]!)];
  await using _anna = anna.client, _ben = ben.client;
  const said: string[] = [];
  const say = (client: ChatClient) => {
    said.push(`${said.length}`);
    return client.publish(said.at(-1)!).accepted;
  };
  await say(anna.client);
  for (const i of [0, 1]) {
    stage.terminate(i);
    await Promise.all([say(anna.client), say(ben.client)]);
    assertEquals(await stage.exited(i), 0);
    await stage.start(i);
    await Promise.all([say(anna.client), say(ben.client)]);
  }
  const heard = await anna.hears(9);
  assertEquals(heard.toSorted(), said);
  assertEquals(await ben.hears(9), heard);
  assertEquals([anna.client.redelivered, ben.client.redelivered], [0, 0]);
});

testThatNeeds(STAGE_NEEDS, "a publish that is sent again is in the log once", async () => {
  await using stage = await Stage.open("healthy", { instances: 2 });
  const first = await stage.client();
  const { session, from } = first.welcome;
  first.publish(1, "once");
  await first.heard(1);
  await using second = await V1TestClient.welcomed(stage.urls[1]!, { session, history: 9 });
  assertEquals([second.welcome.from, second.welcome.lastId], [from, 1]);
  second.publish(1, "once");
  second.publish(2, "twice");
  assertEquals(await second.heard(2), ["once", "twice"]);
  assertEquals(await first.heard(2), ["once", "twice"]);
  assertEquals((await stage.readAll(2)).items.map(({ id }) => id), [1, 2]);
});

testThatNeeds(STAGE_NEEDS, "leaving is a conversation, and newcomers get 503", async () => {
  await using stage = await Stage.open("healthy");
  const client = await stage.client();
  stage.terminate();
  const { closeInMs, reconnectAfterMs, alternates } = await client.next("drain");
  assert(closeInMs > 0 && reconnectAfterMs > 0);
  assertEquals(alternates, undefined);
  const headers = { "sec-websocket-protocol": "lastcall.v1" };
  const refusal = await assertRejects(
    () => RawSocket.connect(stage.url, { headers }),
    HandshakeError,
  );
  assertEquals([refusal.status, refusal.headers.get("retry-after")], [503, "1"]);
  client.publish(1, "before");
  client.send({ type: "drained", lastId: 1 });
  client.publish(2, "after");
  assertEquals((await client.next("done")).lastId, 1);
  assertEquals((await within(client.closed, "the close")).code, 1012);
  assertEquals(await stage.exited(), 0);
  assertEquals(client.contents, ["before"]);
  const types = client.frames.map(({ type }) => type);
  assertEquals(types.indexOf("messages") < types.indexOf("done"), true);
});

testThatNeeds(STAGE_NEEDS, "who does not answer is closed all the same", async () => {
  await using stage = await Stage.open("healthy");
  const mute = await stage.client();
  await using greeting = await V1TestClient.connect(stage.url);
  stage.terminate();
  assertEquals((await within(greeting.closed, "the close")).code, 1012);
  assertEquals((await within(mute.closed, "the close")).code, 1012);
  assertEquals(await stage.exited(), 0);
});

testThatNeeds(STAGE_NEEDS, "a reader begins where it asks to", async () => {
  await using stage = await Stage.open("healthy");
  const talker = await stage.client();
  publishAll(talker, ["a", "b", "c"]);
  await talker.heard(3);
  const { epoch } = talker.welcome;
  const [, b, c] = talker.items;
  const after = await stage.client({ after: { epoch, seq: b!.seq } });
  assertEquals([after.welcome.recovered, await after.heard(1)], [true, ["c"]]);
  const history = await stage.client({ history: 2 });
  assertEquals([history.welcome.reason, await history.heard(2)], ["new", ["b", "c"]]);
  const live = await stage.client();
  assertEquals([live.welcome.recovered, live.welcome.seq], [false, c!.seq]);
  const elsewhere = await stage.client({ after: { epoch: "another", seq: 5 } });
  assertEquals(elsewhere.welcome.reason, "epoch_changed");
  assertEquals(await elsewhere.heard(3), ["a", "b", "c"]);
  await using other = await V1TestClient.welcomed(`${stage.url}?room=other`, { history: 9 });
  other.publish(1, "quiet here");
  assertEquals(await other.heard(1), ["quiet here"]);
  talker.publish(4, "d");
  assertEquals(await live.heard(1), ["d"]);
  assertEquals(other.contents, ["quiet here"]);
});

testThatNeeds(STAGE_NEEDS, "a client that breaks the protocol is closed or rejected", async () => {
  await using stage = await Stage.open("healthy");
  const code = async (client: V1TestClient) => (await within(client.closed, "the close")).code;
  const garbled = await stage.client();
  garbled.socket.send("{}");
  assertEquals(await code(garbled), 4500);
  const binary = await stage.client();
  binary.socket.send(new Uint8Array(1));
  assertEquals(await code(binary), 1003);
  await using early = await V1TestClient.connect(stage.url);
  early.publish(1, "too early");
  assertEquals(await code(early), 4500);
  const elder = await stage.client();
  const younger = await stage.client({ session: elder.welcome.session });
  assertEquals(await code(elder), 4501);
  younger.send({ type: "publish", id: 1, content: 5 });
  assertEquals(await younger.next("rejected"), { type: "rejected", id: 1, code: "invalid" });
  const headers = { "sec-websocket-protocol": "lastcall.v1" };
  const room = `${stage.url}?room=NO`;
  const refusal = await assertRejects(() => RawSocket.connect(room, { headers }), HandshakeError);
  assertEquals(refusal.status, 400);
});

testThatNeeds(STAGE_NEEDS, "nothing is lost when the faulty server is killed", async () => {
  await using stage = await Stage.open("healthy");
  const talker = await stage.client();
  publishAll(talker, messages(0, 30));
  await talker.heard(30);
  const { epoch } = talker.welcome;
  stage.kill();
  await stage.exited();
  await stage.start();
  const reader = await stage.client({ after: { epoch, seq: 0 } });
  assertEquals([reader.welcome.recovered, await reader.heard(30)], [true, messages(0, 30)]);
  assertEquals(await stage.leave(reader), 0);
});
