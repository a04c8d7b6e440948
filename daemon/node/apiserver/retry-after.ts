/** A server that asks for more, by mistake or malice, would put the node out of the cluster. */
const LONGEST_MS = 5 * 60_000;

/**
 * When a server wants to be asked again, by its Retry-After: seconds, or a date (RFC 9110, 10.2.3).
 * @returns ms since the epoch, at most 5 minutes from `now`; undefined when it does not say, or nothing that can be understood
 */
export const retryAtOf = (header: string | undefined, now: number): number | undefined => {
  if (header === undefined) return undefined;
  const at = /^\d+$/.test(header) ? now + Number(header) * 1000 : Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.min(Math.max(at, now), now + LONGEST_MS);
};
