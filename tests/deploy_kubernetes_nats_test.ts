import { assert, assertEquals } from "@std/assert";
import { parse, parseAll } from "@std/yaml";
import { readServerConfig, type ServerConfig } from "../src/config.ts";
import { budgetWarnings, planShutdown } from "../src/shutdown/budget.ts";
import { checkManifest } from "./deploy_manifests.ts";
import { testThatNeeds } from "./needs.ts";

const READS = { permissions: ["read"] as Deno.PermissionName[] };
/** The library behind the schemas asks for its environment. */
const CHECKS = { permissions: ["read", "env"] as Deno.PermissionName[] };
const FOLDER = "deploy/kubernetes-nats";

// deno-lint-ignore no-explicit-any -- a manifest, as it is
type Manifest = any;

function manifests(): Manifest[] {
  const { resources } = parse(Deno.readTextFileSync(`${FOLDER}/kustomization.yaml`)) as Manifest;
  return resources.flatMap((file: string) => parseAll(Deno.readTextFileSync(`${FOLDER}/${file}`)));
}

const of = (kind: string): Manifest => manifests().find((one) => one.kind === kind);
const podSpec = () => of("Deployment").spec.template.spec;
const container = () => podSpec().containers[0];

/** The server as its arguments have it. */
function config(): ServerConfig {
  const request = readServerConfig(container().args);
  if (!("config" in request)) throw new Error("Cannot read the arguments");
  return request.config;
}

testThatNeeds(CHECKS, "every manifest for NATS is valid by the schemas of Kubernetes", async () => {
  const kinds = manifests().map(({ kind }) => kind);
  assertEquals(kinds, ["Deployment", "Service", "PodDisruptionBudget", "NetworkPolicy"]);
  for (const manifest of manifests()) await checkManifest(manifest);
  const files = [...Deno.readDirSync(FOLDER)].map(({ name }) => name)
    .filter((name) => name !== "kustomization.yaml").sort();
  const { resources } = parse(Deno.readTextFileSync(`${FOLDER}/kustomization.yaml`)) as Manifest;
  assertEquals([...resources].sort(), files);
});

testThatNeeds(
  READS,
  "on NATS the servers are replaced one by one, and a new one serves first",
  () => {
    const { replicas, strategy } = of("Deployment").spec;
    assertEquals([replicas, strategy.rollingUpdate], [3, { maxUnavailable: 0, maxSurge: 1 }]);
    assertEquals(of("PodDisruptionBudget").spec.maxUnavailable, 1);
  },
);

testThatNeeds(
  READS,
  "on NATS the budget, the probes and the grace period fit into each other",
  () => {
    const resolved = config();
    assertEquals(budgetWarnings(resolved, resolved), []);
    const { windowMs } = planShutdown(resolved, resolved.maxClients);
    assertEquals([windowMs, Math.round(resolved.maxClients / windowMs * 1_000)], [29_000, 345]);
    const { periodSeconds, timeoutSeconds, failureThreshold, httpGet } = container().readinessProbe;
    assert((periodSeconds * failureThreshold + timeoutSeconds) * 1_000 < resolved.unreadyDelayMs);
    assertEquals([httpGet.path, container().livenessProbe.httpGet.path], ["/readyz", "/livez"]);
    assert(podSpec().terminationGracePeriodSeconds * 1_000 >= resolved.budgetMs + 10_000);
  },
);

testThatNeeds(READS, "the login for NATS is a secret's file, where the image may read it", () => {
  const { messageLog, natsCreds, natsCa, natsReplicas } = config();
  assertEquals([messageLog, natsReplicas], [{
    ...{ kind: "nats", tls: true, stream: "CHAT" } as const,
    servers: ["nats.nats.svc.cluster.local:4222"],
  }, 3]);
  const { mountPath } = container().volumeMounts.find(({ name }: Manifest) => name === "nats");
  for (const file of [natsCreds, natsCa]) assert(file!.startsWith(`${mountPath}/`), file);
  const task: string = JSON.parse(Deno.readTextFileSync("deno.json")).tasks.start.command;
  const readable = /--allow-read=(\S+)/.exec(task)![1]!.split(",");
  assert(readable.some((folder) => mountPath.startsWith(`${folder}/`)), mountPath);
  const { secret } = podSpec().volumes.find(({ name }: Manifest) => name === "nats");
  assertEquals(secret, { secretName: "lastcall-nats", defaultMode: 0o440 });
});

testThatNeeds(READS, "on NATS a pod calls NATS and the names' servers, and nobody else", () => {
  const { spec } = of("NetworkPolicy");
  const ports = spec.egress.flatMap(({ to, ports }: Manifest) =>
    ports.map(({ protocol, port }: Manifest) => {
      const [{ namespaceSelector }] = to;
      return [Object.values(namespaceSelector.matchLabels)[0], protocol, port];
    })
  );
  assertEquals(ports, [
    ["nats", "TCP", 4222],
    ["kube-system", "UDP", 53],
    ["kube-system", "TCP", 53],
  ]);
  const open = spec.ingress.filter(({ from }: Manifest) => from === undefined);
  assertEquals(open.flatMap(({ ports }: Manifest) => ports), [{ protocol: "TCP", port: "http" }]);
});

testThatNeeds(READS, "on NATS the pod has no more rights than with a log of its own", () => {
  const own = parse(Deno.readTextFileSync("deploy/kubernetes/statefulset.yaml")) as Manifest;
  const { securityContext, automountServiceAccountToken, enableServiceLinks } = podSpec();
  const { fsGroupChangePolicy: _, ...theirs } = own.spec.template.spec.securityContext;
  assertEquals(securityContext, theirs);
  assertEquals([automountServiceAccountToken, enableServiceLinks], [false, false]);
  const [{ securityContext: ofTheirs }] = own.spec.template.spec.containers;
  assertEquals(container().securityContext, ofTheirs);
  const { labels } = of("Deployment").spec.template.metadata;
  const selectors = [
    of("Deployment").spec.selector.matchLabels,
    of("Service").spec.selector,
    of("PodDisruptionBudget").spec.selector.matchLabels,
    of("NetworkPolicy").spec.podSelector.matchLabels,
    ...podSpec().topologySpreadConstraints.map((one: Manifest) => one.labelSelector.matchLabels),
  ];
  for (const selector of selectors) assertEquals(selector, labels);
});
