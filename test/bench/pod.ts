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
  /** What a readiness probe asks every ten seconds, at 127.0.0.1 of the daemon; none: no probe. */
  readonly probedPort?: number;
}

export const CONTAINER = 'main';
export const FOLDER_IN_POD = '/bench';

export const argsOf = (pod: BenchPod): string[] => [`${FOLDER_IN_POD}/stamps.sock`, pod.name, pod.onTerm];

const readinessProbe = ({ probedPort: port }: BenchPod) =>
  port === undefined ? undefined : { httpGet: { host: '127.0.0.1', port, path: '/' }, periodSeconds: 10 };

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
          readinessProbe: readinessProbe(pod),
          volumeMounts: [{ name: 'bench', mountPath: FOLDER_IN_POD }],
        },
      ],
      volumes: [{ name: 'bench', hostPath: { path: dirname(socket) } }],
    },
  });
