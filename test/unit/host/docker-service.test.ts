import { test } from 'tap';
import { dockerService } from '../../../daemon/host/docker-service.ts';

const UNIT = { command: ['systemctl', 'restart', 'docker.service'], unit: 'docker.service' };
const SYSTEMD = { run: { systemd: { system: {} } } };
const inGroup = (cgroup: string) => ({ proc: { '812': { cgroup } } });
const SCRIPT = { etc: { 'init.d': { docker: '#!/bin/sh' } } };

test('a dockerd of a systemd unit is restarted by that unit', async (t) => {
  const root = t.testdir({ ...SYSTEMD, ...inGroup('0::/system.slice/docker-two.service\n') });
  t.same(dockerService({ policy: 'auto', root }, { pid: 812 }), {
    command: ['systemctl', 'restart', 'docker-two.service'],
    unit: 'docker-two.service',
  });
});

test('a dockerd that does not run is the one of docker.service', async (t) => {
  t.same(dockerService({ policy: 'auto', root: t.testdir(SYSTEMD) }, undefined), UNIT);
});

test('a dockerd that somebody started by hand beside systemd is restarted by nobody', async (t) => {
  const root = t.testdir({ ...SYSTEMD, ...SCRIPT, ...inGroup('0::/user.slice/session-1.scope\n') });
  t.match(dockerService({ policy: 'auto', root }, { pid: 812 }), /network\.docker\.restart/);
});

test('a dockerd of an init script is restarted by it, and no other dockerd is', async (t) => {
  const script = { ...SCRIPT, run: { 'docker.pid': '812\n' }, ...inGroup('0::/\n') };
  const root = t.testdir(script);
  t.same(dockerService({ policy: 'auto', root }, { pid: 812 }), { command: ['/etc/init.d/docker', 'restart'] });
  t.type(dockerService({ policy: 'auto', root }, { pid: 813 }), 'string');
});

test('who is told how to restart Docker, or not to, looks for nobody', async (t) => {
  const root = t.testdir(SYSTEMD);
  t.match(dockerService({ policy: 'never', root }, undefined), /network\.docker\.restart is never/);
  t.same(dockerService({ policy: ['sv', 'restart', 'docker'], root }, undefined), {
    command: ['sv', 'restart', 'docker'],
  });
});
