import type { Node, Pod } from 'kubernetes-types/core/v1.d.ts';
import { isMap } from '../../../daemon/host/json-value.ts';
import type { LikenessCase } from './pods.ts';

/** The status of a mirror pod without what no two hosts have the same, or what is the runtime's own to say. */
export const podLikeness = ({ metadata, spec, status }: Pod): unknown => {
  const names = [spec?.nodeName ?? '', metadata?.annotations?.['kubernetes.io/config.hash'] ?? ''];
  const hostIP = status?.hostIP ?? '';
  return mapped(status, (field, value) => {
    if (field === 'hostIP' || ((field === 'podIP' || field === 'ip') && value === hostIP)) return '@HOST@';
    if (field === 'podIP' || field === 'ip') return '@POD@';
    if (field === 'restartCount') return Number(value) > 0 ? 'some' : 'none';
    if (typeof value !== 'string') return value;
    if (/Time$|^(started|finished)At$/.test(field)) return '@TIME@';
    if (field === 'containerID') return value.replace(/^[a-z]+:\/\/[0-9a-f]{64}$/, '@ID@');
    if (field === 'imageID') return value.replace(/^sha256:[0-9a-f]{64}$/, '@IMAGE@');
    // containerd knows images by their whole names only.
    if (field === 'image') return value.replace('docker.io/', '');
    if (field !== 'message') return value;
    return names
      .reduce((text, name, n) => text.replaceAll(name, n === 0 ? '@NODE@' : '@UID@'), value)
      .replace(/^back-off \w+ /, 'back-off @TIME@ ')
      .replace(/^(Back-off pulling image \S+): .*$/, '$1: @RUNTIME@')
      .replace(/^.*OCI runtime create failed: .*$/, '@RUNTIME@');
  });
};

/** A Node without what is of its machine. */
export const nodeLikeness = ({ metadata, spec, status = {} }: Node): Record<string, unknown> => {
  const name = metadata?.name ?? '';
  const { nodeInfo, capacity, allocatable, images, addresses, ...rest } = status;
  const { architecture = '' } = nodeInfo ?? {};
  return {
    labels: mapped(metadata?.labels, (_, value) =>
      value === name ? '@NODE@' : value === architecture ? '@ARCH@' : value,
    ),
    annotations: metadata?.annotations,
    taints: spec?.taints,
    capacity: amountsOf(capacity),
    allocatable: amountsOf(allocatable),
    addresses: addresses?.map(({ type, address }) => ({ type, address: address === name ? '@NODE@' : '@ADDRESS@' })),
    imageFields: [...new Set(images?.flatMap((image) => Object.keys(image)))].toSorted(),
    ...mapped({ nodeInfo, ...rest }, (field, value) => {
      if (field === 'swap') return undefined;
      if (/Time$/.test(field)) return '@TIME@';
      if (field === 'kubeletVersion') return String(value).replace(/\+bootlet\..+$/, '+bootlet.@VERSION@');
      return /^(machineID|systemUUID|bootID|kernelVersion|osImage|architecture|containerRuntimeVersion)$/.test(field)
        ? `@${field}@`
        : value;
    }),
  };
};

/** How they are written. Which sizes of huge pages there are is the machine's matter. */
const amountsOf = (list: Readonly<Record<string, string>> = {}): Record<string, string> =>
  Object.fromEntries(
    Object.entries(list).flatMap(([name, text]) =>
      name.startsWith('hugepages-') ? [] : [[name, text.replace(/^\d+/, '#').replace(/[KMG]i$/, '@BINARY@')]],
    ),
  );

/** Conditions that kubelet and bootlet tell of alike, but for why a sandbox is not there: the kubelet tells that by events only. */
const isWithoutReason = (value: Readonly<Record<string, unknown>>): boolean =>
  value['type'] === 'PodReadyToStartContainers';

type Change = (field: string, value: unknown) => unknown;

const mapped = (value: unknown, change: Change): Record<string, unknown> => {
  const walked = walk(value, '', change);
  return isMap(walked) ? { ...walked } : {};
};

const walk = (value: unknown, field: string, change: Change): unknown => {
  if (Array.isArray(value)) return value.map((one) => walk(one, field, change));
  if (!isMap(value)) return change(field, value);
  const { reason, message, ...others } = value;
  const fields = isWithoutReason(value) ? others : value;
  const entries = Object.entries(fields).map(([name, one]) => [name, walk(one, name, change)] as const);
  return Object.fromEntries(entries.filter(([, one]) => one !== undefined));
};

/** Whether its containers are as the case has them at last. */
export const isSettled = ({ status }: Pod, { settled }: LikenessCase): boolean => {
  const all = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  return Object.entries(settled).every(([name, wanted]) => {
    const { running, waiting, terminated } = all.find((one) => one.name === name)?.state ?? {};
    return wanted === (running === undefined ? (waiting ?? terminated)?.reason : 'running');
  });
};
