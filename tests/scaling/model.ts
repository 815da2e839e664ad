/**
 * What servers on one NATS log cost, as formulas. Pure: the coefficients are measured elsewhere.
 *
 * Rooms are alike here: each has as many readers and as many messages as any other.
 */

/** What one node has to do, per second. */
export interface NodeWork {
  clients: number;
  /** Messages that its own clients say. */
  publishes: number;
  /** Batches in which they are written; see {@linkcode batchesOf}. */
  batches: number;
  /** Messages of the whole stream: every node hears them all. */
  heard: number;
  /** Batches in which those arrive. */
  turns: number;
  /** Those of them that are in rooms that somebody here is in. */
  followed: number;
  /** Frames that it sends with messages in them. */
  frames: number;
  /** Messages in those frames. */
  deliveries: number;
}

/** CPU time of a node, in µs. */
export interface NodeCosts {
  /** For each second, whatever goes on. */
  base: number;
  /** For each connection and second: pings. */
  client: number;
  publish: number;
  batch: number;
  heard: number;
  turn: number;
  followed: number;
  frame: number;
  delivery: number;
}

/** CPU time of all NATS servers together, in µs. */
export interface NatsCosts {
  /** For each server and second. */
  server: number;
  /** For each message that is kept once, or three times. */
  publish1: number;
  publish3: number;
  /** For each batch in which those come. */
  batch1: number;
  batch3: number;
  /** For each message that a node hears. */
  heard: number;
}

/** What NATS has to do, per second. */
export interface NatsWork {
  replicas: 1 | 3;
  nodes: number;
  publishes: number;
  /** Batches in which those come. */
  batches: number;
}

/** What a room costs one node. */
export interface RoomLoad {
  /** Readers of the room on this node. */
  readers: number;
  /** Messages in the room, per second. */
  ratePerSecond: number;
}

/** See src/chat/pause.ts, which has these numbers and says why. */
const SEND_MS = 0.01;
const GAIN = 3;
const FREE = 2;
const MAX_PAUSE_MS = 100;
const MAX_PAUSE_COSTS = 5;
/** About as long as NATS takes to answer: what comes meanwhile is one batch. */
const BATCH_MS = 2;

/**
 * In how many batches messages come. Few come one by one, and each wakes everybody on its way; what comes
 * in the time that a batch takes waits for the next.
 */
export function batchesOf(messagesPerSecond: number): number {
  return messagesPerSecond / (1 + messagesPerSecond * BATCH_MS / 1_000);
}

/** How many frames one reader of a room gets per second: under load, several messages share one. */
export function framesPerReader({ readers, ratePerSecond }: RoomLoad): number {
  const costMs = readers * SEND_MS;
  const load = ratePerSecond / 1_000 * costMs;
  const mostMs = Math.max(MAX_PAUSE_MS, MAX_PAUSE_COSTS * costMs);
  const pauseMs = Math.min(Math.max(0, GAIN * load - FREE) * costMs, mostMs);
  return Math.min(ratePerSecond, 1_000 / Math.max(BATCH_MS, costMs + pauseMs));
}

/** CPU of a node: 1 000 000 is one core. */
export function nodeCpuUs(work: NodeWork, costs: NodeCosts): number {
  return costs.base +
    work.clients * costs.client +
    work.publishes * costs.publish +
    work.batches * costs.batch +
    work.heard * costs.heard +
    work.turns * costs.turn +
    work.followed * costs.followed +
    work.frames * costs.frame +
    work.deliveries * costs.delivery;
}

/** CPU of all NATS servers together. */
export function natsCpuUs(work: NatsWork, costs: NatsCosts): number {
  const { replicas, nodes, publishes, batches } = work;
  return replicas * costs.server +
    publishes * (replicas === 3 ? costs.publish3 : costs.publish1) +
    batches * (replicas === 3 ? costs.batch3 : costs.batch1) +
    publishes * nodes * costs.heard;
}

