import type { Bootlet } from '../bootlet.ts';
import { until } from '../until.ts';

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

interface ServedNetwork {
  readonly status: {
    readonly conditions: readonly Condition[];
    readonly settings: readonly {
      readonly metadata: { readonly name: string };
      readonly state: string;
      readonly message: string;
      readonly repairs: number;
    }[];
  };
}

export const networkOf = async (bootlet: Bootlet): Promise<ServedNetwork> =>
  (await bootlet.api('/apis/bootlet.io/v1alpha1/network')).body as ServedNetwork;

/** The condition, once it holds what is expected of it. */
export const networkCondition = (
  bootlet: Bootlet,
  type: string,
  expected: Partial<Pick<Condition, 'status' | 'reason'>>,
): Promise<Condition> => {
  let last = 'there is none';
  const look = async () => {
    const found = (await networkOf(bootlet)).status.conditions.find((condition) => condition.type === type);
    last = JSON.stringify(found);
    const { status = found?.status, reason = found?.reason } = expected;
    return found?.status === status && found?.reason === reason ? found : undefined;
  };
  return until(look, { what: `${type} ${JSON.stringify(expected)}` }).catch((cause: unknown) => {
    throw new Error(`${type} is ${last}\n${bootlet.log().join('\n')}`, { cause });
  });
};

/** Waits until pods can have the network and every setting is as configured. */
export const networkSettled = async (bootlet: Bootlet): Promise<void> => {
  await networkCondition(bootlet, 'NetworkConfigured', { status: 'True' });
  await networkCondition(bootlet, 'NetworkReady', { status: 'True' });
};
