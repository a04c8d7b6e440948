import fc from 'fast-check';
import { test } from 'tap';
import { type Jump, type OwnChain, planRules } from '../../../../daemon/host/iptables/plan-rules.ts';
import { targetOf } from '../../../../daemon/host/iptables/rule-text.ts';
import { IptablesModel } from '../../../support/iptables-model.ts';

const CHAIN = 'BOOTLET-MASQUERADE';
const BASE = 'POSTROUTING';
const JUMP: Jump = { table: 'nat', from: BASE, rule: `-s 10.22.3.0/24 -j ${CHAIN}`, at: 'end' };
const own = (rules: readonly string[] | undefined): OwnChain => ({ table: 'nat', chain: CHAIN, rules });

const planned = (model: IptablesModel, rules: readonly string[] | undefined, jumps: readonly Jump[]) =>
  planRules({ own: [own(rules)], jumps, observed: model.observe([CHAIN, BASE]) });

/** Plans, applies, and says what is there then. */
const synced = (model: IptablesModel, rules: readonly string[] | undefined, jumps: readonly Jump[] = [JUMP]) => {
  const plan = planned(model, rules, jumps);
  if (plan !== undefined) model.restore(plan.payload);
  return { plan, chains: model.chains };
};

test('a chain and the jump to it are made in one payload', (t) => {
  const { plan, chains } = synced(new IptablesModel({ [BASE]: ['-j KUBE'] }), ['-j RETURN']);
  t.same(chains, { [BASE]: ['-j KUBE', JUMP.rule], [CHAIN]: ['-j RETURN'] });
  t.equal(plan?.before, undefined);
  t.equal(
    plan?.after,
    [`-t nat -N ${CHAIN}`, `-t nat -A ${CHAIN} -j RETURN`, `-t nat -A ${BASE} ${JUMP.rule}`].join('\n'),
  );
  t.end();
});

test('a chain whose rules are as they should be is not written', (t) => {
  const model = new IptablesModel({ [BASE]: [], [CHAIN]: ['-d 10.0.0.0/8 -j RETURN'] });
  const { plan } = synced(model, ['-d 10.1.2.3/8 -j RETURN']);
  t.equal(plan?.payload, `*nat\n-A ${BASE} ${JUMP.rule}\nCOMMIT\n`);
  t.end();
});

test('a doubled jump is there once again', (t) => {
  const model = new IptablesModel({ [BASE]: [JUMP.rule, '-j KUBE', JUMP.rule], [CHAIN]: [] });
  t.same(synced(model, []).chains[BASE], ['-j KUBE', JUMP.rule]);
  t.end();
});

test('the jump of another range goes as the new one comes', (t) => {
  const model = new IptablesModel({ [BASE]: [`-s 10.9.0.0/24 -j ${CHAIN}`, '-j KUBE'], [CHAIN]: [] });
  t.same(synced(model, []).chains[BASE], ['-j KUBE', JUMP.rule]);
  t.end();
});

const first: Jump = { ...JUMP, at: 'start', before: (rule) => targetOf(rule) === 'REJECT' };

test('a jump that must be before another rule is moved before it', (t) => {
  const model = new IptablesModel({ [BASE]: ['-j KUBE', '-j REJECT', JUMP.rule], [CHAIN]: [] });
  t.same(synced(model, [], [first]).chains[BASE], ['-j KUBE', JUMP.rule, '-j REJECT']);
  t.end();
});

test('a jump is put at the start where it is asked to be', (t) => {
  const model = new IptablesModel({ [BASE]: ['-j KUBE'] });
  t.same(synced(model, [], [first]).chains[BASE], [JUMP.rule, '-j KUBE']);
  t.end();
});

test('a jump that is before what it must be before is left where others have put it', (t) => {
  const model = new IptablesModel({ [BASE]: ['-j KUBE', JUMP.rule, '-j REJECT'], [CHAIN]: [] });
  t.equal(synced(model, [], [first]).plan, undefined);
  t.end();
});

test('a chain that is to go goes with every jump to it', (t) => {
  const model = new IptablesModel({ [BASE]: [JUMP.rule, '-j KUBE', JUMP.rule], [CHAIN]: ['-j RETURN'] });
  const { plan, chains } = synced(model, undefined, []);
  t.same(chains, { [BASE]: ['-j KUBE'] });
  t.equal(plan?.after, undefined);
  t.end();
});

const foreign = fc.constantFrom('-j KUBE', '-j DOCKER', '-m comment --comment "-j BOOTLET" -j X', '-j REJECT', '');
const ours = fc.constantFrom(JUMP.rule, `-s 10.9.0.0/24 -j ${CHAIN}`, `-j ${CHAIN}`, `-g ${CHAIN}`);
const chainRules = fc.array(fc.constantFrom('-j RETURN', '-d 10.0.0.0/8 -j RETURN', '-j MASQUERADE'), { maxLength: 4 });

test('whatever was there, ours is as it should be afterwards, the rest as it was, and nothing is left to do', (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(foreign, ours), { maxLength: 12 }),
      fc.option(chainRules, { nil: undefined }),
      fc.option(chainRules, { nil: undefined }),
      fc.constantFrom(JUMP, first),
      (base, now, wanted, jump) => {
        // A rule cannot lead to a chain that is not there.
        const rules = now === undefined ? base.filter((rule) => !targetOf(rule)?.startsWith('BOOTLET')) : base;
        const model = new IptablesModel({ [BASE]: rules, ...(now && { [CHAIN]: now }) });
        const jumps = wanted === undefined ? [] : [jump];
        const { chains } = synced(model, wanted, jumps);
        const after = chains[BASE] ?? [];
        const isOurs = (rule: string): boolean => targetOf(rule) === CHAIN;
        t.strictSame(chains[CHAIN], wanted);
        t.strictSame(
          after.filter((rule) => !isOurs(rule)),
          base.filter((rule) => !isOurs(rule)),
        );
        t.strictSame(
          after.filter(isOurs),
          jumps.map(({ rule }) => rule),
        );
        if (jump.before && wanted) t.notOk(after.slice(0, after.indexOf(jump.rule)).some(jump.before));
        t.equal(planned(model, wanted, jumps), undefined);
      },
    ),
    { numRuns: 500 },
  );
  t.end();
});
