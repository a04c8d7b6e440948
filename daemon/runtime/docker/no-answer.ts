import { BootletError } from '../../errors.ts';
import { unless } from '../../host/missing.ts';
import type { DockerEngine } from './engine.ts';

/** Nobody is there, or whoever holds the socket keeps what is asked: systemd while dockerd starts, a dockerd that hangs. */
const NO_ANSWER = ['E_RUNTIME_UNAVAILABLE', 'E_TIMEOUT'];

/** Undefined while Docker does not answer. */
export const unlessNoAnswer = <T>(work: Promise<T>): Promise<T | undefined> => unless(NO_ANSWER, work);

/** The engine for one look: what it has not answered by so many milliseconds from now fails with E_TIMEOUT. */
export const answeringWithin = (engine: Pick<DockerEngine, 'call'>, ms: number): Pick<DockerEngine, 'call'> => {
  const look = new AbortController();
  const end = (): void => look.abort(new BootletError('E_TIMEOUT', `docker did not answer within ${ms / 1000} s`));
  setTimeout(end, ms).unref();
  return { call: (call) => engine.call({ signal: look.signal, ...call }) };
};
