import { assert, assertEquals } from "@std/assert";
import { parse, parseAll } from "@std/yaml";
import { readServerConfig, type ServerConfig } from "../src/config.ts";
import { budgetWarnings, planShutdown } from "../src/shutdown/budget.ts";
import { checkManifest } from "./deploy_manifests.ts";
import { testThatNeeds } from "./needs.ts";

const READS = { permissions: ["read"] as Deno.PermissionName[] };
/** The library behind the schemas asks for its environment. */
const CHECKS = { permissions: ["read", "env"] as Deno.PermissionName[] };
const FOLDER = "deploy/kubernetes";

// deno-lint-ignore no-explicit-any -- a manifest, as it is
type Manifest = any;

function manifests(): Manifest[] {
  const { resources } = parse(Deno.readTextFileSync(`${FOLDER}/kustomization.yaml`)) as Manifest;
  return resources.flatMap((file: string) => parseAll(Deno.readTextFileSync(`${FOLDER}/${file}`)));
}

const of = (kind: string, name = "lastcall"): Manifest =>
  manifests().find((one) => one.kind === kind && one.metadata.name === name);
const podSpec = () => of("StatefulSet").spec.template.spec;
const container = () => podSpec().containers[0];

/** The server as its arguments have it. */
function config(): ServerConfig {
  const request = readServerConfig(container().args);
  if (!("config" in request)) throw new Error("Cannot read the arguments");
  return request.config;
}

testThatNeeds(
  CHECKS,
  "every manifest is valid by the schemas of Kubernetes, to each key",
  async () => {
    const kinds = manifests().map(({ kind }) => kind);
    assertEquals(kinds, [
      ...["StatefulSet", "Service", "Service", "PodDisruptionBudget", "NetworkPolicy"],
    ]);
    for (const manifest of manifests()) await checkManifest(manifest);
  },
);

testThatNeeds(CHECKS, "a manifest with a wrong value or an unknown key is found out", async () => {
  const grace = of("StatefulSet");
  grace.spec.template.spec.terminationGracePeriodSeconds = "50s";
  await assertRejectsWith(grace, "terminationGracePeriodSeconds");
  const probe = of("StatefulSet");
  probe.spec.template.spec.containers[0].readinesProbe = { httpGet: { port: 1 } };
  await assertRejectsWith(probe, "/spec/template/spec/containers/0/readinesProbe");
});

async function assertRejectsWith(manifest: Manifest, word: string): Promise<void> {
  const error = await checkManifest(manifest).then(() => undefined, (error) => error as Error);
  assert(error?.message.includes(word), `${error?.message}`);
}

testThatNeeds(READS, "every manifest that is there is in the kustomization", () => {
  const files = [...Deno.readDirSync(FOLDER)].map(({ name }) => name)
    .filter((name) => name !== "kustomization.yaml").sort();
  const { resources } = parse(Deno.readTextFileSync(`${FOLDER}/kustomization.yaml`)) as Manifest;
  assertEquals([...resources].sort(), files);
});

testThatNeeds(READS, "the grace period holds the budget, the unready delay in it, and more", () => {
  const { budgetMs, unreadyDelayMs } = config();
  const graceMs = podSpec().terminationGracePeriodSeconds * 1_000;
  assert(graceMs > budgetMs + unreadyDelayMs);
  assert(graceMs >= budgetMs + 10_000);
});

testThatNeeds(
  READS,
  "all clients can be sent away within the budget, as the comment has it",
  () => {
    const resolved = config();
    assertEquals(budgetWarnings(resolved, resolved), []);
    const { windowMs } = planShutdown(resolved, resolved.maxClients);
    assertEquals([windowMs, Math.round(resolved.maxClients / windowMs * 1_000)], [29_000, 345]);
    const text = Deno.readTextFileSync(`${FOLDER}/statefulset.yaml`);
    for (
      const words of ["40 s", "29 s to send 10 000", "345 a second", "= grace               50 s"]
    ) {
      assert(text.includes(words), words);
    }
  },
);

testThatNeeds(READS, "that the server is not ready is seen before it stops serving", () => {
  const { periodSeconds, timeoutSeconds, failureThreshold, httpGet } = container().readinessProbe;
  const seenMs = (periodSeconds * failureThreshold + timeoutSeconds) * 1_000;
  assert(seenMs < config().unreadyDelayMs, `${seenMs}`);
  assertEquals([httpGet.path, container().livenessProbe.httpGet.path], ["/readyz", "/livez"]);
});

testThatNeeds(READS, "there is one server, and it may be evicted", () => {
  const { replicas, volumeClaimTemplates: [claim] } = of("StatefulSet").spec;
  assertEquals([replicas, claim.spec.accessModes], [1, ["ReadWriteOnce"]]);
  assertEquals(of("PodDisruptionBudget").spec.maxUnavailable, 1);
});

testThatNeeds(READS, "the pod has no more rights than the image needs", () => {
  const { securityContext, automountServiceAccountToken, enableServiceLinks } = podSpec();
  const { runAsNonRoot, runAsUser, seccompProfile } = securityContext;
  assertEquals([runAsNonRoot, runAsUser, seccompProfile.type], [true, 65532, "RuntimeDefault"]);
  assertEquals([automountServiceAccountToken, enableServiceLinks], [false, false]);
  assertEquals(container().securityContext, {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
  });
  const mounts = container().volumeMounts.map(({ mountPath }: Manifest) => mountPath);
  assertEquals(mounts, ["/app/data", "/tmp"]);
});

testThatNeeds(READS, "the admin port is for monitoring only, and labels select the pod", () => {
  const { spec } = of("NetworkPolicy");
  const open = spec.ingress.filter(({ from }: Manifest) => from === undefined);
  assertEquals(open.flatMap(({ ports }: Manifest) => ports), [{ protocol: "TCP", port: "http" }]);
  const { labels } = of("StatefulSet").spec.template.metadata;
  const selectors = [
    of("StatefulSet").spec.selector.matchLabels,
    of("Service").spec.selector,
    of("Service", of("StatefulSet").spec.serviceName).spec.selector,
    of("PodDisruptionBudget").spec.selector.matchLabels,
    spec.podSelector.matchLabels,
  ];
  for (const selector of selectors) assertEquals(selector, labels);
});
