/**
 * The measured parts of docs/scaling.md, and where they go in it. Pure.
 */

import { numberText } from "../../cli/bench/number_text.ts";
import { median } from "../../cli/bench/samples.ts";
import { type Comparison, type Costs, errorOf } from "./findings.ts";
import type { Assumption, Extrapolation, Sizes } from "./model.ts";

/** A table, the heading first. */
export function table(rows: readonly (readonly string[])[]): string {
  const [heading, ...rest] = rows;
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(heading!), line(heading!.map(() => "---")), ...rest.map(line)].join("\n");
}

/** Puts a text between `<!-- measured: NAME -->` and `<!-- end -->`. */
export function fillIn(page: string, name: string, text: string): string {
  const begin = `<!-- measured: ${name} -->`;
  const start = page.indexOf(begin);
  const end = page.indexOf("<!-- end -->", start);
  if (start < 0 || end < 0) {
    throw new Error(`Cannot fill in ${name}: the page must have ${begin} and <!-- end -->`);
  }
  return `${page.slice(0, start + begin.length)}\n\n${text}\n\n${page.slice(end)}`;
}

/** What each coefficient is. */
export function coefficientRows({ node, nats }: Costs, sizes: Sizes): string[][] {
  const us = (value: number) => `${numberText(value)} µs`;
  const bytes = (value: number) => `${numberText(value)} B`;
  return [
    ["", "what", "measured"],
    ["c₀", "a node, each second, whatever goes on", us(node.base)],
    ["c_c", "a connection, each second: pings", us(node.client)],
    ["c_p", "a message that a client of this node says", us(node.publish)],
    ["c_b", "a batch of such messages", us(node.batch)],
    ["c_h", "a message of the stream, heard", us(node.heard)],
    ["c_t", "a batch of messages heard", us(node.turn)],
    ["c_r", "more for one of a room that somebody here is in", us(node.followed)],
    ["c_f", "a frame to a client", us(node.frame)],
    ["c_d", "a message in a frame", us(node.delivery)],
    ["w₀", "a NATS server, each second", us(nats.server)],
    ["w₁", "a message, kept once", us(nats.publish1)],
    ["w₃", "a message, kept three times: all three servers together", us(nats.publish3)],
    ["w_b1", "a batch of messages, kept once", us(nats.batch1)],
    ["w_b3", "a batch of messages, kept three times", us(nats.batch3)],
    ["w_h", "a message, to one node", us(nats.heard)],
    ["m₀", "memory of a node without clients", `${numberText(sizes.nodeBytes / 2 ** 20)} MiB`],
    ["m_c", "memory of a connection", `${numberText(sizes.clientBytes / 2 ** 10)} KiB`],
    ["m_i", "memory for a kept message of a room that is followed", bytes(sizes.indexBytes)],
    ["b_k", "a message on the disk of each NATS server that keeps it", bytes(sizes.diskBytes)],
    ["b_w", "memory of a NATS server for a message of the last 10 min", bytes(sizes.windowBytes)],
    ["b_p", "a message on its way from a node to NATS", bytes(sizes.publishBytes)],
    ["b_h", "a message and its answer, from NATS to a node", bytes(sizes.heardBytes)],
    ["o", "kept messages counted when a room is opened", `${numberText(sizes.openedPerSecond)} /s`],
  ];
}

/** Predictions beside measurements, in percent of a core. */
export function comparisonRows(
  compared: readonly (Comparison & { use: "fitted" | "checked" })[],
): string[][] {
  const percent = (cores: number) => numberText(100 * cores);
  return [
    [
      ...["load", "", "nodes", "replicas", "nodes: predicted", "measured", "error"],
      ...["NATS: predicted", "measured", "error", "p99, ms", "note"],
    ],
    ...compared.map(({ scenario, use, nodes, nats, p99Ms, isStrained }) => [
      loadText(scenario),
      use,
      String(scenario.clients.length),
      String(scenario.replicas),
      ...[percent(nodes.predicted), percent(nodes.measured), signed(errorOf(nodes))],
      ...[percent(nats.predicted), percent(nats.measured), signed(errorOf(nats))],
      p99Ms === 0 ? "–" : numberText(p99Ms),
      isStrained ? "strained" : "",
    ]),
  ];
}

/** How far the predictions of the checks were off. */
export function errorText(checked: readonly Comparison[]): string {
  const fair = checked.filter(({ isStrained }) => !isStrained);
  const words = (of: (one: Comparison) => { predicted: number; measured: number }) => {
    const errors = fair.map((one) => Math.abs(errorOf(of(one))));
    return `half of the predictions within ${whole(100 * (median(errors) ?? 0))} %, the worst by ` +
      `${whole(100 * Math.max(0, ...errors))} %`;
  };
  return `Of the ${fair.length} loads that were checked and kept up: nodes, ${
    words(({ nodes }) => nodes)
  }; NATS, ${words(({ nats }) => nats)}.`;
}

/** What installations take. */
export function extrapolationRows(
  found: readonly { assumption: Assumption; result: Extrapolation }[],
): string[][] {
  const gigabytes = (bytes: number) => `${numberText(bytes / 1e9)} GB`;
  const columns = found.map(({ assumption }) => assumption.name);
  const row = (title: string, of: (one: typeof found[number]) => string) => [
    title,
    ...found.map(of),
  ];
  return [
    ["", ...columns],
    row("clients", ({ assumption }) => numberText(assumption.clients)),
    row("members of a room", ({ assumption }) => String(assumption.roomSize)),
    row("each says something every", ({ assumption }) => `${assumption.everySeconds} s`),
    row("messages are kept", ({ assumption }) => `${assumption.keptSeconds / 60} min`),
    row("messages", ({ result }) => `${numberText(result.publishes)} /s`),
    row("deliveries", ({ result }) => `${numberText(result.deliveries)} /s`),
    row(
      "**nodes**",
      ({ result: { nodes } }) => nodes === undefined ? "**no number is enough**" : `**${nodes}**`,
    ),
    row(
      "a node: CPU",
      ({ result }) => hasNodes(result, `${whole(100 * result.nodeCpu)} % of a core`),
    ),
    row("a node: memory", ({ result }) => hasNodes(result, gigabytes(result.nodeBytes))),
    row("NATS servers", () => "3"),
    row(
      "NATS: cores, all together",
      ({ result }) => hasNodes(result, numberText(result.natsCores)),
    ),
    row("NATS: disk of each", ({ result }) => gigabytes(result.diskBytes)),
    row("NATS: memory for repetitions", ({ result }) => gigabytes(result.windowBytes)),
    row(
      "NATS to the nodes",
      ({ result }) => hasNodes(result, `${numberText(result.natsOutBytes * 8 / 1e9)} Gbit/s`),
    ),
  ];
}

function hasNodes({ nodes }: Extrapolation, text: string): string {
  return nodes === undefined ? "–" : text;
}

function loadText({ name, clients, rooms, ratePerSecond }: Comparison["scenario"]): string {
  if (clients.every((count) => count === 0)) {
    return `${name}: no clients, ${ratePerSecond} messages/s`;
  }
  const roomsText = rooms === 1 ? "1 room" : `${rooms} rooms`;
  return `${name}: ${clients.join(" + ")} clients, ${roomsText}, ${ratePerSecond} messages/s`;
}

function signed(share: number): string {
  const text = whole(100 * Math.abs(share));
  return `${share < 0 ? "−" : "+"}${text} %`;
}

function whole(value: number): string {
  return numberText(Math.round(value)).replace(/\.0+$/, "");
}
