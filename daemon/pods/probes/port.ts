import { BootletError } from '../../errors.ts';
import type { Container } from '../v1.ts';

/**
 * A port by number, or by the name it has in the container (pkg/probe ResolveContainerPort).
 * @throws BootletError E_PROBE_TARGET
 */
export const portOf = (port: number | string, container: Container): number => {
  const named = typeof port === 'string' ? container.ports?.find((p) => p.name === port)?.containerPort : undefined;
  const number = named ?? (/^[+-]?\d+$/.test(String(port)) ? Number(port) : undefined);
  if (number === undefined) throw new BootletError('E_PROBE_TARGET', `the container has no port named ${port}`);
  if (number < 1 || number > 65535) throw new BootletError('E_PROBE_TARGET', `invalid port number: ${number}`);
  return number;
};
