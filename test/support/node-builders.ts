import type { Lease } from 'kubernetes-types/coordination/v1.d.ts';
import type { HostFacts } from '../../daemon/host/facts/facts.ts';
import { microTime } from '../../daemon/kubernetes/time.ts';
import type { Health } from '../../daemon/node/object/conditions.ts';
import type { StatusInputs } from '../../daemon/node/object/status.ts';
import type { NodePressure } from '../../daemon/shared-resources.ts';

export const someFacts: HostFacts = {
  machineID: 'machine-1',
  systemUUID: 'uuid-1',
  bootID: 'boot-1',
  kernelVersion: '6.1.0',
  osImage: 'Debian GNU/Linux 12 (bookworm)',
  architecture: 'amd64',
  swapBytes: 0,
};

const enough = (reason: string, message: string): NodePressure => ({ isPressed: false, reason, message });

export const healthy: Health = {
  pressures: new Map([
    ['MemoryPressure', enough('KubeletHasSufficientMemory', 'kubelet has sufficient memory available')],
    ['DiskPressure', enough('KubeletHasNoDiskPressure', 'kubelet has no disk pressure')],
    ['PIDPressure', enough('KubeletHasSufficientPID', 'kubelet has sufficient PID available')],
  ]),
  runtime: { ready: true, message: '' },
  network: { state: 'ready', podCIDRs: ['10.1.0.0/24'], hostPorts: 'rules' },
};

/** What the status of a healthy node `n1` is made from. */
export const statusInputs = (over: Partial<StatusInputs> = {}): StatusInputs => ({
  nodeName: 'n1',
  version: '0.1.0',
  facts: someFacts,
  hostIPs: ['10.0.0.1'],
  capacity: new Map([
    ['cpu', 2000n],
    ['memory', 8_148_232n * 1024n],
    ['ephemeral-storage', 47_093_746_742n],
    ['hugepages-2Mi', 0n],
    ['pods', 110n],
  ]),
  allocatable: new Map([
    ['cpu', 1900n],
    ['memory', 8_045_832n * 1024n],
    ['ephemeral-storage', 42_384_372_067n],
    ['hugepages-2Mi', 0n],
    ['pods', 110n],
  ]),
  runtime: { name: 'docker', version: '20.10.24' },
  images: [],
  health: healthy,
  ...over,
});

export const aLease = (renewedAt: number, seconds = 40): Lease => ({
  spec: { holderIdentity: 'n1', leaseDurationSeconds: seconds, renewTime: microTime(renewedAt) },
});
