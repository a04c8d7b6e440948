import { milliOf, parseQuantity, type Quantity, unitsOf } from '../../kubernetes/quantity.ts';

const ZERO: Quantity = { nano: 0n, format: 'decimal' };

/** A quantity of a validated manifest; zero where there is none. */
export const quantityIn = (text: string | undefined): Quantity =>
  (text === undefined ? undefined : parseQuantity(text)) ?? ZERO;

/** How Kubernetes counts a resource: cpu in thousandths, all else in whole units (bytes), rounded up. */
export const amountOf = (resource: string, quantity: Quantity): bigint =>
  resource === 'cpu' ? milliOf(quantity) : unitsOf(quantity);

/** The same of a quantity's text; 0 where there is none. */
export const amountIn = (resource: string, text: string | undefined): bigint => amountOf(resource, quantityIn(text));

/** Thousandths (millicores of cpu), rounded up, as a number: exact below 9e15. */
export const milliIn = (text: string | undefined): number => Number(milliOf(quantityIn(text)));

/** Whole units (bytes of memory), rounded up, as a number: exact below 9e15. */
export const unitsIn = (text: string | undefined): number => Number(unitsOf(quantityIn(text)));

/** What a threshold stands for, a quantity or a share of the capacity such as `10%`; in the capacity's unit. */
export const thresholdIn = (text: string, capacity: number): number => {
  const [, percent] = /^(\d+(?:\.\d+)?)%$/.exec(text) ?? [];
  return percent === undefined ? unitsIn(text) : (capacity * Number(percent)) / 100;
};
