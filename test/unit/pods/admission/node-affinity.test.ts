import { test } from 'tap';
import { matchesNode } from '../../../../daemon/pods/admission/node-affinity.ts';
import { aPod } from '../../../support/pod-builders.ts';

const node = { name: 'n', labels: { disk: 'ssd', cores: '16', zone: '' } };

interface Requirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: string[];
}
interface Term {
  readonly matchExpressions?: Requirement[];
  readonly matchFields?: Requirement[];
}

const matches = (...nodeSelectorTerms: Term[]): boolean =>
  matchesNode(
    aPod({
      affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
    }),
    node,
  );

const meets = (key: string, operator: string, ...values: string[]): boolean =>
  matches({ matchExpressions: [{ key, operator, values }] });

test('a selector wants every label with its very value', async (t) => {
  const selects = (nodeSelector: Readonly<Record<string, string>>) => matchesNode(aPod({ nodeSelector }), node);
  t.ok(selects({}));
  t.ok(selects({ disk: 'ssd', zone: '' }));
  t.notOk(selects({ disk: 'ssd', cores: '8' }));
  t.notOk(selects({ toString: '' }));
  t.notOk(selects({ rack: '' }));
});

test('each operator, on a label that is there and on one that is not', async (t) => {
  t.ok(meets('disk', 'In', 'hdd', 'ssd'));
  t.notOk(meets('disk', 'In', 'hdd'));
  t.notOk(meets('rack', 'In', ''));
  t.notOk(meets('disk', 'NotIn', 'ssd'));
  t.ok(meets('disk', 'NotIn', 'hdd'));
  t.ok(meets('rack', 'NotIn', 'a'));
  t.ok(meets('zone', 'Exists'));
  t.notOk(meets('rack', 'Exists'));
  t.ok(meets('rack', 'DoesNotExist'));
  t.notOk(meets('disk', 'DoesNotExist'));
  t.ok(meets('cores', 'Gt', '8'));
  t.notOk(meets('cores', 'Gt', '16'));
  t.ok(meets('cores', 'Lt', '17'));
  t.ok(meets('cores', 'Gt', '-1'));
  t.notOk(meets('rack', 'Lt', '17'));
});

test('what is no whole number of 64 bits compares with nothing', async (t) => {
  t.notOk(meets('disk', 'Gt', '1'));
  t.notOk(meets('cores', 'Gt', 'many'));
  t.notOk(meets('cores', 'Lt', '16.5'));
  t.notOk(meets('cores', 'Lt', '9223372036854775808'));
  t.ok(meets('cores', 'Lt', '9223372036854775807'));
});

test('of the terms one must hold, and in it all; a term that asks for nothing holds nowhere', async (t) => {
  const yes = { key: 'disk', operator: 'Exists' };
  const no = { key: 'rack', operator: 'Exists' };
  t.ok(matches({ matchExpressions: [no] }, { matchExpressions: [yes] }));
  t.notOk(matches({ matchExpressions: [no, yes] }));
  t.notOk(matches({}));
  t.ok(matches({}, { matchExpressions: [yes] }));
});

test('a term may name the node itself', async (t) => {
  const named = (operator: string, name: string) => ({
    matchFields: [{ key: 'metadata.name', operator, values: [name] }],
  });
  t.ok(matches(named('In', 'n')));
  t.notOk(matches(named('In', 'm')));
  t.ok(matches(named('NotIn', 'm')));
  t.notOk(matches({ ...named('In', 'n'), matchExpressions: [{ key: 'rack', operator: 'Exists' }] }));
});
