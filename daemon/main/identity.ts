import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostFacts } from '../host/facts/facts.ts';
import { connectTo } from '../node/apiserver/connect.ts';
import { ApiserverSession } from '../node/apiserver/session.ts';
import { authoritiesController } from '../node/credentials/authorities-controller.ts';
import { CertificateFiles } from '../node/credentials/certificate-files.ts';
import { givenIdentity } from '../node/credentials/given-identity.ts';
import type { IdentitySource } from '../node/credentials/identity-source.ts';
import { joinController } from '../node/credentials/join-controller.ts';
import { KnownCluster } from '../node/credentials/known-cluster.ts';
import { ownCertificate } from '../node/credentials/own-certificate.ts';
import { Discoverer } from '../node/discovery/discoverer.ts';
import { nodeCheck } from '../node/registration/node-check.ts';
import { sessionType, wantedClusterType } from '../node/resources.ts';
import type { Foundation } from './foundation.ts';

/** Who this host is to the cluster, and the connection that it has by that. */
export const buildIdentity = (foundation: Foundation, facts: HostFacts): ApiserverSession => {
  const { config, store, engine, clock, random, log, stopping } = foundation;
  const { nodeName } = config;
  const { servers, register } = config.cluster;
  store.claim(wantedClusterType, 'configuration').put(nodeName, { servers, register });
  const session = new ApiserverSession({ nodeName, clock, random, log, sessions: store.claim(sessionType, 'session') });
  const discoverer = new Discoverer({ cluster: config.cluster, clock, stopping });
  const known = new KnownCluster({
    cluster: config.cluster,
    file: join(config.paths.state, 'cluster.json'),
    discoverer,
  });
  engine.add(joinController({ nodeName, source: identitySource(foundation, { facts, discoverer, known }), session }));
  engine.add(authoritiesController({ nodeName, known, clock, random }));
  return session;
};

interface IdentityNeeds {
  readonly facts: HostFacts;
  readonly discoverer: Discoverer;
  readonly known: KnownCluster;
}

const identitySource = (
  { config, clock, stopping, events }: Foundation,
  { facts, discoverer, known }: IdentityNeeds,
): IdentitySource => {
  const { cluster, nodeName, paths } = config;
  if (cluster.auth !== 'bootstrap-token') return givenIdentity({ cluster, clock, known, discoverer });
  return ownCertificate({
    nodeName,
    kubeconfigFile: paths.kubeconfig,
    tokenFile: cluster.tokenFile,
    files: new CertificateFiles(join(paths.state, 'pki')),
    clock,
    stopping,
    connect: (access) => connectTo(access, clock),
    known,
    discoverer,
    checkNode: nodeCheck({ identity: { nodeName, ...facts }, clock, events }),
    onJoined: async () => {
      if (cluster.removeToken) await rm(cluster.tokenFile, { force: true });
    },
  });
};
