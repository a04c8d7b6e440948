import { rm } from 'node:fs/promises';
import { type Controller, done, input } from '../../reconcile/controller.ts';
import { credentialsType, sessionType } from '../resources.ts';

/** Removes the bootstrap token (`cluster.removeToken`) once the cluster took the certificate that it was good for. */
export const tokenRemoval = (nodeName: string, tokenFile: string): Controller => ({
  name: 'token-removal',
  inputs: [input(sessionType), input(credentialsType)],
  outputs: [],
  async reconcile(_, { store }) {
    const isTaken = store.get(sessionType, nodeName)?.state === 'answers';
    const credentials = store.get(credentialsType, nodeName);
    if (isTaken && credentials?.certificate !== undefined && credentials.token !== undefined) {
      await rm(tokenFile, { force: true });
    }
    return done;
  },
});
