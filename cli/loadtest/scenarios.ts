/**
 * What is played: which clients take part, what is done to the servers, and what is to be expected then.
 *
 * @module
 */

/**
 * What is done to a server. `restart`: SIGTERM, and it is started again. `kill`: SIGKILL, and started
 * again. `freeze`: SIGSTOP, and SIGCONT a little later. `none`: nothing, to anybody.
 */
export type Fault = "none" | "restart" | "kill" | "freeze" | NatsFault;

/**
 * What is done to NATS servers, while those that are tested go on. `nats-kill`: SIGKILL to one, and it is
 * started again. `nats-lame-duck`: SIGUSR2, which asks it to send its clients away and to end.
 * `nats-loss`: SIGKILL to all, and they are started again a little later. `nats-partition`: one is cut
 * off from everybody for a while.
 */
export type NatsFault = "nats-kill" | "nats-lame-duck" | "nats-loss" | "nats-partition";

/** Whether it is done to NATS servers. */
export function isOfNats(fault: Fault): fault is NatsFault {
  return fault.startsWith("nats-");
}

/** What is judged, and what is to be expected. Plain data. */
export interface Judging {
  /** Connections may end without a Close frame (1006) at a fault. */
  cutsExpected: boolean;
  /** Of each fault it must be seen that a client resumed. */
  resumeNeeded: boolean;
  /** How many may come back in a second is limited by how the server paced their leaving. */
  reconnectsLimited: boolean;
}

/** One scenario. */
export interface Scenario {
  /** One line. */
  about: string;
  /** The defaults that it changes, by flag, as a user would write them. */
  defaults: Readonly<Record<string, string>>;
  fault: Fault;
  judging: Judging;
  /** Faults come at random moments. */
  isRandom?: true;
  /** Flags for this project's servers. */
  serverFlags?: readonly string[];
  /** Normal clients come back at once, whatever the server said. */
  ignoresHints?: true;
  /** It means nothing for a single server that stays away, whose clients do not come back. */
  needsV1?: true;
  /** How many NATS servers there must be. */
  natsServers?: number;
  /** It needs a network of its own, which only root may make: it is played only by its name. */
  needsNetwork?: true;
}

const ORDERLY: Judging = { cutsExpected: false, resumeNeeded: true, reconnectsLimited: true };
const UNPACED: Judging = { ...ORDERLY, reconnectsLimited: false };
const SHORT = { warmup: "1s", "fault-at": "1s", duration: "4s" };
/** Nobody has to leave because a server behind the servers fails. */
const BEHIND: Judging = { ...UNPACED, resumeNeeded: false };
const NATS = { ...SHORT, log: "nats:" };
const AMONG = { ...SHORT, restarts: "1" };

