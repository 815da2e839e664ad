/**
 * HTML in which text cannot become markup: whatever is put into a template is escaped, unless it is
 * markup itself.
 *
 * @module
 */

/** Text that is markup already. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What may stand in a template; lists are joined, `undefined` and `false` are nothing. */
export type Piece = Markup | string | number | undefined | false | readonly Piece[];

/** A template literal as markup. */
export function markup(parts: TemplateStringsArray, ...pieces: Piece[]): Markup {
  return new Markup(parts.reduce((sofar, part, i) => sofar + textOf(pieces[i - 1]) + part));
}

/** Text as it may stand between tags and in quoted attributes. */
export function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A value for `<script type="application/json">`: no text in it can end the element. */
export function dataScript(id: string, value: unknown): Markup {
  const json = JSON.stringify(value).replaceAll("<", "\\u003c");
  return markup`<script type="application/json" id="${id}">${new Markup(json)}</script>`;
}

/** A heading of a level. */
export function heading(level: number, text: Piece): Markup {
  const tag = new Markup(`h${level}`);
  return markup`<${tag}>${text}</${tag}>`;
}

function textOf(piece: Piece): string {
  if (piece === undefined || piece === false) return "";
  if (piece instanceof Markup) return piece.text;
  if (typeof piece === "object") return piece.map(textOf).join("");
  return escapeText(String(piece));
}
