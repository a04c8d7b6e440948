import type { Config } from '../config/schema.ts';
import { DockerEngine } from '../runtime/docker/engine.ts';
import { INSTANCE_LABEL, LABELS } from '../runtime/docker/identity.ts';
import { fieldsOf, itemsOf, stringIn, stringMapIn, stringsIn } from '../runtime/docker/json.ts';
import { answeringWithin } from '../runtime/docker/no-answer.ts';

/** One that answers at all lists a thousand containers in a second. */
const LIMIT_MS = 10_000;

/** What of the engine's words on itself helps, and holds no address of a proxy. */
const INFO = ['Driver', 'CgroupDriver', 'CgroupVersion', 'LiveRestoreEnabled', 'DockerRootDir', 'Warnings'];

/**
 * JSON of Docker's version and of the containers of every bootlet on this host, without their command lines.
 * @throws BootletError E_RUNTIME_UNAVAILABLE, E_RUNTIME_REFUSED, E_TIMEOUT
 */
export const bootletContainers = async ({ endpoint }: Config['runtime']['docker']): Promise<string> => {
  const engine = new DockerEngine(endpoint);
  const limited = answeringWithin(engine, LIMIT_MS);
  const get = async (path: string, query = {}) => (await limited.call({ method: 'GET', path, query })).body;
  try {
    const filters = JSON.stringify({ label: [INSTANCE_LABEL] });
    const containers = itemsOf(await get('/containers/json', { all: true, filters }), 'the list of containers');
    const info = fieldsOf(await get('/info'), 'the info');
    const docker = { ...(await engine.version()), ...Object.fromEntries(INFO.map((name) => [name, info[name]])) };
    return `${JSON.stringify({ docker, containers: containers.map(shown) }, null, 1)}\n`;
  } finally {
    await engine.close();
  }
};

const shown = (listed: unknown) => {
  const entry = fieldsOf(listed, 'a listed container');
  const labels = stringMapIn(entry, 'Labels');
  return {
    id: stringIn(entry, 'Id'),
    name: stringsIn(entry, 'Names')[0],
    image: stringIn(entry, 'Image'),
    state: stringIn(entry, 'State'),
    status: stringIn(entry, 'Status'),
    instance: labels[INSTANCE_LABEL],
    uid: labels[LABELS.podUid],
  };
};
