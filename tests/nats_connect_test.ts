import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { type NatsConnection, nkeys } from "@nats-io/transport-node";
import { NatsCluster } from "../cli/loadtest/nats/cluster.ts";
import { MessageLogError } from "../src/message_log/message_log.ts";
import { connectNats } from "../src/message_log/nats/connect.ts";
import {
  type NatsConnectOptions,
  type NatsSpec,
  readNatsSpec,
} from "../src/message_log/nats/spec.ts";
import { within } from "./harness.ts";
import { type Certificate, makeAuthority, signedBy } from "./nats_certificates.ts";
import { makeOperator } from "./nats_operator.ts";
import { testThatNeeds } from "./needs.ts";

const SERVERS = {
  permissions: ["run", "read", "write", "env", "sys"] as Deno.PermissionName[],
  programs: ["nats-server"],
};
const WITH_TLS = { ...SERVERS, programs: ["nats-server", "openssl"] };

type Config = Readonly<Record<string, unknown>>;

/** A server, and a folder for what the test needs besides. */
class Stage implements AsyncDisposable {
  readonly folder: string;
  readonly #cluster: NatsCluster;

  private constructor(folder: string, cluster: NatsCluster) {
    this.folder = folder;
    this.#cluster = cluster;
  }

  static async open(configure: (folder: string) => Config | Promise<Config> = () => ({})) {
    const folder = await Deno.makeTempDir({ prefix: "lastcall-nats-" });
    const config = await configure(folder);
    return new Stage(folder, await NatsCluster.start({ folder: `${folder}/servers`, config }));
  }

  get member() {
    return this.#cluster.members[0]!;
  }

  /** `127.0.0.1:PORT`. */
  get address(): string {
    return this.member.address;
  }

  /** `localhost:PORT`. */
  get named(): string {
    return this.address.replace("127.0.0.1", "localhost");
  }

  /** A file of its folder, with this text. */
  file(name: string, text: string): string {
    Deno.writeTextFileSync(`${this.folder}/${name}`, text);
    return `${this.folder}/${name}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cluster[Symbol.asyncDispose]();
    await Deno.remove(this.folder, { recursive: true });
  }
}

const specOf = (text: string) => readNatsSpec(text) as NatsSpec;

/** Connects, and is answered. */
async function works(text: string, options?: NatsConnectOptions): Promise<void> {
  const connection = await connectNats(specOf(text), options);
  try {
    await within(connection.flush(), "an answer of the server");
  } finally {
    await connection.close();
  }
}

/** The sentence of a connection that is refused at once, for good; it shows none of the secrets. */
async function refusal(
  text: string,
  options: NatsConnectOptions = {},
  { trouble = "cannot_open", secrets = [] as string[] } = {},
): Promise<string> {
  const connecting = connectNats(specOf(text), options);
  const error = await assertRejects(() => connecting, MessageLogError);
  assertEquals(error.trouble, trouble, error.message);
  for (let one: unknown = error; one instanceof Error; one = one.cause) {
    for (const secret of secrets) {
      assertEquals(Deno.inspect(one).includes(secret), false, Deno.inspect(one));
    }
  }
  const [, why] = /^Cannot open the message log ((?:nats|tls):\/\/[^ @]+: .*)$/s
    .exec(error.message)!;
  return why!.replace(/^\S+: /, "");
}

testThatNeeds(
  SERVERS,
  "connectNats() connects without a login, under the server's name",
  async () => {
    await using stage = await Stage.open();
    await works(`nats://${stage.address}/CHAT`);
    await works(`nats://${stage.named}/CHAT`);
  },
);

testThatNeeds(SERVERS, "connectNats() logs in by user and password", async () => {
  const authorization = { user: "me", password: "ge/he@im" };
  await using stage = await Stage.open(() => ({ authorization }));
  await works(`nats://me:ge%2Fhe%40im@${stage.address}/CHAT`);
  const wrong = { secrets: ["f4lsch", "ge/he@im"] };
  assertEquals(
    await refusal(`nats://me:f4lsch@${stage.address}/CHAT`, {}, wrong),
    "the server refuses the user and the password (Authorization Violation)",
  );
  assertEquals(
    await refusal(`nats://${stage.address}/CHAT`),
    "the server refuses a connection without a login (Authorization Violation)",
  );
});

testThatNeeds(SERVERS, "connectNats() logs in by a token", async () => {
  await using stage = await Stage.open(() => ({ authorization: { token: "geheim" } }));
  await works(`nats://geheim@${stage.address}/CHAT`);
  assertEquals(
    await refusal(`nats://f4lsch@${stage.address}/CHAT`, {}, { secrets: ["f4lsch"] }),
    "the server refuses the token (Authorization Violation)",
  );
});

