/**
 * The tables of a report, as texts in rows; the first row is the heading.
 *
 * @module
 */

import { groupDigits } from "../loadtest/text_table.ts";
import { type ContenderName, CONTENDERS, TITLES } from "./contenders.ts";
import { commitFigures, type Figure, figuresOf, ratioTo, type Target } from "./figures.ts";
import { numberText } from "./number_text.ts";
import { deliveriesPerSecond, type Plan } from "./plan.ts";
import type { Results } from "./samples.ts";
import { type Part, PARTS } from "./settings.ts";

/** The servers against each other; empty when none were measured. */
export function serverRows(results: Results): string[][] {
  const figures = figuresOf(results);
  if (figures.length === 0) return [];
  const servers = CONTENDERS.filter((server) => results.plan.servers.includes(server));
  const columns = servers.flatMap((server) =>
    server === "lastcall" ? [TITLES[server]] : [TITLES[server], `ours / ${server}`]
  );
  return [
    ["", "unit", ...columns, "target", "note"],
    ...figures.map((figure) => [
      figure.title,
      figure.unit,
      ...servers.flatMap((server) => cells(figure, server, results)),
      targetText(figure),
      noteText(figure),
    ]),
  ];
}

/** What appending to the message log costs; empty when that was not measured. */
export function commitRows({ commits, absentStores }: Results): string[][] {
  const figures = commitFigures(commits);
  const batches = [...figures[0]?.byBatch.keys() ?? []];
  if (batches.length === 0) return [];
  return [
    ["message log", "unit", ...batches.map((batch) => `batch of ${batch}`)],
    ...figures.map((
      { store, byBatch },
    ) => [store, "µs/message", ...batches.map((batch) => numberText(byBatch.get(batch)))]),
    ...Object.entries(absentStores)
      .map(([store, reason]) => [store, "µs/message", ...batches.map(() => reason)]),
  ];
}

/** What each part does to the servers, in words. */
export function loadTexts({ loads, backends, sizeBytes, parts, rounds }: Plan): string[] {
  const rateText = (part: "cpu" | "idle" | "busy") => {
    const { clients, ratePerSecond, windowMs } = loads[part];
    return `${clients} clients × ${ratePerSecond} messages/s of ${sizeBytes} B = ` +
      `${groupDigits(deliveriesPerSecond(loads[part]))} deliveries/s for ${windowMs / 1_000} s`;
  };
  const texts: Record<Part, string> = {
    cpu: `CPU: ${rateText("cpu")}`,
    idle: `idle: ${rateText("idle")}`,
    busy: `busy: ${rateText("busy")}`,
    memory: `memory: ${groupDigits(loads.memory.clients)} connections`,
    log: `message log: messages of ${sizeBytes} B`,
    backends: `our server on each log: idle and busy as above; at most: ${backends.most.clients} ` +
      "clients, each alone in a room, each says the next when it has heard its last",
  };
  const loaded = parts.includes("backends") ? (["idle", "busy"] as const) : [];
  const told = PARTS.filter((part) => parts.includes(part) || loaded.some((one) => one === part));
  return [...told.map((part) => texts[part]), `rounds: ${rounds}, of which the median is shown`];
}

/** The machine in one line. */
export function machineText({ machine: { cpu, cores, system, versions } }: Results): string {
  const programs = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [`${cpu}, ${cores} cores`, system, ...programs].join(", ");
}

/** Everything that is not in the tables although it was asked for. */
export function gapTexts({ absent, absentStores, failures }: Results): string[] {
  return [
    ...Object.entries(absent).map(([server, reason]) =>
      `${TITLES[server as ContenderName]} was not measured: ${reason}`
    ),
    ...Object.entries(absentStores).map(([store, reason]) => `${store} was ${reason}`),
    ...failures.map((failure) => `failed: ${failure}`),
  ];
}

function cells(figure: Figure, server: ContenderName, { absent }: Results): string[] {
  const value = absent[server] ? "not here" : numberText(figure.values[server]);
  return server === "lastcall" ? [value] : [value, numberText(ratioTo(figure, server))];
}

function targetText({ targets, met, unit }: Figure): string {
  return targets.map((target, i) => {
    const verdict = met[i] === undefined ? "not measured" : met[i] ? "met" : "missed";
    return `${limitText(target, unit)}: ${verdict}`;
  }).join("; ");
}

function limitText({ than, atMost }: Target, unit: string): string {
  return than ? `≤ ${atMost} × ${than}` : `≤ ${atMost} ${unit}`;
}

function noteText({ generatorBound, overloaded }: Figure): string {
  return [
    ...generatorBound.map((server) => `${server}: generator-bound`),
    ...overloaded.map((server) => `${server}: overloaded`),
  ].join("; ");
}
