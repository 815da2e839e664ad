/**
 * Profiles: sets of defaults for a surrounding. A flag or a variable wins over them. Each has as many
 * clients at most as can leave within its budget.
 *
 * @module
 */

/** The names of the profiles. */
export const PROFILE_NAMES = ["development", "container", "kubernetes"] as const;

/** The name of a profile. */
export type ProfileName = typeof PROFILE_NAMES[number];

/** One set of defaults. */
export interface Profile {
  /** For whom it is, in a few words. */
  summary: string;
  /** Its defaults by flag, written as a user would write them. */
  values: Record<string, string>;
}

/** The profiles. */
export const PROFILES: Readonly<Record<ProfileName, Profile>> = {
  development: {
    summary: "on your own machine",
    values: {
      "allowed-origins": "http://localhost:8080,http://127.0.0.1:8080,http://[::1]:8080",
      "admin": "127.0.0.1:9090",
      "max-clients": "1000",
      "shutdown-budget": "10s",
      "log-format": "text",
      "log-level": "debug",
    },
  },
  container: {
    summary: "under docker or podman, which kill 10 s after SIGTERM",
    values: {
      "admin": "127.0.0.1:9090",
      "max-clients": "3000",
      "shutdown-budget": "9s",
      "log-format": "json",
    },
  },
  kubernetes: {
    summary: "in a pod with 30 s to end, probed and scraped on port 9090",
    values: {
      "admin": "0.0.0.0:9090",
      "max-clients": "7500",
      "shutdown-budget": "25s",
      "unready-delay": "5s",
      "log-format": "json",
    },
  },
};

/** The profiles as `--help` shows them. */
export function profilesText(): string {
  const lines = PROFILE_NAMES.map((name) => {
    const { summary, values } = PROFILES[name];
    const flags = Object.entries(values).map(([flag, value]) => `--${flag} ${value}`).join(" ");
    return `  ${name}: ${summary}\n      ${flags}`;
  });
  return `Profiles (--profile), sets of defaults:\n${lines.join("\n")}\n`;
}
