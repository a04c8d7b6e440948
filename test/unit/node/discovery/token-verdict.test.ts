import fc from 'fast-check';
import { test } from 'tap';
import { BootletError } from '../../../../daemon/errors.ts';
import { judgeUnsigned, refusedToken, type TokenEvidence } from '../../../../daemon/node/discovery/token-verdict.ts';

const MINUTE_MS = 60_000;
const fresh: TokenEvidence = {
  id: 'abcdef',
  ageMs: 0,
  missingMs: 0,
  wasKnown: false,
  others: 0,
  isAccepted: undefined,
};

/** The reason of what is waited for, or the code of the error. */
const verdict = (evidence: Partial<TokenEvidence>): string => {
  try {
    return judgeUnsigned({ ...fresh, ...evidence }).reason;
  } catch (error) {
    if (error instanceof BootletError) return error.code;
    throw error;
  }
};

test('a token that the cluster takes is waited for five minutes, then it is not for signing', async (t) => {
  t.equal(verdict({ isAccepted: true, wasKnown: true }), 'TokenNotSigned');
  t.equal(verdict({ isAccepted: true, missingMs: 5 * MINUTE_MS - 1 }), 'TokenNotSigned');
  t.equal(verdict({ isAccepted: true, missingMs: 5 * MINUTE_MS }), 'E_TOKEN_USAGE');
  const late = { ...fresh, isAccepted: true, missingMs: 5 * MINUTE_MS };
  t.throws(() => judgeUnsigned({ ...late, others: 1 }), {
    code: 'E_TOKEN_USAGE',
    hint: /so this one lacks the usage signing/,
  });
  t.throws(() => judgeUnsigned(late), { code: 'E_TOKEN_USAGE', hint: /or the controller manager runs without/ });
});

test('one that it does not take is unknown, at once; expired if it was known before', async (t) => {
  t.equal(verdict({ isAccepted: false }), 'E_TOKEN_UNKNOWN');
  t.equal(verdict({ isAccepted: false, wasKnown: true }), 'E_TOKEN_EXPIRED');
  t.equal(verdict({ wasKnown: true }), 'E_TOKEN_EXPIRED');
});

test('where it cannot be asked safely nothing is claimed', async (t) => {
  t.match(judgeUnsigned(fresh), { reason: 'TokenNotSigned', message: /may also be unknown or expired/ });
  t.equal(verdict({ missingMs: 5 * MINUTE_MS }), 'E_TOKEN_UNKNOWN');
});

test('an old token file is told of, since most tokens do not live longer', async (t) => {
  const old = { ...fresh, isAccepted: false };
  t.throws(() => judgeUnsigned({ ...old, ageMs: 25 * 60 * MINUTE_MS }), { message: /its file is a day old/ });
  t.throws(() => judgeUnsigned({ ...old, ageMs: 73 * 60 * MINUTE_MS }), { message: /its file is 3 days old/ });
});

test('every evidence has a verdict, with the id and a way out', async () => {
  const evidences = fc.record({
    id: fc.constant('abcdef'),
    ageMs: fc.integer({ min: -1000, max: 1e10 }),
    missingMs: fc.integer({ min: 0, max: 1e9 }),
    wasKnown: fc.boolean(),
    others: fc.nat(),
    isAccepted: fc.constantFrom(true, false, undefined),
  });
  fc.assert(
    fc.property(evidences, (evidence) => {
      try {
        return judgeUnsigned(evidence).message.includes('abcdef');
      } catch (error) {
        return error instanceof BootletError && error.message.includes('abcdef') && error.hint !== undefined;
      }
    }),
  );
});

test('a token that cluster-info is signed with, and that is refused all the same, may not authenticate', async (t) => {
  t.match(refusedToken('abcdef'), { code: 'E_TOKEN_USAGE', hint: /usage authentication/ });
});
