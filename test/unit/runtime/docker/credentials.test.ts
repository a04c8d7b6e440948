import { chmod } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { test } from 'tap';
import { registryCredentials as credentialsIn } from '../../../../daemon/runtime/docker/credentials.ts';

const registryCredentials = (file: string, image: string) => credentialsIn(file, image, () => {});

const base64 = (text: string): string => Buffer.from(text).toString('base64');

test('credentials from Docker’s configuration file', async (t) => {
  const file = (config: unknown) => join(t.testdir({ 'config.json': JSON.stringify(config) }), 'config.json');

  t.test('are found by the registry of the image', async (t) => {
    const auths = { 'reg.example:5000': { auth: base64('me:pass:word') } };
    t.same(await registryCredentials(file({ auths }), 'reg.example:5000/app:1'), {
      serverAddress: 'reg.example:5000',
      username: 'me',
      password: 'pass:word',
    });
    t.equal(await registryCredentials(file({ auths }), 'reg.example/app'), undefined);
  });

  t.test('of Docker Hub have its old address', async (t) => {
    const auths = { 'https://index.docker.io/v1/': { auth: base64('me:pw') } };
    t.match(await registryCredentials(file({ auths }), 'busybox'), {
      serverAddress: 'https://index.docker.io/v1/',
      username: 'me',
    });
  });

  t.test('may be an identity token', async (t) => {
    const auths = { 'https://reg.example/v2/': { auth: base64('me:'), identitytoken: 'tok' } };
    t.match(await registryCredentials(file({ auths }), 'reg.example/app'), { identityToken: 'tok' });
  });

  t.test('are none where there is no file, and an error where it is broken', async (t) => {
    const dir = t.testdir({ 'config.json': '{' });
    t.equal(await registryCredentials(join(dir, 'missing.json'), 'busybox'), undefined);
    await t.rejects(registryCredentials(join(dir, 'config.json'), 'busybox'), { code: 'E_FILE_UNREADABLE' });
  });
});

test('credentials from a helper', async (t) => {
  const helper = async (script: string) => {
    const dir = t.testdir({ 'docker-credential-lab': `#!/bin/sh\n${script}\n`, 'config.json': '{"credsStore":"lab"}' });
    await chmod(join(dir, 'docker-credential-lab'), 0o755);
    t.intercept(process, 'env', { value: { ...process.env, PATH: `${dir}${delimiter}${process.env['PATH']}` } });
    return join(dir, 'config.json');
  };

  t.test('are asked for by the registry’s name on standard input', async (t) => {
    const file = await helper('read -r server; echo "{\\"Username\\":\\"$1\\",\\"Secret\\":\\"$server\\"}"');
    t.match(await registryCredentials(file, 'reg.example/app'), { username: 'get', password: 'reg.example' });
  });

  t.test('are an identity token when the user is <token>', async (t) => {
    const file = await helper('echo \'{"Username":"<token>","Secret":"tok"}\'');
    t.same(await registryCredentials(file, 'reg.example/app'), { serverAddress: 'reg.example', identityToken: 'tok' });
  });

  t.test('are none when the helper knows none', async (t) => {
    const file = await helper('echo credentials not found in native keychain; exit 1');
    t.equal(await registryCredentials(file, 'reg.example/app'), undefined);
  });

  t.test('are an error that quotes no secret when the helper fails', async (t) => {
    const file = await helper('echo \'{"Secret":"hush\'');
    const error = await registryCredentials(file, 'reg.example/app').catch((e: unknown) => e);
    t.match(error, { code: 'E_IMAGE_PULL' });
    t.notMatch(String(error), /hush/);
  });

  t.test('are none, with a warning, when the helper is not installed', async (t) => {
    const file = join(t.testdir({ 'config.json': '{"credsStore":"not-there"}' }), 'config.json');
    const warnings: string[] = [];
    t.equal(await credentialsIn(file, 'reg.example/app', (message) => warnings.push(message)), undefined);
    t.match(warnings, [/docker-credential-not-there is not installed/]);
  });

  t.test('are never asked of a program outside the PATH', async (t) => {
    const file = join(t.testdir({ 'config.json': '{"credsStore":"../../evil"}' }), 'config.json');
    await t.rejects(registryCredentials(file, 'reg.example/app'), { code: 'E_IMAGE_PULL', message: /no name/ });
  });
});
