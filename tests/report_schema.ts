/** Holds reports to `docs/report.schema.json`. */

import { Ajv2020, type AnySchemaObject, type ValidateFunction } from "ajv/dist/2020.js";

/** The schema as it is published. */
export function reportSchema(): AnySchemaObject {
  return JSON.parse(
    Deno.readTextFileSync(new URL("../docs/report.schema.json", import.meta.url)),
  );
}

/**
 * What is wrong with a report as a program reads it, by the schema; empty when nothing is. Other than the
 * schema, which lets fields be added, this takes no field that the schema does not name.
 */
export function reportErrors(report: unknown): string[] {
  return errorsBy(strictly ??= compile(closed(reportSchema())), report);
}

/** The same by the schema as it is published. */
export function publishedErrors(report: unknown): string[] {
  return errorsBy(compile(reportSchema()), report);
}

let strictly: ValidateFunction | undefined;

/** `format` is for readers: the times have a pattern, too. */
function compile(schema: AnySchemaObject): ValidateFunction {
  const ajv = new Ajv2020({
    ...{ strict: true, allowUnionTypes: true, validateFormats: false, allErrors: true },
  });
  return ajv.compile(schema);
}

function errorsBy(validate: ValidateFunction, report: unknown): string[] {
  if (validate(report)) return [];
  return validate.errors!.map(({ instancePath, message, params }) =>
    `${instancePath || "/"} ${message} ${JSON.stringify(params)}`
  );
}

/** A copy in which every object that names its fields has no others. */
function closed<T>(schema: T): T {
  if (Array.isArray(schema)) return schema.map(closed) as T;
  if (typeof schema !== "object" || schema === null) return schema;
  const copy = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [
      key,
      // The fields of an object may be called anything, such as `properties`.
      key === "properties" ? mapValues(value, closed) : closed(value),
    ]),
  );
  return (isSchemaOfFields(copy) ? { ...copy, additionalProperties: false } : copy) as T;
}

function isSchemaOfFields(schema: Record<string, unknown>): boolean {
  return schema.type === "object" && "properties" in schema;
}

function mapValues<T>(values: Record<string, T>, change: (value: T) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, change(value)]));
}
