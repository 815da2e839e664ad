/** Kubernetes manifests held to the schemas of its API, as the package `kubernetes-models` ships them. */

/** A class of the package. Its validator looks at `this`; a constructor would copy what it is given. */
interface Kind {
  prototype: { validate(): void };
}

/** The kinds that we use, by API version. */
async function kindsOf(apiVersion: string): Promise<Record<string, Kind>> {
  switch (apiVersion) {
    case "v1":
      return await import("kubernetes-models/v1") as unknown as Record<string, Kind>;
    case "apps/v1":
      return await import("kubernetes-models/apps/v1") as unknown as Record<string, Kind>;
    case "policy/v1":
      return await import("kubernetes-models/policy/v1") as unknown as Record<string, Kind>;
    case "networking.k8s.io/v1":
      return await import("kubernetes-models/networking.k8s.io/v1") as unknown as Record<
        string,
        Kind
      >;
  }
  throw new Error(`Cannot check a manifest: apiVersion must be a known one, got ${apiVersion}`);
}

/** Throws when a manifest is not valid, or has a key that its schema does not know. */
export async function checkManifest(
  manifest: { apiVersion: string; kind: string },
): Promise<void> {
  const Kind = (await kindsOf(manifest.apiVersion))[manifest.kind];
  if (!Kind) throw new Error(`Cannot check a manifest: there is no kind ${manifest.kind}`);
  const unread = new Set<string>();
  Kind.prototype.validate.call(watched(manifest, "", unread));
  if (unread.size > 0) throw new Error(`Cannot use a manifest: unknown ${[...unread].join(", ")}`);
}

/**
 * A stand-in for `value` that strikes from `unread` what is looked at. The schemas allow keys that they do
 * not know; but the validators, which are generated, look at every key that they know, and at no other.
 */
function watched(value: unknown, path: string, unread: Set<string>): unknown {
  if (typeof value !== "object" || value === null) return value;
  const parts = Object.fromEntries(
    Object.entries(value).map(([key, part]) => {
      unread.add(`${path}/${key}`);
      return [key, watched(part, `${path}/${key}`, unread)];
    }),
  );
  const target = Array.isArray(value) ? Object.values(parts) : parts;
  return new Proxy(target, {
    get(all, key) {
      if (typeof key === "string") unread.delete(`${path}/${key}`);
      return Reflect.get(all, key);
    },
  });
}
