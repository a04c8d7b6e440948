import { test } from 'tap';
import { labelsOutcome, registrationOutcome } from '../../../../daemon/node/registration/outcome.ts';
import {
  clusterNodeType,
  joinStateType,
  registrationType,
  type Session,
  sessionType,
} from '../../../../daemon/node/resources.ts';
import { troubleType } from '../../../../daemon/reconcile/engine.ts';
import { Store } from '../../../../daemon/reconcile/store.ts';

const aRegistration = (patienceMs = 60_000) => {
  const store = new Store();
  const progress: string[] = [];
  return {
    join: store.claim(joinStateType, 'test'),
    session: store.claim(sessionType, 'test'),
    registration: store.claim(registrationType, 'test'),
    node: store.claim(clusterNodeType, 'test'),
    progress,
    outcome: registrationOutcome({ store, nodeName: 'n', patienceMs, onProgress: (text) => progress.push(text) }),
  };
};

const away: Session = { generation: 1, server: 's', state: 'away', message: 'no route', since: 0 };

test('what happens is told once, up to the Node', async (t) => {
  const { join, registration, node, progress, outcome } = aRegistration();
  const unsigned = { state: 'discovering', reason: 'TokenNotSigned', message: 'not signed yet', advice: '' } as const;
  join.put('n', unsigned);
  join.put('n', { ...unsigned, state: 'requesting' });
  join.put('n', { state: 'joined' });
  registration.put('n', { state: 'waiting', reason: 'NodeAbsent', message: 'it is being made', advice: '' });
  registration.put('n', { state: 'registered', uid: 'u' });
  node.put('n', { state: 'present', node: { metadata: { name: 'n' } } });
  t.match(await outcome, { metadata: { name: 'n' } });
  t.same(progress, ['not signed yet', 'the host has its identity', 'it is being made']);
});

test('what only an administrator can help against ends it, by its own code', async (t) => {
  for (const [reason, code] of [
    ['E_TOKEN_EXPIRED', 'E_TOKEN_EXPIRED'],
    ['TokenMissing', 'E_NOT_FOUND'],
  ] as const) {
    const { join, outcome } = aRegistration();
    join.put('n', { state: 'stuck', reason, message: 'no', advice: 'do this' });
    await t.rejects(outcome, { code, message: 'no', hint: 'do this' });
  }
  const { registration, outcome } = aRegistration();
  registration.put('n', { state: 'refused', reason: 'NodeOfAnotherMachine', message: 'taken', advice: '' });
  await t.rejects(outcome, { code: 'E_NODE_TAKEN' });
});

test('when the time is over the last thing that was in the way is told', async (t) => {
  const { session, outcome } = aRegistration(1);
  session.put('n', away);
  await t.rejects(outcome, { code: 'E_TIMEOUT', message: /after 0\.001 s: no route/ });
});

test('labels that were not put right are a failure of the registration, by the code of what was in the way', async (t) => {
  const store = new Store();
  const troubles = store.claim(troubleType, 'test');
  const labels = (settled = Promise.resolve(), patienceMs = 60_000) =>
    labelsOutcome({ store, nodeName: 'n', patienceMs, settled });
  await labels();
  const failing = { kind: 'failing', failures: 1, since: 0 } as const;
  const trouble = { ...failing, controller: 'registration', key: 'n', message: 'no such label', hint: 'do this' };
  troubles.put('registration/n', { ...trouble, code: 'E_APISERVER_REFUSED' });
  await t.rejects(labels(), {
    ...{ code: 'E_APISERVER_REFUSED', hint: 'do this' },
    message: 'Node n is registered, but its labels were not put right: no such label',
  });
  await t.rejects(labels(new Promise(() => undefined), 1), { code: 'E_TIMEOUT', message: /after 0\.001 s/ });
});
