import { isDeepStrictEqual } from 'node:util';
import { isMap, type Json } from '../../host/json-value.ts';
import type { ExpectedNetwork } from './expected-network.ts';

const withoutNoProxy = (value: Json | undefined): Readonly<Record<string, Json>> | undefined => {
  if (!isMap(value)) return undefined;
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== 'no-proxy'));
};

/**
 * Whether the difference only follows the host's links and routes: it is written, and Docker reads it when it is started
 * for another reason. A VPN that comes and goes must not end the host's containers.
 */
export const isDeferred = (
  key: string,
  {
    was,
    wanted,
    expect,
  }: { readonly [value in 'was' | 'wanted']: Json | undefined } & {
    readonly expect: ExpectedNetwork | undefined;
  },
): boolean => {
  if (key === 'mtu') return expect?.followsMtu === true;
  const proxies = withoutNoProxy(was);
  return key === 'proxies' && proxies !== undefined && isDeepStrictEqual(proxies, withoutNoProxy(wanted));
};
