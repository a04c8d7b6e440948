import { dirname } from 'node:path';
import { STAMP_IMAGE } from './stamp/image.ts';

/** A benchmarked pod: one container that runs a stamp process. */
export interface BenchPod {
  readonly name: string;
  readonly network: 'pod' | 'host';
  readonly onTerm: 'exits' | 'ignores';
  readonly graceSeconds: number;
  /** Another number makes it another pod of the same name. */
  readonly edition: number;
}

export const CONTAINER = 'main';
export const FOLDER_IN_POD = '/bench';

export const argsOf = (pod: BenchPod): string[] => [`${FOLDER_IN_POD}/stamps.sock`, pod.name, pod.onTerm];

/** The pod as a static pod manifest (JSON). `socket` is the stamp server's path on the host. */
export const manifestOf = (pod: BenchPod, socket: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: pod.name },
    spec: {
      hostNetwork: pod.network === 'host',
      terminationGracePeriodSeconds: pod.graceSeconds,
      containers: [
        {
          name: CONTAINER,
          image: STAMP_IMAGE,
          imagePullPolicy: 'Never',
          args: argsOf(pod),
          env: [{ name: 'EDITION', value: String(pod.edition) }],
          volumeMounts: [{ name: 'bench', mountPath: FOLDER_IN_POD }],
        },
      ],
      volumes: [{ name: 'bench', hostPath: { path: dirname(socket) } }],
    },
  });
