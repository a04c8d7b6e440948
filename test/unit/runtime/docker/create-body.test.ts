import { test } from 'tap';
import { containerBody, sandboxBody } from '../../../../daemon/runtime/docker/create-body.ts';
import { nameOf } from '../../../../daemon/runtime/docker/identity.ts';
import type { ContainerConfig, Mount, SandboxConfig } from '../../../../daemon/runtime/runtime.ts';
import { sandboxConfig } from '../../../support/runtime-configs.ts';

const pod = { namespace: 'kube-system', name: 'etcd-n1', uid: '0123' };

const aSandbox = (change: Partial<SandboxConfig> = {}) =>
  sandboxConfig('etcd-n1', 'pause:1', { pod, network: 'pod', ...change });

const aContainer = (change: Partial<ContainerConfig> = {}): ContainerConfig => ({
  pod,
  sandboxId: 'abc',
  container: 'etcd',
  attempt: 2,
  image: 'sha256:1',
  env: ['A=b'],
  mounts: [],
  pid: 'own',
  hostNetwork: false,
  tty: false,
  stdin: false,
  stdinOnce: false,
  labels: {},
  security: {},
  resources: {},
  log: { maxSizeBytes: 10485760, maxFiles: 5 },
  ...change,
});

const sandbox = (change: Partial<SandboxConfig>, isProtected = true) =>
  sandboxBody(aSandbox(change), 'x', { isProtected });
const container = (change: Partial<ContainerConfig>, isProtected = true) =>
  containerBody(aContainer(change), 'x', { isProtected, hasReadOnlyDepth: false });

test('names are dockershim’s', async (t) => {
  t.equal(nameOf(pod, 'etcd', 2), 'k8s_etcd_etcd-n1_kube-system_0123_2');
});

test('a uid that Docker takes in no name is in it by its hash', async (t) => {
  t.match(nameOf({ ...pod, uid: 'a b:ü' }, 'etcd', 0), /^k8s_etcd_etcd-n1_kube-system_uid\.[0-9a-f]{32}_0$/);
});

test('a sandbox', async (t) => {
  t.test('is on the network that it is told, or on Docker’s own', async (t) => {
    t.match(sandbox({}), { HostConfig: { NetworkMode: 'bridge' } });
    t.match(sandboxBody(aSandbox(), 'x', { isProtected: true, podNetwork: 'bootlet' }), {
      HostConfig: { NetworkMode: 'bootlet' },
    });
  });

  t.test('carries its identity in labels, which the caller’s own labels do not override', async (t) => {
    const { Labels } = sandbox({ attempt: 3, labels: { app: 'db', 'io.bootlet.instance': 'forged' } });
    t.same(Labels, {
      app: 'db',
      'io.kubernetes.pod.name': 'etcd-n1',
      'io.kubernetes.pod.namespace': 'kube-system',
      'io.kubernetes.pod.uid': '0123',
      'io.kubernetes.container.name': 'POD',
      'annotation.io.kubernetes.container.restartCount': '3',
      'io.bootlet.instance': 'x',
    });
  });

  t.test('never has the label by which cri-dockerd takes a container for its own', async (t) => {
    t.notMatch(sandbox({}), { Labels: { 'io.kubernetes.docker.type': String } });
  });

  t.test('with a network of its own has the pod’s host name and publishes its ports', async (t) => {
    const ports = [
      { hostIP: '', hostPort: 53, containerPort: 5353, protocol: 'udp' },
      { hostIP: '10.0.0.1', hostPort: 54, containerPort: 5353, protocol: 'udp' },
    ] as const;
    t.match(sandbox({ ports }), {
      Hostname: 'etcd-n1',
      ExposedPorts: { '5353/udp': {} },
      HostConfig: {
        NetworkMode: 'bridge',
        PortBindings: {
          '5353/udp': [
            { HostIp: '', HostPort: '53' },
            { HostIp: '10.0.0.1', HostPort: '54' },
          ],
        },
      },
    });
  });

  t.test('in the host’s network has neither host name nor published ports, which Docker would refuse', async (t) => {
    const body = sandbox({
      network: 'host',
      ports: [{ hostIP: '', hostPort: 80, containerPort: 80, protocol: 'tcp' }],
    });
    t.match(body, { HostConfig: { NetworkMode: 'host', UTSMode: 'host' } });
    t.notMatch(body, { Hostname: String });
    t.notMatch(body, { ExposedPorts: Object });
    t.notMatch(body['HostConfig'], { PortBindings: Object });
  });

  t.test('lets its containers join its IPC, or is in the host’s', async (t) => {
    t.match(sandbox({}), { HostConfig: { IpcMode: 'shareable' } });
    t.match(sandbox({ hostIPC: true, hostPID: true }), { HostConfig: { IpcMode: 'host', PidMode: 'host' } });
  });

  t.test('is protected from the OOM killer only where dockerd may do that', async (t) => {
    const resources = { oomScoreAdj: -998, cpuShares: 2 };
    t.match(sandbox({ resources }), { HostConfig: { OomScoreAdj: -998, CpuShares: 2 } });
    t.notMatch(sandbox({ resources }, false)['HostConfig'], { OomScoreAdj: Number });
  });
});

