/**
 * An address as anyone may see it, in status, events and logs: without its query, which may hold a secret. Empty for
 * what is no address.
 */
export const shownUrl = (url: string): string => {
  const { origin = '', pathname = '' } = URL.parse(url) ?? {};
  return origin + pathname;
};
