import type { X509Certificate } from 'node:crypto';
import type { Config } from '../../config/schema.ts';
import { BootletError } from '../../errors.ts';
import { unlessMissing } from '../../host/missing.ts';
import { readTrusted } from '../../host/trusted-file.ts';
import type { Clock } from '../../reconcile/clock.ts';
import type { Identity } from '../apiserver/access.ts';
import { parseAuthorities, validAuthorities } from './authorities.ts';
import type { BootstrapToken } from './bootstrap-token.ts';
import { authoritiesNow, firstLook, type Proof, proveByClusterInfo, urlOf } from './by-cluster-info.ts';
import { isElsewhere, readDiscoveryFile } from './by-file.ts';
import type { Discovery } from './discovery.ts';
import { pinnedOf } from './pins.ts';
import { judgeUnsigned } from './token-verdict.ts';

const MAX_FILE_BYTES = 1024 * 1024;
/** As kubeadm's constants.DiscoveryRetryInterval; at first sooner, since most signatures come within a second. */
const RETRY_MS = 5000;
const FIRST_RETRY_MS = 250;

export interface DiscovererOptions {
  readonly cluster: Pick<Config['cluster'], 'servers' | 'caFile' | 'discovery'>;
  readonly clock: Clock;
  readonly stopping: AbortSignal;
}

/** Finds out who the cluster is, by the way that the configuration gives: an authority, a discovery file, or cluster-info. */
export class Discoverer {
  readonly #options: DiscovererOptions;
  /** What was seen of the token at the last looks. */
  #seen: { readonly id: string; readonly missingSince: number | undefined; readonly wasKnown: boolean } | undefined;

  constructor(options: DiscovererOptions) {
    this.#options = options;
  }