/** What the model knows besides CPU: bytes. */
export interface Sizes {
  /** Memory of a node with nobody connected. */
  nodeBytes: number;
  /** Memory of a connection. */
  clientBytes: number;
  /** Memory of a node for each message that is kept of a room that it follows. */
  indexBytes: number;
  /** What a message takes on the disk of each NATS server that keeps it. */
  diskBytes: number;
  /** What a NATS server remembers of a message to know it again for ten minutes. */
  windowBytes: number;
  /** From a node to NATS, for each message that is published. */
  publishBytes: number;
  /** From NATS to each node, for each message. */
  heardBytes: number;
  /** Kept messages of a room of which the headers are read in a second, when it is opened. */
  openedPerSecond: number;
}

/** A whole installation, as assumed. */
export interface Assumption {
  name: string;
  clients: number;
  roomSize: number;
  /** How often each client says something, in seconds. */
  everySeconds: number;
  /** How long messages are kept. */
  keptSeconds: number;
}

/** What a node may be asked for. */
export interface NodeLimits {
  /** Share of a core. */
  cpu: number;
  memoryBytes: number;
}

/** What an installation takes. */
export interface Extrapolation {
  publishes: number;
  deliveries: number;
  keptMessages: number;
  /** `undefined`: no number of nodes is enough. */
  nodes: number | undefined;
  nodeCpu: number;
  nodeBytes: number;
  natsCores: number;
  diskBytes: number;
  windowBytes: number;
  /** From NATS to all nodes, in bytes per second. */
  natsOutBytes: number;
}

const MAX_NODES = 10_000;
const DEDUPLICATION_SECONDS = 600;
const NATS_REPLICAS = 3;

/** The fewest nodes that are enough, and what they take. */
export function extrapolate(
  assumption: Assumption,
  { node, nats, sizes, limits }: {
    node: NodeCosts;
    nats: NatsCosts;
    sizes: Sizes;
    limits: NodeLimits;
  },
): Extrapolation {
  const { clients, roomSize, everySeconds, keptSeconds } = assumption;
  const publishes = clients / everySeconds;
  const keptMessages = publishes * keptSeconds;
  const of = (nodes: number) => {
    const share = followedShare(roomSize, nodes);
    return {
      cpu: nodeCpuUs(workOf(assumption, nodes), node) / 1e6,
      bytes: sizes.nodeBytes + clients / nodes * sizes.clientBytes +
        keptMessages * share * sizes.indexBytes,
    };
  };
  let nodes = 1;
  const isEnough = () => of(nodes).cpu <= limits.cpu && of(nodes).bytes <= limits.memoryBytes;
  while (nodes < MAX_NODES && !isEnough()) nodes++;
  const { cpu, bytes } = of(nodes);
  return {
    publishes,
    deliveries: publishes * roomSize,
    keptMessages,
    nodes: isEnough() ? nodes : undefined,
    nodeCpu: cpu,
    nodeBytes: bytes,
    natsCores: natsCpuUs(
      { replicas: NATS_REPLICAS, nodes, publishes, batches: batchesOf(publishes) },
      nats,
    ) / 1e6,
    diskBytes: keptMessages * sizes.diskBytes,
    windowBytes: publishes * DEDUPLICATION_SECONDS * sizes.windowBytes,
    natsOutBytes: publishes * nodes * sizes.heardBytes,
  };
}

/** The share of all rooms that a node follows, when clients are anywhere: those that one of its clients is in. */
export function followedShare(roomSize: number, nodes: number): number {
  return 1 - (1 - 1 / nodes) ** roomSize;
}

function workOf({ clients, roomSize, everySeconds }: Assumption, nodes: number): NodeWork {
  const publishes = clients / everySeconds;
  const share = followedShare(roomSize, nodes);
  const readers = roomSize / nodes / share;
  const deliveries = publishes * roomSize / nodes;
  const ratePerSecond = roomSize / everySeconds;
  const together = framesPerReader({ readers, ratePerSecond }) / ratePerSecond;
  return {
    clients: clients / nodes,
    publishes: publishes / nodes,
    batches: batchesOf(publishes / nodes),
    heard: publishes,
    turns: batchesOf(publishes),
    followed: publishes * share,
    frames: deliveries * together,
    deliveries,
  };
}