testThatNeeds(SERVERS, "connectNats() logs in by the seed of an nkey", async () => {
  const user = nkeys.createUser();
  const seed = new TextDecoder().decode(user.getSeed());
  const authorization = { users: [{ nkey: user.getPublicKey() }] };
  await using stage = await Stage.open(() => ({ authorization }));
  const text = `nats://${stage.address}/CHAT`;
  await works(text, { natsNkey: stage.file("user.nk", `${seed}\n`) });
  const other = new TextDecoder().decode(nkeys.createUser().getSeed());
  const natsNkey = stage.file("other.nk", other);
  assertEquals(
    await refusal(text, { natsNkey }, { secrets: [other] }),
    `the server refuses the nkey in ${natsNkey} (Authorization Violation)`,
  );
  const broken = stage.file("broken.nk", `X${seed}`);
  assertMatch(
    await refusal(text, { natsNkey: broken }, { secrets: [seed] }),
    /broken.nk must be the seed of an nkey/,
  );
});

testThatNeeds(
  SERVERS,
  "connectNats() logs in by a creds file, read at each connection",
  async () => {
    const operator = await makeOperator();
    await using stage = await Stage.open(() => operator.config);
    const text = `nats://${stage.address}/CHAT`;
    const natsCreds = stage.file("user.creds", await operator.creds());
    const connection = await connectNats(specOf(text), { natsCreds });
    try {
      // A file that is being replaced is no reason to give up.
      stage.file("user.creds", "half of");
      const back = seen(connection, "reconnect");
      await connection.reconnect();
      await within(back, "the connection to come back");
      await within(connection.flush(), "an answer of the server");
    } finally {
      await connection.close();
    }
  },
);

testThatNeeds(
  SERVERS,
  "connectNats() says what is wrong with a creds file, and no more",
  async () => {
    const operator = await makeOperator();
    await using stage = await Stage.open(() => operator.config);
    const text = `nats://${stage.address}/CHAT`;
    const foreign = await operator.creds({ signer: nkeys.createAccount() });
    const natsCreds = stage.file("foreign.creds", foreign);
    const [, seed = ""] = /^(SU\w{56})$/m.exec(foreign) ?? [];
    assertEquals(seed.length, 58);
    assertEquals(
      await refusal(text, { natsCreds }, { secrets: [seed] }),
      `the server refuses the credentials in ${natsCreds} (Authorization Violation)`,
    );
    const broken = stage.file("broken.creds", foreign.replace(/-----END.*$/s, ""));
    assertMatch(
      await refusal(text, { natsCreds: broken }, { secrets: [seed] }),
      /broken.creds must be a creds file/,
    );
    assertMatch(await refusal(text, { natsCreds: "/no/such.creds" }), /there is no such file/);
    const status = await Deno.permissions.revoke({ name: "read", path: stage.folder });
    if (status.state !== "granted") {
      assertMatch(await refusal(text, { natsCreds }), /--allow-read does not cover it/);
    }
  },
);

/** Resolves when the connection tells of it. */
async function seen(connection: NatsConnection, type: string): Promise<void> {
  for await (const status of connection.status()) if (status.type === type) return;
}

/** Authorities and certificates in a folder. */
async function makeCertificates(folder: string) {
  const [ours, other] = await Promise.all([
    makeAuthority(folder, "ours"),
    makeAuthority(folder, "other"),
  ]);
  const both = { name: "server", names: "DNS:localhost,IP:127.0.0.1" };
  const [server, client, stranger] = await Promise.all([
    signedBy(ours, folder, both),
    signedBy(ours, folder, { name: "client", names: "DNS:client" }),
    signedBy(other, folder, { name: "stranger", names: "DNS:client" }),
  ]);
  return { ours, other, server, client, stranger };
}

const tlsOf = ({ cert, key }: Certificate, ca: Certificate) => ({
  cert_file: cert,
  key_file: key,
  ca_file: ca.cert,
});

testThatNeeds(
  WITH_TLS,
  "connectNats() speaks TLS with servers of an authority of its own",
  async () => {
    await using stage = await Stage.open(async (folder) => {
      const { server, ours } = await makeCertificates(folder);
      return { tls: tlsOf(server, ours) };
    });
    const natsCa = `${stage.folder}/ours.pem`;
    for (const place of [stage.address, stage.named]) {
      await works(`tls://${place}/CHAT`, { natsCa });
      await works(`nats://${place}/CHAT`, { natsCa });
      const [plain, foreign] = [
        await refusal(`nats://${place}/CHAT`),
        await refusal(`tls://${place}/CHAT`, { natsCa: `${stage.folder}/other.pem` }),
      ];
      assertMatch(
        plain,
        /^the server's certificate is not trusted \(.*\); give .* with --nats-ca$/,
      );
      assertMatch(foreign, /not trusted \(.*\); its authority is not that in \S+\/other.pem$/);
    }
    assertMatch(
      await refusal(`tls://${stage.address}/CHAT`, { natsCa: stage.file("no.pem", "none") }),
      /no.pem must be a certificate as PEM$/,
    );
  },
);

