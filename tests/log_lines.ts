/** What the server writes into its log, and says to those whom it refuses, read off its source. */

/** A message that is logged. */
export interface LogLine {
  file: string;
  /** Its level; `undefined` where the code decides. */
  level?: string;
  /** The message with its placeholders; what is put together in the code is `…`. */
  text: string;
}

const CALL = /\blog(?:\.(debug|info|warn|error)|\[[^\]]+\])\(\s*/gi;
const STEP = /narrator\.step\(\s*"\w+",\s*/g;
const LITERAL = /^(?:"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`)/;
/** Where nothing is logged: browsers have no log of ours. */
const NOT_OURS = /^src\/(?:client|page|admin\/page)\//;

/** Every message that `src/` logs. Throws for one that is no literal: it could not be looked up. */
export function logLines(): LogLine[] {
  return sourceFiles("src").flatMap((file) => {
    const source = Deno.readTextFileSync(file);
    return [
      ...[...source.matchAll(CALL)].map((call) => ({
        file,
        text: literalAfter(source, call, file),
        ...call[1] ? { level: call[1] } : {},
      })),
      ...[...source.matchAll(STEP)].map((call) => ({
        file,
        level: "info",
        text: literalAfter(source, call, file),
      })),
    ];
  });
}

/** Every sentence that an HTTP answer can be, up to what is put into it. */
export function httpSentences(): string[] {
  const files = [...sourceFiles("src/http"), "src/admin/routes.ts", "src/shutdown/shutdown.ts"];
  const sentences = files.flatMap((file) => {
    const code = Deno.readTextFileSync(file).replace(/^\s*(?:\/\/|\/?\*).*$/gm, "");
    return [...code.matchAll(/["`]([A-Za-z][\w-]*(?: [\w-]+)+[^"`\n]*)(?:\\n)?["`]/g)].map((
      [, text],
    ) => text!)
      .filter((text) =>
        /^(?:[A-Z]|room )/.test(text) && !/^(?:Cannot|Client|Refused|Last Call) /.test(text)
      )
      .filter((text) => !/^The (?:end of the )?shutdown failed/.test(text));
  });
  return [
    ...new Set(sentences.map((text) => text.replace(/\$\{.*$/, "").replace(/\\n$/, "").trim())),
  ];
}

function literalAfter(
  source: string,
  call: RegExpExecArray | RegExpMatchArray,
  file: string,
): string {
  const rest = source.slice(call.index! + call[0].length);
  const literal = LITERAL.exec(rest);
  if (!literal) throw new Error(`Cannot read what ${file} logs: ${rest.slice(0, 60)}`);
  return (literal[1] ?? literal[2]!).replace(/\$\{[^}]*\}/g, "…");
}

function sourceFiles(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    if (isDirectory) return sourceFiles(path);
    return name.endsWith(".ts") && !NOT_OURS.test(path) ? [path] : [];
  });
}
