import { join } from 'node:path';
import type { Config } from '../config/schema.ts';
import type { HostFacts } from '../host/facts/facts.ts';
import type { Apiserver } from '../node/apiserver/apiserver.ts';
import { connectTo } from '../node/apiserver/connect.ts';
import { ApiserverSession } from '../node/apiserver/session.ts';
import { authoritiesController } from '../node/credentials/authorities-controller.ts';
import { CertificateFiles } from '../node/credentials/certificate-files.ts';
import { givenIdentity } from '../node/credentials/given-identity.ts';
import type { IdentitySource } from '../node/credentials/identity-source.ts';
import { IssuePace } from '../node/credentials/issue-pace.ts';
import { joinController } from '../node/credentials/join-controller.ts';
import { KnownCluster } from '../node/credentials/known-cluster.ts';
import type { KubeconfigUser } from '../node/credentials/kubeconfig.ts';
import { kubeconfigController } from '../node/credentials/kubeconfig-controller.ts';
import { ownCertificate } from '../node/credentials/own-certificate.ts';
import { tokenRemoval } from '../node/credentials/token-removal.ts';
import { Discoverer } from '../node/discovery/discoverer.ts';
import type { NodeMeters } from '../node/meters.ts';
import { nodeCheck } from '../node/registration/node-check.ts';
import { sessionType, wantedClusterType } from '../node/resources.ts';
import type { Foundation } from './foundation.ts';

/** Who this host is to the cluster, and the connection that it has by that. */
export const buildIdentity = (foundation: Foundation, facts: HostFacts, meters: NodeMeters): ApiserverSession => {
  const { config, store, engine, clock, random, log, stopping } = foundation;
  const { nodeName } = config;
  const { servers, register, discovery } = config.cluster;
  const isUnverified = discovery.unsafeSkipCAVerification;
  store.claim(wantedClusterType, 'configuration').put(nodeName, { servers, register, isUnverified });
  const { requests } = meters;
  const sessions = store.claim(sessionType, 'session');
  const session = new ApiserverSession({ nodeName, clock, random, log, requests, sessions });
  const discoverer = new Discoverer({ cluster: config.cluster, clock, stopping });
  const known = new KnownCluster({
    cluster: config.cluster,
    file: join(config.paths.state, 'cluster.json'),
    discoverer,
  });
  const files = new CertificateFiles(join(config.paths.state, 'pki'));
  const source = identitySource(foundation, { facts, meters, discoverer, known, files });
  engine.add(joinController({ nodeName, source, session }));
  engine.add(authoritiesController({ nodeName, known, clock, random }));
  engine.add(
    kubeconfigController({
      nodeName,
      file: config.paths.kubeconfig,
      user: kubeconfigUser(config.cluster, files),
      known,
    }),
  );
  const { auth, removeToken, tokenFile } = config.cluster;
  if (auth === 'bootstrap-token' && removeToken) engine.add(tokenRemoval(nodeName, tokenFile));
  return session;
};

interface IdentityNeeds {
  readonly facts: HostFacts;
  readonly meters: NodeMeters;
  readonly discoverer: Discoverer;
  readonly known: KnownCluster;
  readonly files: CertificateFiles;
}

const identitySource = (
  { config, clock, random, stopping, events }: Foundation,
  { facts, meters, discoverer, known, files }: IdentityNeeds,
): IdentitySource => {
  const { cluster, nodeName } = config;
  if (cluster.auth !== 'bootstrap-token') return givenIdentity({ cluster, clock, known, discoverer });
  const checkNode = async (apiserver: Apiserver): Promise<void> => {
    // Who only reads may read of a Node that another agent of this host keeps.
    if (!cluster.register) return;
    const holder = await nodeCheck(apiserver, { nodeName, ...facts }, clock.now());
    if (holder.state !== 'clone') return;
    const subject = { kind: 'Node', name: nodeName };
    events.report({ type: 'Warning', reason: 'NodeCloned', message: holder.message, subject });
  };
  return ownCertificate({
    nodeName,
    tokenFile: cluster.tokenFile,
    files,
    pace: new IssuePace(clock, random),
    clock,
    stopping,
    connect: (access) => connectTo(access, clock, meters),
    known,
    discoverer,
    checkNode,
  });
};

const kubeconfigUser = (cluster: Config['cluster'], files: CertificateFiles): KubeconfigUser => {
  switch (cluster.auth) {
    case 'bootstrap-token':
      return { 'client-certificate': files.current, 'client-key': files.current };
    case 'client-certificate':
      return { 'client-certificate': cluster.clientCertificateFile, 'client-key': cluster.clientKeyFile };
    case 'token':
      return { tokenFile: cluster.tokenFile };
    case 'none':
      return {};
  }
};
