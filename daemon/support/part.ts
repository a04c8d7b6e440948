import { BootletError, messageOf, systemCodeOf } from '../errors.ts';
import { Semaphore } from '../reconcile/semaphore.ts';
import { type Redacted, redact } from './redact.ts';

/** One file of the bundle. */
export interface Part {
  readonly name: string;
  readonly what: string;
  /** @throws BootletError, system errors: why it cannot be had */
  readonly take: () => Promise<string>;
  /** Of what is too long; default: the beginning. */
  readonly keep?: 'beginning' | 'end';
}

export interface TakenPart {
  readonly name: string;
  readonly what: string;
  /** Undefined: `trouble` says why. Nothing in it is secret. */
  readonly text: string | undefined;
  readonly trouble: string;
  readonly redacted: Redacted['taken'];
  readonly isCut: boolean;
}

/** 10,000 rules of iptables are 1 MB; all parts together stay small enough to be sent. In characters. */
export const MOST_LENGTH = 2 * 2 ** 20;
/** Most are programs, and a host that is in trouble has no CPU to spare. */
const AT_ONCE = 4;

/** Takes every part; one that fails keeps no other from being taken. @param secrets of this host, as for `redact` */
export const takeParts = (parts: readonly Part[], secrets: readonly string[]): Promise<readonly TakenPart[]> => {
  const slots = new Semaphore(AT_ONCE);
  return Promise.all(parts.map((part) => slots.run(() => takePart(part, secrets))));
};

const takePart = async ({ name, what, take, keep }: Part, secrets: readonly string[]): Promise<TakenPart> => {
  try {
    const whole = await take();
    const { text, taken } = redact(cut(whole, keep ?? 'beginning'), secrets);
    return { name, what, text, trouble: '', redacted: taken, isCut: whole.length > MOST_LENGTH };
  } catch (error) {
    const { text, taken } = redact(troubleOf(error), secrets);
    return { name, what, text: undefined, trouble: text, redacted: taken, isCut: false };
  }
};

const troubleOf = (error: unknown): string => {
  const code = error instanceof BootletError ? error.code : (systemCodeOf(error) ?? 'E_INTERNAL');
  return `${messageOf(error)} (${code})`;
};

/** Between lines: half a secret is no longer known as one. */
const cut = (text: string, keep: 'beginning' | 'end'): string => {
  if (text.length <= MOST_LENGTH) return text;
  if (keep === 'beginning') return text.slice(0, text.lastIndexOf('\n', MOST_LENGTH) + 1);
  const at = text.indexOf('\n', text.length - MOST_LENGTH);
  return at === -1 ? '' : text.slice(at + 1);
};
