/**
 * Columns of numbers that grow as they are filled.
 *
 * @module
 */

type Column = Float64Array | Int32Array | Uint8Array;

/** A column; what was never set is `empty`. */
export class Growing<T extends Column> {
  #values: T;
  readonly #make: (length: number) => T;
  readonly #empty: number;

  private constructor(make: (length: number) => T, empty: number) {
    this.#make = make;
    this.#empty = empty;
    this.#values = make(1_024);
    if (empty !== 0) this.#values.fill(empty);
  }

  /** A column of floating-point numbers. */
  static float64(empty = 0): Growing<Float64Array> {
    return new Growing((length) => new Float64Array(length), empty);
  }

  /** A column of whole numbers from -2^31. */
  static int32(empty = 0): Growing<Int32Array> {
    return new Growing((length) => new Int32Array(length), empty);
  }

  /** A column of whole numbers from 0 to 255. */
  static uint8(empty = 0): Growing<Uint8Array> {
    return new Growing((length) => new Uint8Array(length), empty);
  }

  /** The value at `index`. */
  at(index: number): number {
    return this.#values[index] ?? this.#empty;
  }

  /** Sets the value at `index`. */
  set(index: number, value: number): void {
    if (index >= this.#values.length) this.#grow(index + 1);
    this.#values[index] = value;
  }

  #grow(least: number): void {
    const old = this.#values;
    this.#values = this.#make(Math.max(least, old.length * 2));
    this.#values.set(old);
    if (this.#empty !== 0) this.#values.fill(this.#empty, old.length);
  }
}
