/** A peer as the log names it: `127.0.0.1:59593`; a socket of the file system by its path. */
export function addressOf(address: Deno.Addr): string {
  if ("hostname" in address) {
    const { hostname, port } = address;
    return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
  }
  return "path" in address ? address.path : address.transport;
}