  /**
   * What the configuration and files of this host say of the cluster. Undefined where it takes a server to tell.
   * @throws BootletError E_CA_INVALID, E_CA_PRIVATE_KEY, E_KUBECONFIG, E_FILE_UNTRUSTED; system errors as they come
   */
  async given(): Promise<Trusted | undefined> {
    if (isElsewhere(this.#options.cluster.discovery.file)) return undefined;
    const given = await this.#read();
    return given && this.#trusted(given);
  }

  /**
   * One look, which never waits for anything but answers: at most 30 s for each server.
   * @param token without one, only pins prove who the cluster is
   * @throws BootletError E_CLOCK_SKEW before anything that a wrong clock would spoil; E_TOKEN_*, E_CA_*, E_CLUSTER_*,
   * E_KUBECONFIG, E_FILE_UNTRUSTED, E_TLS_UNTRUSTED, E_APISERVER_UNAVAILABLE; system errors of files as they come
   */
  async discover(token?: BootstrapToken): Promise<Discovery> {
    const { clock, stopping, cluster } = this.#options;
    const given = await this.#read();
    if (given !== undefined) {
      await firstOf(given.servers, (server) => firstLook(urlOf(server, '/version'), clock, stopping));
      return this.#trusted(given);
    }
    const pins = cluster.discovery.caCertHashes;
    if (pins.length === 0 && (token === undefined || !cluster.discovery.unsafeSkipCAVerification)) throw nothingGiven();
    const proof: Proof = await firstOf(cluster.servers, (server) =>
      proveByClusterInfo({ server, pins, clock, stopping }, token),
    );
    return this.#afterProof(proof, token);
  }

  /** What the cluster that is known by these authorities tells of its authorities now. @throws as authoritiesNow */
  authoritiesNow(caPem: string): Promise<string> {
    const { cluster, clock, stopping } = this.#options;
    return firstOf(cluster.servers, (server) => authoritiesNow({ server, clock, stopping }, caPem));
  }

  /** Asks what time it is there. @throws BootletError E_CLOCK_SKEW, E_APISERVER_UNAVAILABLE */
  async checkClock(): Promise<void> {
    const { clock, stopping, cluster } = this.#options;
    await firstOf(cluster.servers, (server) => firstLook(urlOf(server, '/version'), clock, stopping));
  }

  async #read(): Promise<Given | undefined> {
    const { cluster, stopping } = this.#options;
    const { servers, caFile, discovery } = cluster;
    if (caFile !== '') {
      const caPem = await readGiven(caFile);
      return { servers, authorities: this.#authoritiesIn(caPem, caFile), where: caFile };
    }
    if (discovery.file !== '') {
      const { server, caPem, identity } = await readDiscoveryFile(discovery.file, stopping);
      return {
        servers: servers.length > 0 ? servers : [server],
        authorities: this.#authoritiesIn(caPem, discovery.file),
        where: discovery.file,
        ...(identity === undefined ? {} : { identity }),
      };
    }
    const isPlain = servers.length > 0 && servers.every((server) => server.startsWith('http:'));
    return isPlain ? { servers, authorities: undefined, where: '' } : undefined;
  }

  #authoritiesIn(caPem: string, where: string): readonly X509Certificate[] {
    const authorities = parseAuthorities(caPem, where);
    const pins = this.#options.cluster.discovery.caCertHashes;
    if (pins.length === 0 || pinnedOf(authorities, pins).length > 0) return authorities;
    throw new BootletError('E_CLUSTER_UNTRUSTED', `${where} holds none of cluster.discovery.caCertHashes`, {
      hint: 'One of the two is of another cluster.',
      retryable: false,
    });
  }

  #trusted({ authorities, where, ...known }: Given): Trusted {
    const caPem = authorities && validAuthorities(authorities, where, this.#options.clock.now());
    return { state: 'trusted', ...known, caPem };
  }

  #afterProof(proof: Proof, token: BootstrapToken | undefined): Discovery {
    const now = this.#options.clock.now();
    const seen = this.#seen?.id === token?.id ? this.#seen : undefined;
    if (proof.kind === 'proved' || token === undefined) {
      if (proof.kind === 'unsigned') throw nothingGiven();
      if (token !== undefined) this.#seen = { id: token.id, missingSince: undefined, wasKnown: true };
      return { state: 'trusted', servers: this.#options.cluster.servers, caPem: proof.caPem };
    }
    const { id, writtenAt } = token;
    const missingSince = seen?.missingSince ?? now;
    const { others, isAccepted } = proof;
    const wasKnown = seen?.wasKnown === true || isAccepted === true;
    this.#seen = { id, missingSince, wasKnown };
    const evidence = { id, ageMs: now - writtenAt, missingMs: now - missingSince, wasKnown, others, isAccepted };
    const retryAt = now + Math.min(RETRY_MS, Math.max(FIRST_RETRY_MS, evidence.missingMs));
    return { state: 'waiting', retryAt, ...judgeUnsigned(evidence) };
  }
}

type Trusted = Discovery & { readonly state: 'trusted' };

interface Given {
  readonly servers: readonly string[];
  /** Whether or not they are valid now; undefined for plain HTTP. */
  readonly authorities: readonly X509Certificate[] | undefined;
  /** What they were found in. */
  readonly where: string;
  readonly identity?: Identity;
}

/** @throws BootletError E_FILE_UNREADABLE where there is none, and as `readTrusted` */
const readGiven = async (path: string): Promise<string> => {
  const bytes = await unlessMissing(readTrusted(path, MAX_FILE_BYTES));
  if (bytes !== undefined) return Buffer.from(bytes).toString();
  throw new BootletError('E_FILE_UNREADABLE', `there is no ${path}`, {
    hint: 'It is to be the ca.crt of the cluster, from /etc/kubernetes/pki of a control plane.',
  });
};

/** What the first server gives that can give it; what is told of the others is told when none can. */
const firstOf = async <T>(servers: readonly string[], look: (server: string) => Promise<T>): Promise<T> => {
  const errors: unknown[] = [];
  for (const server of servers) {
    try {
      return await look(server);
    } catch (error) {
      errors.push(error);
    }
  }
  const isAway = (error: unknown) => error instanceof BootletError && error.code === 'E_APISERVER_UNAVAILABLE';
  throw errors.find((error) => !isAway(error)) ?? errors[0] ?? nothingGiven();
};

const nothingGiven = (): BootletError =>
  new BootletError('E_CLUSTER_UNTRUSTED', 'there is nothing to know the cluster by', {
    hint: 'Give cluster.servers, and cluster.discovery.caCertHashes (`kubeadm token create --print-join-command` prints the hash), cluster.caFile or cluster.discovery.file.',
    retryable: false,
  });
