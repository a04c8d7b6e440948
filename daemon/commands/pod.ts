import type { Command } from 'commander';
import type { ServedEvent } from '../api/events.ts';
import type { ServedPod } from '../api/pods.ts';
import type { Client } from './client.ts';
import { clientFor } from './context.ts';
import { findPod, pathOf } from './find-pod.ts';
import type { Io } from './io.ts';
import { type Format, outputOption, printObject } from './output.ts';
import { podText } from './pod-text.ts';

/** What may be done to a pod, by the last word of its path on the admin socket. */
const actions = [
  { verb: 'restart', description: 'make the containers of a pod anew', effect: 'restarts' },
  { verb: 'stop', description: 'end a pod and leave its manifest, until it is started again', effect: 'stops' },
  { verb: 'start', description: 'let a pod run that was stopped', effect: 'starts' },
] as const;

interface List<T> {
  readonly items: readonly T[];
}

const eventsOf = async (client: Client, { metadata: { namespace, name } }: ServedPod) => {
  const about = `involvedObject.kind=Pod,involvedObject.namespace=${namespace},involvedObject.name=${name}`;
  const path = `/api/v1/events?fieldSelector=${encodeURIComponent(about)}`;
  return (await client.get<List<ServedEvent>>(path)).items;
};

export const addPod = (program: Command, io: Io): void => {
  const pod = program.command('pod').description('look at one pod, restart it, stop it or start it');
  pod
    .command('inspect')
    .description('show everything about a pod, or about every pod')
    .argument('[name]', 'NAME or NAMESPACE/NAME, with or without the node at its end')
    .addOption(outputOption('json', 'yaml'))
    .action(async (wanted: string | undefined, { output }: { output: Format }, command: Command) => {
      const client = clientFor(command, io);
      const path = wanted === undefined ? 'pods' : pathOf(await findPod(client, wanted));
      const found = await client.get<ServedPod | List<ServedPod>>(`/api/v1/${path}`);
      if (output === 'json' || output === 'yaml') return printObject(io, output, found);
      const pods = 'items' in found ? found.items : [found];
      for (const pod of pods) io.out(podText(pod, await eventsOf(client, pod)));
    });
  for (const { verb, description, effect } of actions) {
    pod
      .command(verb)
      .description(description)
      .argument('<name>', 'NAME or NAMESPACE/NAME, with or without the node at its end')
      .action(async (wanted: string, _options: unknown, command: Command) => {
        const client = clientFor(command, io);
        const name = await findPod(client, wanted);
        await client.post(`/apis/bootlet.io/v1alpha1/${pathOf(name)}/${verb}`);
        io.out(`pod ${name.namespace}/${name.name} ${effect}\n`);
      });
  }
};
