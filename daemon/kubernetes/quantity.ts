/** How a quantity was written, which is how Kubernetes writes it again: `2Mi`, `2M` or `2e6`. */
export type QuantityFormat = 'binary' | 'decimal' | 'exponent';

/**
 * A Kubernetes quantity, exact: `nano` is its value in 1e-9, which Kubernetes rounds up to.
 * The text it was read from is kept in the Pod; this is for comparing and adding.
 */
export interface Quantity {
  readonly nano: bigint;
  readonly format: QuantityFormat;
}

const pattern = /^([+-]?)(\d*)(?:\.(\d*))?([eEinumkKMGTP]*[-+]?\d*)$/;
const decimalPowers: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const binaryPowers: Readonly<Record<string, bigint>> = { Ki: 10n, Mi: 20n, Gi: 30n, Ti: 40n, Pi: 50n, Ei: 60n };

/** Beyond this a value is rounded or absurd; keeps `1e999999999` from asking for a gigabyte of digits. */
const maxExponent = 100;

const maxLength = 1000;

/** Reads a quantity (k8s.io/apimachinery, pkg/api/resource), where digits may be missing: `m` is 0. Undefined if it is none. */
export const parseQuantity = (text: string): Quantity | undefined => {
  const [matched, sign, whole = '', fraction = '', suffix = ''] = pattern.exec(text) ?? [];
  if (!matched || matched.length > maxLength) return undefined;
  const digits = BigInt(`${whole}${fraction}` || '0');
  const scaled = scale(digits, fraction.length, suffix);
  return scaled && { ...scaled, nano: sign === '-' ? -scaled.nano : scaled.nano };
};

const scale = (digits: bigint, places: number, suffix: string): Quantity | undefined => {
  const binaryPower = binaryPowers[suffix];
  if (binaryPower !== undefined)
    return { nano: roundUp(digits * 2n ** binaryPower * nanoUnit, 10n ** BigInt(places)), format: 'binary' };
  const decimalPower = decimalPowers[suffix];
  const exponent = decimalPower ?? exponentOf(suffix);
  if (exponent === undefined) return undefined;
  const power = exponent - places + 9;
  const nano = power >= 0 ? digits * 10n ** BigInt(power) : roundUp(digits, 10n ** BigInt(-power));
  return { nano, format: decimalPower === undefined ? 'exponent' : 'decimal' };
};

const exponentOf = (suffix: string): number | undefined => {
  const exponent = /^[eE]([+-]?\d+)$/.exec(suffix)?.[1];
  return exponent === undefined ? undefined : Math.max(-maxExponent, Math.min(maxExponent, Number(exponent)));
};

const nanoUnit = 1_000_000_000n;

const roundUp = (dividend: bigint, divisor: bigint): bigint => (dividend + divisor - 1n) / divisor;

/** Negative, zero or positive, as `a` is less than, equal to or more than `b`. */
export const compareQuantities = (a: Quantity, b: Quantity): number =>
  a.nano === b.nano ? 0 : a.nano < b.nano ? -1 : 1;

/** In thousandths, rounded up: millicores of a cpu quantity. */
export const milliOf = (quantity: Quantity): bigint => ceilDiv(quantity.nano, 1_000_000n);

/** In whole units, rounded up: bytes of a memory quantity. */
export const unitsOf = (quantity: Quantity): bigint => ceilDiv(quantity.nano, nanoUnit);

const ceilDiv = (dividend: bigint, divisor: bigint): bigint =>
  dividend > 0n ? (dividend + divisor - 1n) / divisor : dividend / divisor;

const exponentSuffixes = ['e-9', 'e-6', 'e-3', '', 'e3', 'e6', 'e9', 'e12', 'e15', 'e18'];
const decimalSuffixes = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/** The canonical text: the largest suffix that leaves a whole number. */
export const formatQuantity = (quantity: Quantity): string => {
  if (quantity.nano === 0n) return '0';
  const sign = quantity.nano < 0n ? '-' : '';
  const magnitude = quantity.nano < 0n ? -quantity.nano : quantity.nano;
  if (quantity.format === 'binary' && magnitude >= 1024n * nanoUnit)
    return sign + withSuffix(roundUp(magnitude, nanoUnit), 1024n, binarySuffixes);
  if (quantity.format === 'exponent') return sign + withSuffix(magnitude, 1000n, exponentSuffixes);
  return sign + withSuffix(magnitude, 1000n, decimalSuffixes);
};

const withSuffix = (value: bigint, base: bigint, suffixes: readonly string[]): string => {
  let rest = value;
  let step = 0;
  while (rest % base === 0n && step < suffixes.length - 1) {
    rest /= base;
    step += 1;
  }
  return `${rest}${suffixes[step] ?? ''}`;
};
