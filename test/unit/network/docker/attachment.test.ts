import { test } from 'tap';
import { type AttachmentInput, attachmentOf } from '../../../../daemon/network/docker/attachment.ts';
import { aBridgeNetwork, anEngineState } from './builders.ts';

const onDocker0 = aBridgeNetwork({ bridgeName: 'docker0' });
const own = aBridgeNetwork({ name: 'bootlet', isOwn: true });

const attachment = (more: Partial<AttachmentInput> = {}) =>
  attachmentOf({
    attach: 'bridge',
    bridgeName: 'cbr0',
    told: undefined,
    isEntered: false,
    engine: anEngineState({ bridge: onDocker0 }),
    loaded: {},
    canRestart: true,
    ...more,
  });

test('on a host on which nothing runs, Docker’s own network is put on the bridge', async (t) => {
  t.equal(attachment(), 'bridge');
  t.equal(attachment({ engine: anEngineState({ bridge: undefined }) }), 'bridge');
});

test('beside what runs a network of bootlet’s is made, for nothing shall end', async (t) => {
  t.equal(attachment({ engine: anEngineState({ bridge: onDocker0, running: 1 }) }), 'own');
});

test('what is there stays, whatever runs', async (t) => {
  t.equal(attachment({ engine: anEngineState({ bridge: onDocker0, userNetworks: [own] }) }), 'own');
  t.equal(attachment({ engine: anEngineState({ bridge: aBridgeNetwork(), running: 3 }) }), 'bridge');
  const foreign = aBridgeNetwork({ name: 'web', bridgeName: 'br-1' });
  t.equal(attachment({ engine: anEngineState({ bridge: onDocker0, userNetworks: [foreign] }) }), 'bridge');
});

test('where nobody may restart Docker, its own network is for a restart that is needed anyway', async (t) => {
  t.equal(attachment({ canRestart: false }), 'bridge');
  t.equal(attachment({ canRestart: false, loaded: { iptables: false } }), 'own');
});

test('while Docker does not answer, it is never told a bridge on which it may have a network', async (t) => {
  t.equal(attachment({ engine: undefined }), 'own');
  t.equal(attachment({ engine: undefined, told: 'cbr0' }), 'bridge', 'it was told before');
  t.equal(attachment({ engine: undefined, told: 'cbr0', isEntered: true }), 'own');
});

test('with bip its own network is on its own bridge, whatever runs', async (t) => {
  t.equal(attachment({ attach: 'bip', engine: anEngineState({ running: 3, userNetworks: [own] }) }), 'bip');
  t.equal(attachment({ attach: 'bip', engine: undefined }), 'bip');
});
