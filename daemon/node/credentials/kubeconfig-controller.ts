import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeFileAtomically } from '../../host/atomic-file.ts';
import { unlessMissing } from '../../host/missing.ts';
import { type Controller, done, input } from '../../reconcile/controller.ts';
import { authoritiesType, joinStateType } from '../resources.ts';
import type { KnownCluster } from './known-cluster.ts';
import { type KubeconfigUser, kubeconfigOf } from './kubeconfig.ts';

export interface KubeconfigOptions {
  readonly nodeName: string;
  /** Where it is written. */
  readonly file: string;
  readonly user: KubeconfigUser;
  readonly known: Pick<KnownCluster, 'load'>;
}

/** Writes the kubeconfig for other tools of this host, once it has joined. The node itself never needs it. */
export const kubeconfigController = ({ nodeName, file, user, known }: KubeconfigOptions): Controller => ({
  name: 'kubeconfig',
  inputs: [input(joinStateType), input(authoritiesType)],
  outputs: [],
  async reconcile(_, { store }) {
    if (store.get(joinStateType, nodeName)?.state !== 'joined') return done;
    const trust = await known.load();
    const [server] = trust?.servers ?? [];
    if (trust === undefined || server === undefined) return done;
    const text = kubeconfigOf({ server, caPem: trust.caPem, nodeName, user });
    const present = await unlessMissing(readFile(file, 'utf8'));
    if (present === text) return done;
    await mkdir(dirname(file), { recursive: true });
    await writeFileAtomically(file, text);
    return done;
  },
});
