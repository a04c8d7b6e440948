import { dockerOptions } from './docker-options.ts';
import { checked, count, digits, flag, list, listOr, map, oneOf, section, text, type ValueOf } from './field.ts';
import {
  caPin,
  cidr,
  domain,
  evictionSignals,
  ip,
  nodeName,
  path,
  pathOrEmpty,
  pathOrHttps,
  quantity,
  size,
  sourceFault,
  sysctlPattern,
  threshold,
  unixSocket,
} from './values.ts';

const percent = (fallback: number) => count(fallback, { max: 100 });

const paths = section({
  manifests: path('/etc/kubernetes/manifests'),
  state: path('/var/lib/bootlet'),
  run: path('/run/bootlet'),
  podLogs: path('/var/log/pods'),
  containerLogs: path('/var/log/containers'),
  images: path('/var/lib/bootlet/images'),
  kubeconfig: path('/etc/kubernetes/bootlet.conf'),
  sysctlFile: path('/etc/sysctl.d/90-bootlet.conf'),
  modulesFile: path('/etc/modules-load.d/bootlet.conf'),
});

const httpSource = checked(
  section({
    url: text(''),
    headersFile: pathOrEmpty,
    caFile: pathOrEmpty,
    intervalSeconds: count(20, { min: 1 }),
    allowInsecure: flag(false),
  }),
  sourceFault,
);

const pods = section({
  maxPods: count(110, { min: 1 }),
  http: list(httpSource),
  clusterDNS: list(ip),
  clusterDomain: domain('cluster.local'),
  allowedUnsafeSysctls: list(sysctlPattern),
  eviction: oneOf('none', 'none', 'priority'),
  logs: section({ maxSize: size(10 * 2 ** 20), maxFiles: count(5, { min: 1 }) }),
  imageGC: section({ highPercent: percent(85), lowPercent: percent(80), minAgeSeconds: count(120) }),
});

const network = section({
  manage: flag(true),
  podCIDRs: list(cidr),
  serviceCIDRs: list(cidr),
  bridge: section({ name: text('cbr0'), mtu: count(0, { max: 65535 }), hairpin: flag(true), promiscuous: flag(false) }),
  masquerade: section({
    enabled: flag(true),
    nonMasqueradeCIDRs: list(cidr, ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16']),
    randomFully: flag(true),
  }),
  sysctls: map(digits('')),
  docker: section({
    manage: flag(true),
    configFile: path('/etc/docker/daemon.json'),
    attach: oneOf('bridge', 'bridge', 'bip'),
    restart: listOr(list(text('')), oneOf('auto', 'auto', 'never')),
    options: dockerOptions,
  }),
  flannel: section({ subnetFile: pathOrEmpty }),
  pollSeconds: count(10, { min: 1 }),
  routes: oneOf('none', 'none', 'host-gw'),
});

const cluster = section({
  servers: list(text('', 'an http or https address', (value) => /^https?:\/\//.test(value) && URL.canParse(value))),
  caFile: pathOrEmpty,
  register: flag(true),
  auth: oneOf('bootstrap-token', 'bootstrap-token', 'token', 'client-certificate', 'none'),
  tokenFile: path('/etc/bootlet/token'),
  removeToken: flag(false),
  clientCertificateFile: pathOrEmpty,
  clientKeyFile: pathOrEmpty,
  discovery: section({ caCertHashes: list(caPin), file: pathOrHttps, unsafeSkipCAVerification: flag(false) }),
});

const node = section({
  labels: map(text('')),
  taints: list(
    section({
      key: text(''),
      value: text(''),
      effect: oneOf('NoSchedule', 'NoSchedule', 'PreferNoSchedule', 'NoExecute'),
    }),
  ),
  providerID: text(''),
  reserved: section({ system: map(quantity), kube: map(quantity) }),
  evictionHard: map(threshold, { 'memory.available': '100Mi', 'nodefs.available': '10%' }, evictionSignals),
});

/** Every setting, with its type and default, in the order in which `bootlet config default` prints them. */
export const schema = section({
  apiVersion: oneOf('bootlet.io/v1alpha1', 'bootlet.io/v1alpha1'),
  kind: oneOf('BootletConfiguration', 'BootletConfiguration'),
  mode: oneOf('standalone', 'standalone', 'companion'),
  /** Never empty once loaded: the lower-case hostname stands in. */
  nodeName,
  nodeIPs: list(ip),
  paths,
  pods,
  runtime: section({ docker: section({ endpoint: unixSocket('unix:///var/run/docker.sock'), pauseImage: text('') }) }),
  network,
  cluster,
  node,
  log: section({ level: oneOf('info', 'trace', 'debug', 'info', 'warn', 'error', 'fatal') }),
});

/** The configuration as bootlet uses it: complete, sizes in bytes. */
export type Config = ValueOf<typeof schema>;
