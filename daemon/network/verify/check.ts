import { containsCidr, type Family, parseCidr } from '../../host/ip/cidr.ts';
import type { PodRange } from '../resources.ts';
import type { Answer } from './probe.ts';

/** One way that packets have to go, and whether they did. */
export interface Check {
  /** `pod address`, `pod → host`, `host → pod`, `pod → pod`, `pod → outside`; the same with `MTU`. */
  readonly name: string;
  readonly family: Family;
  readonly result: 'passed' | 'failed' | 'skipped';
  /** Addresses. */
  readonly from: string;
  readonly to: string;
  /** The source address that the far end saw. */
  readonly seen?: string;
  /** What it means, and what to look at. */
  readonly message: string;
}

/** Whether a pod has an address of the range that it should. @param address undefined: it has none of the family */
export const judgeAddress = (
  { family, cidr }: Pick<PodRange, 'family' | 'cidr'>,
  address: string | undefined,
): Check => {
  const way = { name: 'pod address', family, from: address ?? '', to: cidr };
  const [range, own] = [parseCidr(cidr), parseCidr(address ?? '')];
  const isWithin = range !== undefined && own !== undefined && containsCidr(range, own);
  if (isWithin) return { ...way, result: 'passed', message: 'of the range' };
  const what = address === undefined ? `pods have no ${family} address` : 'not of the range';
  return { ...way, result: 'failed', message: `${what}: bootlet network show says what keeps Docker from the bridge` };
};

/** The way that a check is about. */
export type Way = Pick<Check, 'name' | 'family' | 'from' | 'to'>;

/** Whether it got through, and was seen with its own address. */
export const judgeDirect = (way: Way, answer: Answer): Check => {
  if (answer.outcome === 'silent') {
    const message = `${answer.why}: does a firewall drop it? bootlet network show says whether the network is as configured`;
    return { ...way, result: 'failed', message };
  }
  if (answer.outcome === 'refused')
    return { ...way, result: 'failed', message: 'reached, but somebody else refused it' };
  const { seen } = answer;
  if (seen === undefined || seen === way.from) return { ...way, ...seenPart(seen), result: 'passed', message: '' };
  const message = `it is masqueraded on the way, and must not be: is the range of pods within network.masquerade.nonMasqueradeCIDRs?`;
  return { ...way, seen, result: 'failed', message };
};

/** The same of what may leave with any address of the host. */
export const judgeHost = (way: Way, answer: Answer): Check => {
  const direct = judgeDirect(way, answer);
  return answer.outcome === 'answered' ? { ...direct, result: 'passed', message: '' } : direct;
};

/**
 * @param isNamed whether the far end was named by the user, and so has to answer; a default gateway need not
 */
export const judgeOutside = (way: Way, answer: Answer, isNamed: boolean): Check => {
  const hint =
    'name a far end that answers: --to ADDRESS:PORT; bootlet network verify --listen PORT on another host is one';
  if (answer.outcome === 'silent') {
    if (!isNamed) return { ...way, result: 'skipped', message: `the default gateway says nothing; ${hint}` };
    const message = `${answer.why}: is the pod's address masqueraded, or does the far end have a route back?`;
    return { ...way, result: 'failed', message };
  }
  if (answer.outcome === 'refused')
    return { ...way, result: 'passed', message: 'there and back: nothing listens there' };
  const { seen } = answer;
  if (seen === undefined) {
    return { ...way, result: 'passed', message: `it answers, but does not tell the source address; ${hint}` };
  }
  const message = seen === way.from ? 'with its own address: not masqueraded' : 'masqueraded';
  return { ...way, seen, result: 'passed', message };
};

export interface MtuAnswers {
  readonly mtu: number;
  /** Of a datagram that fills the MTU, with DF set. */
  readonly full: Answer;
  /** What the kernel has learned of the path by then, where that is less. */
  readonly pathMtu: number | undefined;
}

/** Whether a whole packet gets through unfragmented. */
export const judgeMtu = (way: Way, { mtu, full, pathMtu }: MtuAnswers): Check => {
  if (pathMtu !== undefined && pathMtu < mtu) {
    const message = `on the way at most ${pathMtu} bytes pass, pods send ${mtu}: set network.bridge.mtu to ${pathMtu}`;
    return { ...way, result: 'failed', message };
  }
  if (full.outcome === 'answered') return { ...way, result: 'passed', message: `${mtu} bytes with DF set` };
  const why = full.outcome === 'silent' ? full.why : 'refused';
  return {
    ...way,
    result: 'failed',
    message: `${mtu} bytes with DF set do not pass (${why}) where small packets do: set network.bridge.mtu to what the way carries`,
  };
};

/** Whether what is larger than the MTU is dropped, and not cut up in silence. */
export const judgeOversize = (way: Way, mtu: number, answer: Answer): Check =>
  answer.outcome === 'answered'
    ? { ...way, result: 'failed', message: `more than ${mtu} bytes pass: the bridge or a port of it has a larger MTU` }
    : { ...way, result: 'passed', message: `more than ${mtu} bytes do not pass` };

const seenPart = (seen: string | undefined): { readonly seen?: string } => (seen === undefined ? {} : { seen });
