/** The chat page: puts its parts together, in a browser. */

import { isDisplayName } from "../client/mod.ts";
import { App } from "./app.ts";
import { diagnose } from "./diagnose.ts";
import { Announcer } from "./dom/announcer.ts";
import { DeveloperPanel } from "./dom/developer_panel.ts";
import { Title } from "./dom/title.ts";
import { type Kept, readKept, writeKept } from "./kept.ts";
import { type CreateSocket, type Line, type LineListener, openLine } from "./line.ts";
import { openPlainLine } from "./plain_line.ts";
import { LOBBY, roomName } from "./room_name.ts";
import { Screen } from "./screen.ts";
import type { Opening } from "./surroundings.ts";
import { tapped } from "./tap.ts";
import { holdSession } from "./tab.ts";
import type { View } from "./view.ts";

const NAME_KEY = "lastcall.name";
/** How many earlier messages a newcomer is shown. */
const HISTORY = 100;
const TICK_MS = 250;

const room = roomName(new URLSearchParams(location.search).get("room") ?? LOBBY) ?? LOBBY;
const isTest = location.pathname === "/test";
const name = readName();
const kept = await readOwnKept();
const announcer = new Announcer();
const title = new Title(room);
let developer: DeveloperPanel | undefined;
let isShowing = false;

const screen = new Screen({ room, needsName: !isTest, app: () => app, choose });
const app: App = new App({ open, diagnose: () => diagnose(location.origin), show, keep, now }, {
  kept,
  name,
});
if (isTest) {
  developer = new DeveloperPanel({
    connect: () => {
      app.connect();
      screen.focus();
    },
    disconnect: () => app.disconnect(),
  });
} else app.connect();
screen.restore({ draft: kept.draft, name });
showNow(app.view);
screen.focus();
setInterval(() => app.tick(), TICK_MS);
addEventListener("online", () => app.retry());
// A page that comes back from the browser's cache has lost its connection and its lock.
addEventListener("pageshow", ({ persisted }) => persisted && location.reload());
addEventListener("beforeunload", (event) => app.view.waiting.length > 0 && event.preventDefault());

/** What this tab kept; not what it was copied from another tab that still has it. */
async function readOwnKept(): Promise<Kept> {
  const kept = readKept(sessionStorage, room);
  return kept.session === undefined || await holdSession(kept.session) ? kept : {};
}

function keep(kept: Kept): void {
  writeKept(sessionStorage, room, kept);
  if (kept.session !== undefined) void holdSession(kept.session);
}

function open(opening: Opening, listener: LineListener): Line {
  const create: CreateSocket = (url, protocols) => new WebSocket(url, protocols);
  const createSocket = developer ? tapped(create, (seen) => developer!.note(seen)) : create;
  const told = { ...listener, message: heard(listener) };
  if (developer?.protocol === "plain") {
    const url = new URL(`/ws?room=${room}`, location.href.replace(/^http/, "ws"));
    return openPlainLine(url.href, { createSocket, now }, told);
  }
  return openLine("/ws", { ...opening, room, history: HISTORY, createSocket }, told);
}

function heard({ message: tell }: LineListener): LineListener["message"] {
  return (message) => {
    announcer.hear(message);
    title.note();
    tell(message);
  };
}

/** Once for all that comes in one go. */
function show(): void {
  if (isShowing) return;
  isShowing = true;
  queueMicrotask(() => {
    isShowing = false;
    showNow(app.view);
  });
}

function showNow(view: View): void {
  screen.show(view);
  developer?.show(view);
}

function choose(name: string): void {
  try {
    localStorage.setItem(NAME_KEY, name);
  } catch {
    // It is forgotten with the page.
  }
  app.rename(name);
  screen.restore({ draft: undefined, name });
  showNow(app.view);
}

function readName(): string | undefined {
  try {
    const name = localStorage.getItem(NAME_KEY);
    return isDisplayName(name) ? name : undefined;
  } catch {
    return undefined;
  }
}

function now(): number {
  return Date.now();
}
