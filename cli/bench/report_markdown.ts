/**
 * The report as a page of the documentation.
 *
 * @module
 */

import { backendRows } from "./backend_rows.ts";
import { commitRows, gapTexts, loadTexts, machineText, serverRows } from "./report_rows.ts";
import type { Results } from "./samples.ts";

/** The whole page. Its paragraphs are single lines: `deno fmt` breaks them. */
export function reportMarkdown(results: Results): string {
  return [
    "# Benchmarks",
    INTRO,
    list([`${results.date}; ${machineText(results)}`, ...loadTexts(results.plan)]),
    table(serverRows(results)),
    table(backendRows(results)),
    table(commitRows(results)),
    list(gapTexts(results)),
    METHOD,
  ].filter((block) => block !== "").join("\n\n") + "\n";
}

function list(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}`).join("\n");
}

function table(rows: readonly string[][]): string {
  const [heading, ...rest] = rows;
  if (!heading) return "";
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(heading), line(heading.map(() => "---")), ...rest.map(line)].join("\n");
}

const INTRO =
  `This page is written by a program. \`deno task bench --markdown docs/benchmarks.md\` measures it again, on your machine; \`deno task bench --help\` lists what can be changed. A ratio is our figure divided by the other server's in the same run: below 1, ours is the smaller. Absolute figures belong to this machine; the ratios travel better.`;

const METHOD = `## How it is measured

The job is the same for all: whatever one client says reaches every client, the speaker too. The other servers are the few lines in \`cli/bench/peers/\` that their own documentation would have you write: \`ws\` on Node sends to each client in a loop, Bun publishes to a topic; both without compression. Ours is \`main.ts\` as \`deno task start\` runs it, with \`--log memory:\`, because the others keep nothing, and with its rate limits out of the way.

Each measurement has a server process and a generator process of its own. Within a round the servers follow each other, and every other round goes backwards.

- **Load** is an open model: a message is due at a fixed time and is sent then, whether or not those before it have arrived. The generator is the same for all servers: raw TCP, and it finds messages by a stamp in their text instead of parsing them. Its own timer is watched; when that is more than 20 ms late (p99), the row says _generator-bound_.
- **A delivery** is one message reaching one client, however many share a frame.
- **CPU** is user and system time of the whole server process, from \`/proc\`, over the window after 3 s of warm-up. The kernel's work for loopback TCP is in it. _Overloaded_ means that a server delivered less than 95 % of what was due.
- **Latency** runs from the moment a message was due to the moment the generator has read it, over all clients; percentiles are at most 3 % too high.
- **Memory** is resident memory with all connections open and silent for 5 s, less that before the first, divided by their number.
- **Message log**: wall-clock time of \`append()\` in one process that does nothing else, in a new file beside the server's own, or in NATS servers on this machine that were started for it: with R1 one server, with R3 three that each keep everything.
- **Our server on**: the same server on each log, every column in the same run; _/ sqlite_ is the figure divided by that of \`sqlite: normal\`. NATS CPU is that of all NATS servers together. _Carried at most_ is a closed loop: every client is alone in a room and says the next message when it has heard its last, so each message is accepted, kept and delivered once.

## What to keep in mind

- Our server does more for its time: it numbers and keeps every message, tells publishers that they were heard, and can replay. Its frames are larger too, with some 80 bytes around each message.
- A connection of ours costs more memory than one of the others: a session, a reader with its place in the log, and a socket of Deno's, which is most of it.
- Where there is nothing to batch, one send on Deno costs more than one on Bun. About half of it is the kernel's.
- It is cheap per delivery because it sends several messages in one frame. That is bought with latency: under load a message waits for company, and when nothing else is going on it does not wait.
- One room holds everybody here, but where messages are carried at most. With many small rooms there is less to batch, and the ratio approaches that of single sends.
- Server and generator share one machine, and on two cores a server that starts threads of its own gets less than it could use.
- NATS servers on the machine of the chat server take their CPU from the same two cores, three of them most of all, and their network is the loopback interface. On machines of their own they would take none of it, and each message would wait for the network: twice for R1, and once more for R3. [scaling.md](scaling.md) has what that means for many nodes.
- A full commit costs what the disk makes of it; virtual disks often promise more than they keep.`;
