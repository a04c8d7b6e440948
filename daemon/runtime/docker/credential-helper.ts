import { execFile } from 'node:child_process';
import { BootletError, messageOf, systemCodeOf } from '../../errors.ts';
import { childEnvironment } from '../../host/child-environment.ts';
import type { RegistryAuth } from '../runtime.ts';
import { fieldsOf, stringIn } from './json.ts';

const HELPER_MS = 15_000;
const LARGEST_ANSWER = 64 * 1024;
/** The name of a program, not a way to one. */
const HELPER_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
/** What github.com/docker/docker-credential-helpers says of a registry it does not know; not an error. */
const NOT_FOUND = 'credentials not found in native keychain';
/** Stands in for the user when the secret is an identity token. */
const TOKEN_USER = '<token>';

/**
 * Asks `docker-credential-NAME get` for a registry's credentials; undefined when it has none, or when there is no such
 * program, of which `onWarning` is told.
 * @throws BootletError E_IMAGE_PULL when it fails, E_TIMEOUT after 15 s
 */
export const askHelper = async (
  name: string,
  server: string,
  onWarning: (message: string) => void,
): Promise<RegistryAuth | undefined> => {
  if (!HELPER_NAME.test(name))
    throw new BootletError('E_IMAGE_PULL', `${JSON.stringify(name)} is no name of a credential helper`);
  const program = `docker-credential-${name}`;
  const answer = await run(program, server, onWarning);
  if (answer === undefined) return undefined;
  const fields = fieldsOf(decoded(program, answer), `the answer of ${program}`);
  const user = stringIn(fields, 'Username');
  const secret = stringIn(fields, 'Secret');
  return user === TOKEN_USER
    ? { serverAddress: server, identityToken: secret }
    : { serverAddress: server, username: user, password: secret };
};

/** Its output holds secrets and so is in no message, nor is the parser's error, which quotes it. */
const decoded = (program: string, answer: string): unknown => {
  try {
    return JSON.parse(answer);
  } catch {
    throw new BootletError('E_IMAGE_PULL', `${program} answered with something other than JSON`);
  }
};

const run = (program: string, server: string, onWarning: (message: string) => void): Promise<string | undefined> =>
  new Promise((resolve, reject) => {
    const options = { timeout: HELPER_MS, maxBuffer: LARGEST_ANSWER, env: childEnvironment(process.env) };
    const child = execFile(program, ['get'], options, (error, stdout) => {
      if (error === null) return resolve(stdout);
      if (stdout.trim() === NOT_FOUND) return resolve(undefined);
      if (systemCodeOf(error) === 'ENOENT') {
        onWarning(`${program} is not installed, so there are no credentials from it for ${server}`);
        return resolve(undefined);
      }
      const failure = error.killed === true ? 'E_TIMEOUT' : 'E_IMAGE_PULL';
      reject(
        new BootletError(failure, `${program} gave no credentials for ${server}: ${messageOf(error)}`, {
          cause: error,
        }),
      );
    });
    // A helper that ends without reading breaks the pipe; its exit says what was wrong.
    child.stdin?.on('error', () => {});
    child.stdin?.end(server);
  });
