import { lookup } from 'node:dns/promises';
import { connect, isIP } from 'node:net';
import type { Config } from '../../config/schema.ts';
import { BootletError, messageOf, systemCodeOf } from '../../errors.ts';
import type { Clock } from '../../reconcile/clock.ts';
import { ask } from '../discovery/ask.ts';
import type { BootstrapToken } from '../discovery/bootstrap-token.ts';
import { skewOf } from '../discovery/clock-skew.ts';
import { Discoverer } from '../discovery/discoverer.ts';
import { failed, type PreflightCheck, passed, warning } from './check.ts';

/** A handshake takes one round trip: what is not there by now is dropped on the way. */
const CONNECT_MS = 5000;
const PORTS: Readonly<Record<string, number>> = { 'https:': 443, 'http:': 80 };

export interface ServerCheckOptions {
  readonly cluster: Config['cluster'];
  readonly token: BootstrapToken | undefined;
  readonly clock: Clock;
  readonly stopping: AbortSignal;
  /** Addresses of this host: its own control plane may have yet to start. */
  readonly ownAddresses: readonly string[];
}

type Verdict = Omit<PreflightCheck, 'name' | 'subject'>;

/** What is between the host and one server of its cluster: name, way, clock and certificate, as far as one leads to the next. */
export const serverChecks = async (server: string, options: ServerCheckOptions): Promise<readonly PreflightCheck[]> => {
  const { hostname, port, protocol } = new URL(server);
  const host = hostname.replace(/^\[|\]$/g, '');
  const checks: PreflightCheck[] = [];
  const add = (name: string, verdict: Verdict): Verdict => {
    checks.push({ name, subject: server, ...verdict });
    return verdict;
  };

  const address = await addressOf(host);
  if (isIP(host) === 0) add('ServerName', address === undefined ? unknownName(host) : passed(`${host} is ${address}`));
  if (address === undefined) return checks;
  const number = port === '' ? (PORTS[protocol] ?? 0) : Number(port);
  const way = add('ServerReachable', await reach(address, number, options.ownAddresses));
  if (way.result !== 'passed') return checks;
  const skew = await skewTo(server, options);
  if (skew !== undefined) add('ClockSkew', clockVerdict(skew));
  if (protocol === 'https:') add('ServerTrusted', await trust(server, options));
  return checks;
};

const addressOf = async (host: string): Promise<string | undefined> => {
  if (isIP(host) !== 0) return host;
  return lookup(host).then(
    ({ address }) => address,
    () => undefined,
  );
};

const unknownName = (host: string): Verdict =>
  failed(
    `no name server knows ${host}`,
    `getent hosts ${host}; /etc/resolv.conf names the servers. Or give an address in cluster.servers`,
  );

const reach = (address: string, port: number, own: readonly string[]): Promise<Verdict> =>
  new Promise((resolve) => {
    const socket = connect({ host: address, port });
    const end = (verdict: Verdict): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(verdict);
    };
    const timer = setTimeout(() => end(dropped(address, port)), CONNECT_MS);
    socket.once('connect', () => end(passed(`port ${port} of ${address} is open`)));
    socket.once('error', (error) => end(refused(address, port, error, own)));
  });

const dropped = (address: string, port: number): Verdict =>
  failed(
    `port ${port} of ${address} does not answer: a firewall between drops what is sent, or the host is off`,
    `let tcp port ${port} through to ${address}, on the way and on that host`,
  );

const refused = (address: string, port: number, error: Error, own: readonly string[]): Verdict => {
  const code = systemCodeOf(error);
  if (code === 'ECONNREFUSED' && (own.includes(address) || address.startsWith('127.') || address === '::1')) {
    const message = `nothing listens on port ${port} of this host yet: fine where its own static pods are the control plane`;
    return warning(message, 'bootlet pods, once the daemon runs');
  }
  if (code === 'ECONNREFUSED')
    return failed(
      `nothing listens on port ${port} of ${address}`,
      'is it the address of the apiserver, and does that run?',
    );
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH')
    return failed(`there is no way to ${address}: ${code}`, `ip route get ${address}`);
  return failed(`port ${port} of ${address}: ${messageOf(error)}`, `ip route get ${address}`);
};

/** Undefined where it does not say. */
const skewTo = async (server: string, { clock, stopping }: ServerCheckOptions): Promise<number | undefined> => {
  const sentAt = clock.now();
  try {
    const { date } = await ask({ url: `${server}/version`, to: { kind: 'anyone' } }, stopping);
    return skewOf(date, sentAt, clock.now());
  } catch (error) {
    // What answers there is judged by its certificate.
    if (error instanceof BootletError) return undefined;
    throw error;
  }
};

const MOST_SKEW_MS = 5 * 60_000;
const LITTLE_SKEW_MS = 5000;

const clockVerdict = (skew: number): Verdict => {
  const seconds = Math.round(Math.abs(skew) / 1000);
  const message = `the clock of this host is ${seconds} s ${skew > 0 ? 'behind' : 'ahead of'} the server's`;
  const fix = 'timedatectl set-ntp true, on both';
  if (Math.abs(skew) > MOST_SKEW_MS) return failed(`${message}: certificates are not valid by it`, fix);
  return Math.abs(skew) > LITTLE_SKEW_MS ? warning(message, fix) : passed('the clocks agree');
};

/** By what the configuration knows the cluster by, and with the server's own certificate. */
const trust = async (server: string, { cluster, token, clock, stopping }: ServerCheckOptions): Promise<Verdict> => {
  try {
    const only = { ...cluster, servers: [server] };
    const found = await new Discoverer({ cluster: only, clock, stopping }).discover(token);
    if (found.state === 'waiting') return warning(found.message, 'bootlet token check');
    if (found.caPem !== undefined)
      await ask({ url: `${server}/version`, to: { kind: 'verified', caPem: found.caPem } }, stopping);
    return passed("its certificate is the cluster's");
  } catch (error) {
    if (!(error instanceof BootletError)) throw error;
    return failed(`${error.message} (${error.code})`, error.hint ?? `bootlet explain ${error.code}`);
  }
};
