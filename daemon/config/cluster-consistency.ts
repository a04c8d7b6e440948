import { type ConfigIssue, issueAt } from './issue.ts';
import type { Config } from './schema.ts';
import { placeOf, type Tree } from './tree.ts';

type Cluster = Config['cluster'];

interface Fault {
  /** Below `cluster`. */
  readonly path: readonly string[];
  readonly message: string;
}

const isPlain = (server: string): boolean => server.startsWith('http:');

/** Nothing secret is sent over plain HTTP, and who asks for it says so by name. */
const plainHttp = ({ servers, auth }: Cluster): readonly Fault[] => {
  if (!servers.some(isPlain)) return [];
  const path = ['servers'];
  if (auth !== 'none')
    return [{ path, message: 'must be https:// addresses; http:// only where cluster.auth is none' }];
  return servers.every(isPlain) ? [] : [{ path, message: 'must be all http:// or all https://' }];
};

/** A server that nothing is known about could be anybody's. */
const knownBySomething = ({ servers, auth, caFile, discovery }: Cluster): readonly Fault[] => {
  const { caCertHashes, file, unsafeSkipCAVerification } = discovery;
  const isByToken = auth === 'bootstrap-token' && unsafeSkipCAVerification;
  if (servers.every(isPlain) || caFile !== '' || file !== '' || caCertHashes.length > 0 || isByToken) return [];
  const message = 'must come with something to know the cluster by: discovery.caCertHashes, caFile or discovery.file';
  return [{ path: ['servers'], message }];
};

const discoveryFile = ({ servers, caFile, discovery: { file } }: Cluster): readonly Fault[] => {
  if (file === '') return [];
  const path = ['discovery', 'file'];
  if (caFile !== '') return [{ path, message: 'must be empty where caFile is given, which says the same' }];
  // What it says is kept only as far as it is no setting.
  const isAway = file.startsWith('https:') && servers.length === 0;
  return isAway ? [{ path, message: 'must come with cluster.servers where it is an https address' }] : [];
};

/** Only HOST and PORT of a server count, and credentials in an address would be shown with it. */
const bareServers = ({ servers }: Cluster): readonly Fault[] => {
  const path = ['servers'];
  const isBare = ({ pathname, search, hash, username, password }: URL): boolean =>
    ['', '/'].includes(pathname) && search + hash + username + password === '';
  // What is no address at all is told by itself.
  const urls = servers.flatMap((server) => URL.parse(server) ?? []);
  if (!urls.every(isBare))
    return [{ path, message: 'must be https://HOST:PORT each, without a path, a query or credentials' }];
  const isTwice = new Set(urls.map(({ origin }) => origin)).size < urls.length;
  return isTwice ? [{ path, message: 'must not have a server twice' }] : [];
};

const clientCertificate = ({ servers, auth, clientCertificateFile, clientKeyFile }: Cluster): readonly Fault[] => {
  if (auth !== 'client-certificate' || servers.length === 0) return [];
  if (clientCertificateFile !== '' && clientKeyFile !== '') return [];
  const message = 'client-certificate needs clientCertificateFile and clientKeyFile, which may be one file';
  return [{ path: ['auth'], message }];
};

export const clusterInconsistencies = ({ cluster }: Config, tree: Tree): readonly ConfigIssue[] =>
  [plainHttp, knownBySomething, discoveryFile, bareServers, clientCertificate]
    .flatMap((faultsOf) => faultsOf(cluster))
    .map(({ path, message }) => issueAt(placeOf(tree, ['cluster', ...path]), ['cluster', ...path].join('.'), message));
