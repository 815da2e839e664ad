/**
 * The plain protocol: text frames, each one JSON object `{"content": "..."}`, both ways.
 *
 * Unknown fields are dropped and the object is encoded anew, so that what reaches the others has
 * exactly this shape. One frame carries one message.
 */

import type { Category } from "../errors.ts";

/** The content of a client's frame, or the category of what is wrong with it. */
export function decodePlain(
  data: string,
): { content: string } | { wrong: Extract<Category, "not_json" | "wrong_shape"> } {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    return { wrong: "not_json" };
  }
  const content = value !== null && typeof value === "object" && !Array.isArray(value)
    ? (value as { content?: unknown }).content
    : undefined;
  return typeof content === "string" ? { content } : { wrong: "wrong_shape" };
}

/** The frame that tells a client a message. */
export function encodePlain(content: string): string {
  return JSON.stringify({ content });
}
