/**
 * Options declared once: a table from which arguments, environment and help are read.
 *
 * @module
 */

export {
  byteSize,
  choice,
  decimal,
  duration,
  integer,
  type Kind,
  type ListenAddress,
  listenAddress,
  onOff,
  type Range,
  severalOf,
  text,
} from "./kinds.ts";
export { type Option, OptionError, type OptionTable } from "./table.ts";
export type { Layer } from "./layer.ts";
export { type CommandLine, defaultsOf, type ReadEnv, resolveOptions } from "./resolve.ts";
export { helpText } from "./help.ts";