test('a container', async (t) => {
  t.test('joins network and IPC of its sandbox and is restarted by nobody but bootlet', async (t) => {
    const body = container({});
    t.match(body, {
      HostConfig: {
        NetworkMode: 'container:abc',
        IpcMode: 'container:abc',
        RestartPolicy: { Name: 'no' },
        Init: false,
      },
      Healthcheck: { Test: ['NONE'] },
    });
    t.notMatch(body, { Hostname: String });
    t.notMatch(body, { ExposedPorts: Object });
  });

  t.test('leaves entrypoint and command to the image unless the manifest gives them', async (t) => {
    const plain = container({});
    t.notMatch(plain, { Entrypoint: Array });
    t.notMatch(plain, { Cmd: Array });
    t.match(container({ command: ['/a'], args: ['b'] }), { Entrypoint: ['/a'], Cmd: ['b'] });
  });

  t.test('mounts what is there and never has Docker create the source', async (t) => {
    const mount = { source: '/etc/a:b', target: '/c', readOnly: true } as const;
    t.match(container({ mounts: [{ ...mount, propagation: 'rslave' }] }), {
      HostConfig: {
        Mounts: [
          { Type: 'bind', Source: '/etc/a:b', Target: '/c', ReadOnly: true, BindOptions: { Propagation: 'rslave' } },
        ],
      },
    });
    t.notMatch(container({ mounts: [{ ...mount, propagation: 'private' }] }), {
      HostConfig: { Mounts: [{ BindOptions: Object }] },
    });
  });

  t.test('says how deep a mount is read-only where Docker would make it as deep as it can', async (t) => {
    const mount = { source: '/a', target: '/b', readOnly: true, propagation: 'private' } as const;
    const optionsOf = (change: Partial<Mount>, hasReadOnlyDepth = true): unknown => {
      const config = aContainer({ mounts: [{ ...mount, ...change }] });
      const { HostConfig } = containerBody(config, 'x', { isProtected: true, hasReadOnlyDepth });
      return (HostConfig as { readonly Mounts: readonly { readonly BindOptions?: unknown }[] }).Mounts[0]?.BindOptions;
    };
    t.same(optionsOf({}), { ReadOnlyNonRecursive: true });
    t.same(optionsOf({ propagation: 'rslave' }), { Propagation: 'rslave', ReadOnlyNonRecursive: true });
    t.same(optionsOf({ recursiveReadOnly: true }), { Propagation: 'rprivate', ReadOnlyForceRecursive: true });
    t.equal(optionsOf({ readOnly: false }), undefined);
    t.equal(optionsOf({}, false), undefined);
  });

  t.test('logs to rotated JSON files whatever daemon.json says', async (t) => {
    t.match(container({}), {
      HostConfig: { LogConfig: { Type: 'json-file', Config: { 'max-size': '10485760', 'max-file': '5' } } },
    });
  });

  t.test('has limits in Docker’s units, and no swap', async (t) => {
    t.match(
      container({ resources: { cpuShares: 512, cpuQuota: 50000, memoryBytes: 1048576, oomScoreAdj: 985 } }, false),
      {
        HostConfig: {
          CpuShares: 512,
          CpuPeriod: 100000,
          CpuQuota: 50000,
          Memory: 1048576,
          MemorySwap: 1048576,
          OomScoreAdj: 985,
        },
      },
    );
  });

  t.test('has the security context in Docker’s words', async (t) => {
    const security = {
      privileged: false,
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      addCapabilities: ['NET_ADMIN'],
      dropCapabilities: ['ALL'],
      user: '1000:1000',
      supplementalGroups: ['2000'],
      seccomp: 'unconfined',
    } as const;
    t.match(container({ security }), {
      User: '1000:1000',
      HostConfig: {
        Privileged: false,
        ReadonlyRootfs: true,
        CapAdd: ['NET_ADMIN'],
        CapDrop: ['ALL'],
        GroupAdd: ['2000'],
        SecurityOpt: ['no-new-privileges', 'seccomp=unconfined'],
      },
    });
  });
});
