/** People at the chat page, in real browsers, of a server that is a process and can be killed. */

// deno-lint-ignore-file no-explicit-any -- playwright-core's types are not loaded where it is not
import { ChildServer } from "./child_server.ts";

const READS = ["--allow-read", "--allow-write"];

/** A server with a log in a folder, restarted on the same port. */
export class RestartingServer implements AsyncDisposable {
  readonly #folder: string;
  readonly #flags: string[];
  #child: ChildServer;
  /** `http://127.0.0.1:PORT`. */
  readonly http: string;

  private constructor(folder: string, flags: string[], child: ChildServer, url: string) {
    this.#folder = folder;
    this.#flags = flags;
    this.#child = child;
    this.http = url.replace(/^ws/, "http").replace(/\/ws$/, "");
  }

  static async start(flags: string[] = []): Promise<RestartingServer> {
    const folder = await Deno.makeTempDir();
    const all = ["--log", `sqlite:${folder}/log.db`, "--allowed-origins", "*", ...flags];
    const child = new ChildServer(all, { allow: READS });
    return new RestartingServer(folder, all, child, await child.url);
  }

  /** Ends it, and starts it again. */
  async restart(signal: Deno.Signal): Promise<void> {
    await this.stop(signal);
    await this.startAgain();
  }

  /** Ends it. */
  async stop(signal: Deno.Signal): Promise<void> {
    this.#child.signal(signal);
    await this.#child.exited();
  }

  /** Starts it where it was. */
  async startAgain(): Promise<void> {
    const listen = new URL(this.http).host;
    this.#child = new ChildServer([...this.#flags, "--listen", listen], { allow: READS });
    await this.#child.url;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child[Symbol.asyncDispose]();
    await Deno.remove(this.#folder, { recursive: true });
  }
}

/** A browser, and what went wrong in its pages. */
export class Theatre implements AsyncDisposable {
  /** What the consoles said, and requests that left the origin. */
  readonly troubles: string[] = [];
  readonly #browser: any;

  private constructor(browser: any) {
    this.#browser = browser;
  }

  static async open(): Promise<Theatre> {
    // Imported here: it cannot be loaded where only the network is allowed.
    const { launchBrowser } = await import("./browser.ts");
    return new Theatre(await launchBrowser());
  }

  /** Somebody with a browser of his own, at `url`, who calls himself `name`. */
  async enter(
    url: string,
    { name, ...options }: { name?: string; viewport?: object; colorScheme?: string } = {},
  ): Promise<Person> {
    const context = await this.#browser.newContext(options);
    const page = await context.newPage();
    this.watch(page, new URL(url).origin);
    await page.goto(url);
    const person = new Person(page);
    if (name !== undefined) await person.join(name);
    return person;
  }

  /** Notes what goes wrong on a page. */
  watch(page: any, origin: string): void {
    page.on("pageerror", (error: Error) => this.troubles.push(String(error)));
    page.on("console", (message: any) => {
      // A WebSocket that fails is told by the browser, whoever expects it.
      if (!/WebSocket connection to|Failed to load resource/.test(message.text())) {
        this.troubles.push(message.text());
      }
    });
    page.on("request", (request: any) => {
      if (new URL(request.url()).origin !== origin) this.troubles.push(request.url());
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
  }
}

/** Somebody at a page. */
export class Person {
  readonly page: any;

  constructor(page: any) {
    this.page = page;
  }

  get field(): any {
    return this.page.getByRole("textbox", { name: "Message" });
  }

  async join(name: string): Promise<void> {
    await this.page.locator("#join-field").fill(name);
    await this.page.keyboard.press("Enter");
    await this.field.waitFor();
  }

  /** Types and sends. */
  async say(text: string): Promise<void> {
    await this.field.fill(text);
    await this.page.keyboard.press("Enter");
  }

  /** The contents of the lines of a kind. */
  lines(kind = "message"): Promise<string[]> {
    return this.page.locator(`#messages .${kind} .content`).allTextContents();
  }

  /** Waits until so many lines are there, and nothing waits. */
  async heard(count: number): Promise<string[]> {
    let lines: string[] = [];
    for (let i = 0; i < 300; i++) {
      lines = await this.lines();
      if (lines.length >= count && (await this.lines("waiting")).length === 0) return lines;
      await this.page.waitForTimeout(50);
    }
    throw new Error(`Waited in vain for ${count} messages; got ${lines.length}`);
  }

  /** Waits for a state, by a part of what is said of it. */
  async sees(text: string | RegExp): Promise<string> {
    const state = this.page.locator("#state-text").filter({ hasText: text });
    await state.waitFor({ timeout: 20_000 });
    return await this.page.locator("#state-text").textContent();
  }

  /** From now on keeps every state that is shown. */
  async watchStates(): Promise<() => Promise<string[]>> {
    await this.page.evaluate(`(() => {
      const state = document.getElementById("state-text");
      globalThis.states = [state.textContent];
      new MutationObserver(() => states.push(state.textContent))
        .observe(state, { childList: true, characterData: true, subtree: true });
    })()`);
    return () => this.page.evaluate("states");
  }
}

/** Says numbered messages until told to stop; returns all that were said. */
export function keepTalking(person: Person, prefix: string): () => Promise<string[]> {
  const said: string[] = [];
  let isOver = false;
  const talking = (async () => {
    while (!isOver) {
      const text = `${prefix}${said.length + 1}`;
      await person.say(text);
      said.push(text);
      await person.page.waitForTimeout(40);
    }
  })();
  return async () => {
    isOver = true;
    await talking;
    return said;
  };
}
