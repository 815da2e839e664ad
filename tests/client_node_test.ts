import { assertEquals } from "@std/assert";
import { serve } from "./harness.ts";
import { testThatNeeds } from "./needs.ts";
import { V1TestClient } from "./v1_client.ts";

const NODE = {
  permissions: ["run", "read", "write", "env"] as Deno.PermissionName[],
  programs: ["node", "npm"],
};

/** What a Node user writes. */
const PROGRAM = `
import WebSocket from "ws";
import { ChatClient } from "./client/mod.js";

const chat = new ChatClient(process.argv[2], {
  createSocket: (url, protocols) =>
    new WebSocket(url, protocols, { origin: "http://localhost:8080" }),
});
chat.on("message", ({ content, isMine }) => {
  if (!isMine) chat.publish(content.toUpperCase()).accepted.then(() => chat.close());
});
await chat.publish("from node").accepted;
`;

testThatNeeds(NODE, "the library runs in Node with npm's ws", async () => {
  await using server = await serve();
  await using bob = await V1TestClient.welcomed(server.url);
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/client`);
    for (const { name } of Deno.readDirSync("src/client")) {
      const file = name.replace(/ts$/, "js");
      const response = await fetch(`${server.http}/client/${file}`);
      await Deno.writeTextFile(`${folder}/client/${file}`, await response.text());
    }
    await Deno.writeTextFile(`${folder}/package.json`, '{"type":"module"}');
    await Deno.writeTextFile(`${folder}/main.js`, PROGRAM);
    const install = new Deno.Command("npm", {
      args: ["install", "--silent", "--no-audit", "--no-fund", "ws@8.23.0"],
      cwd: folder,
    });
    assertEquals((await install.output()).code, 0);
    await using node = new Deno.Command("node", { args: ["main.js", server.url], cwd: folder })
      .spawn();
    assertEquals(await bob.heard(1), ["from node"]);
    bob.publish(1, "shout");
    assertEquals(await bob.heard(3), ["from node", "shout", "SHOUT"]);
    assertEquals((await node.status).code, 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
