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
  text,
} from "./kinds.ts";
export { type Option, OptionError, type OptionTable } from "./table.ts";
export {
  type CommandLine,
  defaultsOf,
  type OptionLayer,
  type ReadEnv,
  resolveOptions,
} from "./resolve.ts";
export { helpText } from "./help.ts";
