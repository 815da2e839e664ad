/**
 * Time as a dependency: the same for the server and the client library, which must stand by itself.
 *
 * @module
 */

export { type Clock, systemClock } from "./client/clock.ts";
