/** What `deploy/Dockerfile` does, done in a folder instead of an image: its copies, and deno's commands. */

import { DockerfileParser, type Instruction, type JSONInstruction } from "dockerfile-ast";
import type { Needs } from "./needs.ts";

/** What it takes to build one, and to run it as somebody else. */
export const INSTALLS: Needs = {
  permissions: ["run", "read", "write", "env", "sys"],
  programs: ["setpriv", "env"],
};

/** An instruction, and its words. */
export interface Step {
  keyword: string;
  words: string[];
  flags: string[];
  /** Whether it is in the exec form: a JSON array. */
  isExec: boolean;
}

/** The stages of a Dockerfile, each with its instructions. */
export function stagesOf(text: string): Step[][] {
  const stages: Step[][] = [];
  for (const instruction of DockerfileParser.parse(text).getInstructions()) {
    const step = stepOf(instruction);
    if (step.keyword === "FROM") stages.push([]);
    stages.at(-1)?.push(step);
  }
  return stages;
}

function stepOf(instruction: Instruction): Step {
  const keyword = instruction.getKeyword();
  const { getJSONStrings, getFlags } = instruction as Partial<JSONInstruction>;
  const flags = getFlags?.call(instruction).map(String) ?? [];
  if (keyword === "HEALTHCHECK") return { keyword, flags, ...execWords(instruction) };
  const strings = getJSONStrings?.call(instruction).map((one) => one.getJSONValue()) ?? [];
  const words = strings.length > 0
    ? strings
    : instruction.getArguments().map((one) => one.getValue());
  return { keyword, words, flags, isExec: strings.length > 0 };
}

/** `HEALTHCHECK CMD [...]` is not one of the parser's JSON instructions. */
function execWords(instruction: Instruction): { words: string[]; isExec: boolean } {
  const after = instruction.getArgumentsContent()?.match(/CMD\s+(\[.*\])\s*$/s)?.[1];
  return { words: after ? JSON.parse(after) : [], isExec: after !== undefined };
}

/** Nobody listens there: whoever asks a registry fails. (Another registry would have another cache.) */
const NO_NETWORK = { HTTPS_PROXY: "http://127.0.0.1:9", NO_PROXY: "127.0.0.1" };
/** The packages of another registry are in another place of the cache. */
const REGISTRY = "NPM_CONFIG_REGISTRY";
/** User and group of the image. */
const NOBODY = "65532";

/** The server as it is in the image. */
export class Installation implements AsyncDisposable {
  readonly #root: string;

  private constructor(root: string) {
    this.#root = root;
  }

  /** Its folder, as `/` is the image's. */
  get root(): string {
    return this.#root;
  }

  /** Copies and runs what the first stage says. */
  static async build(text: string): Promise<Installation> {
    const installation = new Installation(await Deno.makeTempDir({ prefix: "lastcall-image-" }));
    try {
      await installation.#prepare();
      for (const step of stagesOf(text)[0]!) await installation.#take(step);
      await installation.#own(`${installation.root}/app/data`);
      return installation;
    } catch (error) {
      await installation[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** A command of the image, without root's powers, without a network, and nothing else set. */
  command([program, ...args]: string[], env: Record<string, string> = {}): Deno.Command {
    const set = { ...this.#env, ...NO_NETWORK, ...env };
    const drop = Deno.uid() === 0
      ? [
        ...["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"],
        ...["--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"],
      ]
      : [];
    const words = [
      ...drop,
      ...["env", "-i", ...Object.entries(set).map(([name, value]) => `${name}=${value}`)],
      ...[program === "/usr/bin/deno" ? `${this.#root}/usr/bin/deno` : program!, ...args],
    ];
    return new Deno.Command(words[0]!, {
      args: words.slice(1),
      cwd: `${this.#root}/app`,
      ...{ stdin: "null", stdout: "piped", stderr: "piped" } as const,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#root, { recursive: true });
  }

  get #env(): Record<string, string> {
    const registry = Deno.env.get(REGISTRY);
    return {
      ...{ DENO_DIR: `${this.#root}/deno-dir`, DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" },
      ...registry ? { [REGISTRY]: registry } : {},
    };
  }

  async #prepare(): Promise<void> {
    await Deno.chmod(this.#root, 0o755);
    for (const folder of ["app/data", "deno-dir", "usr/bin"]) {
      await Deno.mkdir(`${this.#root}/${folder}`, { recursive: true });
    }
    // Where npx keeps it, nobody else may look.
    await Deno.copyFile(Deno.execPath(), `${this.#root}/usr/bin/deno`);
    await Deno.chmod(`${this.#root}/usr/bin/deno`, 0o755);
  }

  async #take({ keyword, words }: Step): Promise<void> {
    if (keyword === "COPY") {
      const to = words.at(-1)!;
      for (const source of words.slice(0, -1)) await this.#copy(source, to);
    } else if (keyword === "RUN" && words[0] === "deno") {
      const { success, stderr } = await new Deno.Command(`${this.#root}/usr/bin/deno`, {
        args: words.slice(1),
        cwd: `${this.#root}/app`,
        env: this.#env,
        signal: AbortSignal.timeout(120_000),
      }).output();
      if (!success) throw new Error(`RUN ${words.join(" ")}: ${new TextDecoder().decode(stderr)}`);
    }
  }

  /** A file goes into a folder when the target ends with a slash. */
  async #copy(source: string, to: string): Promise<void> {
    const name = to.endsWith("/") ? `${to}${source.split("/").at(-1)}` : to;
    await copyTree(source, `${this.#root}/app/${name.replace(/^\.\//, "")}`);
  }

  async #own(path: string): Promise<void> {
    if (Deno.uid() === 0) await Deno.chown(path, Number(NOBODY), Number(NOBODY));
  }
}

async function copyTree(from: string, to: string): Promise<void> {
  if ((await Deno.stat(from)).isFile) {
    await Deno.mkdir(to.slice(0, to.lastIndexOf("/")), { recursive: true });
    return Deno.copyFile(from, to);
  }
  for await (const { name } of Deno.readDir(from)) {
    await copyTree(`${from}/${name}`, `${to}/${name}`);
  }
}
