const encoder = new TextEncoder();

/** Whether `text` takes more than `limit` bytes as UTF-8; encodes only when it could go either way. */
export function exceedsBytes(text: string, limit: number): boolean {
  if (text.length > limit) return true;
  if (text.length * 3 <= limit) return false;
  return encoder.encode(text).length > limit;
}
