/** An operator of NATS, for tests: accounts and users by JWT. */

import { encodeAccount, encodeOperator, encodeUser, fmtCreds } from "@nats-io/jwt";
import { nkeys } from "@nats-io/transport-node";

/** An operator with one account that has JetStream: the server's configuration, and users' creds. */
export async function makeOperator() {
  const [operator, account, system] = [
    nkeys.createOperator(),
    nkeys.createAccount(),
    nkeys.createAccount(),
  ];
  const all = ["conn", "subs", "data", "payload", "disk_storage", "mem_storage", "streams"];
  const unlimited = { limits: Object.fromEntries([...all, "consumer"].map((name) => [name, -1])) };
  const accounts = {
    [account.getPublicKey()]: await encodeAccount("CHAT", account, unlimited, { signer: operator }),
    [system.getPublicKey()]: await encodeAccount("SYS", system, {}, { signer: operator }),
  };
  return {
    config: {
      operator: await encodeOperator("O", operator, { system_account: system.getPublicKey() }),
      system_account: system.getPublicKey(),
      resolver: "MEMORY",
      resolver_preload: accounts,
    },
    /** A creds file's text. */
    async creds({ signer = account } = {}): Promise<string> {
      const user = nkeys.createUser();
      const jwt = await encodeUser("chat", user, signer);
      return new TextDecoder().decode(fmtCreds(jwt, user));
    },
  };
}
