import { milliOf as milli, parseQuantity, unitsOf as units } from '../manifest/quantity.ts';

/** A quantity of a validated manifest in thousandths, rounded up (millicores of cpu); 0 where there is none. Exact below 9e15. */
export const milliOf = (text: string | undefined): number => {
  const quantity = text === undefined ? undefined : parseQuantity(text);
  return quantity === undefined ? 0 : Number(milli(quantity));
};

/** The same in whole units, rounded up (bytes of memory). */
export const unitsOf = (text: string | undefined): number => {
  const quantity = text === undefined ? undefined : parseQuantity(text);
  return quantity === undefined ? 0 : Number(units(quantity));
};
