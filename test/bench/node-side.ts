import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type Child, startChild } from '../lab/child.ts';
import { tokenKubeconfig } from '../lab/cluster/token-kubeconfig.ts';
import type { Cluster } from '../lab/cluster.ts';
import { startDockerd } from '../lab/dockerd.ts';
import { freePorts } from '../lab/free-ports.ts';
import { realKubelets } from '../lab/kubelet.ts';
import { bootletProgram } from '../lab/program.ts';
import type { Scope } from '../lab/scope.ts';

/** How a host that is no node yet knows the cluster. */
export type Discovery = 'ca' | 'cluster-info';

/** What makes a bare host a node, from a bootstrap token: bootlet, or the kubelet. */
export interface NodeSide {
  /** Lays out a host of this name that has nothing but the token. What it gives starts the process. */
  prepare(nodeName: string, token: string): Promise<() => Child>;
}

/**
 * The kubelet's TLS bootstrap, from a kubeconfig with the token and the cluster's authority, as `kubeadm join` writes it.
 * Its runtime says that it has a network.
 */
export const kubeletSide = async (scope: Scope, cluster: Cluster): Promise<NodeSide> => {
  const kubelets = await realKubelets(scope);
  return {
    prepare: async (nodeName, token) => {
      const dir = await newFolder(scope);
      const [port = 0] = await freePorts(1);
      const bootstrap = join(dir, 'bootstrap.conf');
      await writeFile(bootstrap, tokenKubeconfig(cluster, token), { mode: 0o600 });
      return kubelets.prepare({
        config: { rotateCertificates: true, port, healthzPort: 0 },
        flags: [
          ...['--bootstrap-kubeconfig', bootstrap, '--kubeconfig', join(dir, 'kubelet.conf')],
          ...['--cert-dir', join(dir, 'pki'), '--hostname-override', nodeName],
        ],
      });
    },
  };
};

/** A whole daemon on a Docker of its own, whose network is not its to make. */
export const bootletSide = async (scope: Scope, cluster: Cluster, discovery: Discovery): Promise<NodeSide> => {
  const docker = await startDockerd(scope);
  return {
    prepare: async (nodeName, token) => {
      const dir = await newFolder(scope);
      const [tokenFile, caFile, configFile] = [join(dir, 'token'), join(dir, 'ca.crt'), join(dir, 'config.yaml')];
      const paths = Object.fromEntries(
        Object.entries({
          ...{ manifests: 'manifests', state: 'state', run: 'run', podLogs: 'pod-logs', images: 'images' },
          ...{ containerLogs: 'container-logs', kubeconfig: 'bootlet.conf' },
          ...{ sysctlFile: 'sysctl.conf', modulesFile: 'modules.conf' },
        }).map(([name, file]) => [name, join(dir, file)]),
      );
      const known = discovery === 'ca' ? { caFile, discovery: {} } : { discovery: { caCertHashes: [cluster.caHash] } };
      await Promise.all([
        writeFile(tokenFile, `${token}\n`, { mode: 0o600 }),
        writeFile(caFile, cluster.caPem, { mode: 0o644 }),
        writeFile(
          configFile,
          stringify({
            nodeName,
            paths,
            cluster: { servers: cluster.urls, tokenFile, ...known },
            runtime: { docker: { endpoint: docker.endpoint } },
            network: { manage: false },
          }),
          { mode: 0o600 },
        ),
      ]);
      return () => {
        const bootlet = startChild([...bootletProgram(), 'run', '--config', configFile]);
        scope.teardown(() => bootlet.end('SIGTERM'));
        return bootlet;
      };
    },
  };
};

const newFolder = async (scope: Scope): Promise<string> => {
  const dir = await mkdtemp(join(tmpdir(), 'bl-node-'));
  scope.teardown(() => rm(dir, { recursive: true, force: true }));
  return dir;
};
