import { createInterface } from 'node:readline';
import { BootletError, messageOf } from '../../errors.ts';
import type { Conversation } from '../../host/conversation.ts';
import { localProbe, type Probe } from './probe.ts';

/** One call of a probe in another network namespace, as a line of JSON. Both ends are the same executable. */
type Request =
  | { readonly do: 'listen'; readonly args: Parameters<Probe['listen']> }
  | { readonly do: 'tcp'; readonly args: Parameters<Probe['tcp']> }
  | { readonly do: 'udp'; readonly args: Parameters<Probe['udp']> };

const carryOut = (probe: Probe, request: Request): Promise<unknown> => {
  switch (request.do) {
    case 'listen':
      return probe.listen(...request.args);
    case 'tcp':
      return probe.tcp(...request.args);
    case 'udp':
      return probe.udp(...request.args);
    default:
      return request satisfies never;
  }
};

/** Carries out what it is asked for, one after the other, until the input ends. */
export const serveProbe = async (input: NodeJS.ReadableStream, write: (line: string) => void): Promise<void> => {
  const probe = localProbe();
  for await (const line of createInterface({ input })) {
    const answer = await carryOut(probe, JSON.parse(line)).then(
      (value) => ({ value }),
      (error: unknown) => ({ error: messageOf(error) }),
    );
    write(`${JSON.stringify(answer)}\n`);
  }
  probe.close();
};

/** A probe at the other end of a conversation. */
export const distantProbe = (conversation: Conversation): Omit<Probe, 'close'> => {
  const ask = async <T>(request: Request): Promise<T> => {
    const answer: { value: T } | { error: string } = JSON.parse(await conversation.ask(JSON.stringify(request)));
    if ('error' in answer) throw new BootletError('E_HOST_COMMAND', answer.error);
    return answer.value;
  };
  return {
    listen: (...args) => ask({ do: 'listen', args }),
    tcp: (...args) => ask({ do: 'tcp', args }),
    udp: (...args) => ask({ do: 'udp', args }),
  };
};