testThatNeeds(
  WITH_TLS,
  "connectNats() holds a certificate to the name or address that it was given",
  async () => {
    await using stage = await Stage.open(async (folder) => {
      const ours = await makeAuthority(folder, "ours");
      const address = { name: "server", names: "IP:127.0.0.1" };
      return { tls: tlsOf(await signedBy(ours, folder, address), ours) };
    });
    const natsCa = `${stage.folder}/ours.pem`;
    await works(`tls://${stage.address}/CHAT`, { natsCa });
    assertMatch(
      await refusal(`tls://${stage.named}/CHAT`, { natsCa }),
      /^the server's certificate is for another name: .*localhost/,
    );
  },
);

testThatNeeds(WITH_TLS, "connectNats() shows a certificate where servers want one", async () => {
  await using stage = await Stage.open(async (folder) => {
    const { server, ours } = await makeCertificates(folder);
    return { tls: { ...tlsOf(server, ours), verify: true } };
  });
  const text = `tls://${stage.address}/CHAT`;
  const at = (name: string) => `${stage.folder}/${name}`;
  const natsCa = at("ours.pem");
  const shown = (cert: string, key = cert) => ({
    ...{ natsCa, natsCert: at(`${cert}.pem`), natsKey: at(`${key}.key`) },
  });
  await works(text, shown("client"));
  assertMatch(await refusal(text, { natsCa }), /^the server does not accept our certificate/);
  assertMatch(
    await refusal(text, shown("stranger")),
    /^the server does not accept our certificate/,
  );
  assertMatch(await refusal(text, shown("client", "server")), /server.key is not that of the cert/);
  const noKey = { ...shown("client"), natsKey: stage.file("no.key", "geheim") };
  const secrets = { secrets: ["geheim"] };
  assertMatch(await refusal(text, noKey, secrets), /no.key must be a private key as PEM/);
});

testThatNeeds(SERVERS, "connectNats() does without TLS only where none is demanded", async () => {
  await using stage = await Stage.open();
  assertEquals(
    await refusal(`tls://${stage.address}/CHAT`),
    "the server offers no TLS, which is demanded",
  );
});

testThatNeeds(SERVERS, "connectNats() takes the server that is there", async () => {
  await using stage = await Stage.open();
  const [nobody, other] = [deadAddress(), deadAddress()];
  const text = `nats://${nobody},${stage.address},${other}/CHAT`;
  const connection = await connectNats(specOf(text));
  assertEquals(connection.getServer(), stage.address);
  const pool = connection.getServers().map(({ listen }) => listen);
  assertEquals(pool.toSorted(), [nobody, stage.address, other].toSorted());
  await connection.close();
});

testThatNeeds(SERVERS, "connectNats() comes back after the server was killed", async () => {
  await using stage = await Stage.open();
  const connection = await connectNats(specOf(`nats://${stage.address}/CHAT`));
  try {
    const back = seen(connection, "reconnect");
    await stage.member.end("SIGKILL");
    await stage.member.start();
    await within(back, "the connection to come back");
    await within(connection.flush(), "an answer of the server");
  } finally {
    await connection.close();
  }
});

Deno.test("connectNats() says when nobody answers, once its time is up", async () => {
  const text = `nats://me:geheim@${deadAddress()},${deadAddress()}/CHAT`;
  const facts = { trouble: "unavailable", secrets: ["geheim"] };
  assertEquals(
    await refusal(text, { natsConnectMs: 600 }, facts),
    "no server answers: connection refused",
  );
});

Deno.test("connectNats() gives up on a server that stands still", async () => {
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const taken: Deno.Conn[] = [];
  const taking = (async () => {
    for await (const conn of silent) taken.push(conn);
  })();
  const text = `nats://127.0.0.1:${silent.addr.port}/CHAT`;
  const failing = refusal(text, { natsConnectMs: 300 }, { trouble: "unavailable" });
  assertEquals(await failing, "no server answers in time");
  assert(taken.length > 0);
  for (const conn of taken) conn.close();
  silent.close();
  await taking.catch(() => {});
});

/** Where nobody listens. */
function deadAddress(): string {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return `127.0.0.1:${listener.addr.port}`;
}