/** The scenarios by name. */
export const SCENARIOS = {
  steady: {
    about: "No fault: the control, which shows what the load alone does.",
    defaults: { warmup: "1s", duration: "5s" },
    fault: "none",
    judging: { ...UNPACED, resumeNeeded: false },
  },
  rolling: {
    about: "SIGTERM to each server in turn; it must leave in order, and is started again.",
    defaults: {},
    fault: "restart",
    judging: ORDERLY,
  },
  kill9: {
    about: "SIGKILL to each server in turn, at a random moment; it is started again.",
    defaults: { warmup: "500ms", "fault-at": "200ms", duration: "2s" },
    fault: "kill",
    judging: { ...UNPACED, cutsExpected: true },
    isRandom: true,
    needsV1: true,
  },
  storm: {
    about: "As rolling, but all leave and come back at once: what pacing saves.",
    defaults: SHORT,
    fault: "restart",
    judging: UNPACED,
    serverFlags: ["--drain-strategy", "immediate"],
    ignoresHints: true,
    needsV1: true,
  },
  slow: {
    about: "One restart with readers of 1 KiB/s aboard.",
    defaults: { ...AMONG, mix: "normal=90%,slow=10%", size: "512B" },
    fault: "restart",
    judging: ORDERLY,
  },
  "half-open": {
    about: "One restart with clients aboard that were unplugged: no reading, no writing, no FIN.",
    defaults: { ...AMONG, mix: "normal=90%,half-open=10%" },
    fault: "restart",
    judging: ORDERLY,
  },
  mute: {
    about: "One restart with clients aboard that never answer Close.",
    defaults: { ...AMONG, mix: "normal=90%,mute=10%" },
    fault: "restart",
    judging: ORDERLY,
  },
  flood: {
    about: "One restart with clients aboard that send above every limit, also while closing.",
    defaults: { ...AMONG, mix: "normal=90%,flood=10%", rate: "20" },
    fault: "restart",
    judging: UNPACED,
  },
  freeze: {
    about: "SIGSTOP to each server in turn, and SIGCONT three seconds later.",
    defaults: SHORT,
    fault: "freeze",
    judging: { ...UNPACED, resumeNeeded: false },
    needsV1: true,
  },
  "double-signal": {
    about: "As rolling, with a second SIGTERM a second later: leave without pacing.",
    defaults: { ...SHORT, signals: "2" },
    fault: "restart",
    judging: UNPACED,
    // Slow enough for the second one to come while clients are still there.
    serverFlags: ["--drain-rate", "5"],
  },
  "nats-restart": {
    about: "SIGKILL to each NATS server in turn, at a random moment; it is started again.",
    defaults: NATS,
    fault: "nats-kill",
    judging: BEHIND,
    isRandom: true,
    needsV1: true,
    natsServers: 3,
  },
  "nats-lame-duck": {
    about:
      "SIGUSR2 to each NATS server in turn: it sends its clients away, ends, is started again.",
    defaults: { ...NATS, grace: "1m" },
    fault: "nats-lame-duck",
    judging: BEHIND,
    needsV1: true,
    natsServers: 3,
  },
  "nats-lost": {
    about: "SIGKILL to all NATS servers at once; they are started again ten seconds later.",
    defaults: NATS,
    fault: "nats-loss",
    judging: BEHIND,
    needsV1: true,
  },
  partition: {
    about: "Each NATS server in turn is cut off from everybody for some seconds. Needs root.",
    defaults: NATS,
    fault: "nats-partition",
    judging: BEHIND,
    needsV1: true,
    natsServers: 3,
    needsNetwork: true,
  },
} as const satisfies Record<string, Scenario>;

/** The name of a scenario. */
export type ScenarioName = keyof typeof SCENARIOS;

/** Stands for all of them, in turn. */
export const ALL = "all";

/** All names, in the order in which `all` plays them. */
export const SCENARIO_NAMES = Object.keys(SCENARIOS) as ScenarioName[];

/** Those that `all` stands for: faults of NATS only where there is NATS, and none that needs root. */
export function allScenarios({ withNats }: { withNats: number }): ScenarioName[] {
  return SCENARIO_NAMES.filter((name) => {
    const { fault, needsNetwork = false, natsServers = 1 } = scenarioOf(name);
    return !needsNetwork && (!isOfNats(fault) || withNats >= natsServers);
  });
}

/** The scenario of this name. */
export function scenarioOf(name: ScenarioName): Scenario {
  return SCENARIOS[name];
}

/** `--list`: each scenario with what it is and what it changes. */
export function listScenarios(): string {
  const width = Math.max(...SCENARIO_NAMES.map(({ length }) => length));
  const rows = SCENARIO_NAMES.flatMap((name) => {
    const { about, defaults } = scenarioOf(name);
    const changed = Object.entries(defaults).map(([flag, value]) => `--${flag} ${value}`);
    return [
      `${name.padEnd(width)}  ${about}`,
      ...changed.length > 0 ? [`${" ".repeat(width)}  ${changed.join(" ")}`] : [],
    ];
  });
  return [
    ...rows,
    `${
      ALL.padEnd(width)
    }  Each of these in turn; those of NATS with --log nats:, and not partition.`,
  ].join("\n") + "\n";
}
