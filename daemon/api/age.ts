const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/** Up to `below` seconds: so many of `unit`, and so many of `rest` if given and not none. */
const steps = [
  { below: 2 * MINUTE, unit: 1, letter: 's' },
  { below: 10 * MINUTE, unit: MINUTE, letter: 'm', rest: 1, restLetter: 's' },
  { below: 3 * HOUR, unit: MINUTE, letter: 'm' },
  { below: 8 * HOUR, unit: HOUR, letter: 'h', rest: MINUTE, restLetter: 'm' },
  { below: 2 * DAY, unit: HOUR, letter: 'h' },
  { below: 8 * DAY, unit: DAY, letter: 'd', rest: HOUR, restLetter: 'h' },
  { below: 2 * YEAR, unit: DAY, letter: 'd' },
  { below: 8 * YEAR, unit: YEAR, letter: 'y', rest: DAY, restLetter: 'd' },
  { below: Infinity, unit: YEAR, letter: 'y' },
];

/** A duration in ms in the one or two units that kubectl shows (k8s.io/apimachinery HumanDuration): 90s, 5m3s, 2d. */
export const humanDuration = (ms: number): string => {
  const seconds = Math.floor(ms / 1000);
  if (seconds < -1) return '<invalid>';
  const step = steps.find(({ below }) => seconds < below);
  if (seconds < 0 || step === undefined) return '0s';
  const { unit, letter, rest, restLetter } = step;
  const whole = `${Math.floor(seconds / unit)}${letter}`;
  const left = rest === undefined ? 0 : Math.floor((seconds % unit) / rest);
  return left === 0 ? whole : `${whole}${left}${restLetter}`;
};

/** The age of an RFC 3339 time. */
export const ageOf = (time: string | undefined, now: number): string => {
  const then = Date.parse(time ?? '');
  return Number.isNaN(then) ? '<unknown>' : humanDuration(now - then);
};
