import { test } from 'tap';
import type { LineListener } from '../../../../daemon/host/supervise-lines.ts';
import { ProgramMonitor } from '../../../../daemon/network/monitors/program-monitor.ts';

/** A monitor that is started, and what it does, in order. */
const aMonitor: () => { readonly steps: readonly string[]; readonly listener: LineListener } = () => {
  const steps: string[] = [];
  const listeners: LineListener[] = [];
  const monitor = new ProgramMonitor(
    { kind: 'rules', program: 'nft', args: ['monitor'], up: () => void steps.push('forgotten') },
    {
      supervise: (_program, _args, listener) => {
        listeners.push(listener);
        return { stop: async () => undefined };
      },
      events: {
        changed: (kind) => void steps.push(`${kind} changed`),
        listening: (kind) => void steps.push(`${kind} listening`),
        deaf: (kind) => void steps.push(`${kind} deaf`),
      },
      log: { info: () => undefined, warn: () => undefined },
    },
  );
  monitor.start();
  const [listener] = listeners;
  if (listener === undefined) throw new Error('nothing is supervised');
  return { steps, listener };
};

test('what is known is forgotten before it is told that changes are heard: a change, then the first one that is heard', (t) => {
  const { steps, listener } = aMonitor();
  listener.onUp();
  listener.onLine('add rule inet filter forward drop');
  t.same(steps, ['forgotten', 'rules listening', 'rules changed']);
  t.end();
});
