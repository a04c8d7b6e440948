import { BootletError } from '../../errors.ts';
import { readRooted } from '../../host/rooted-file.ts';
import type { Container, EnvVar } from '../v1.ts';
import type { FileKeys } from './env.ts';
import { valueInEnvFile } from './env-file.ts';

/** The kubelet reads any size; what an init container leaves for variables is small. */
const LARGEST_ENV_FILE = 1024 * 1024;

/**
 * Reads what a container's variables take from files of the pod's volumes (kubelet_pods.go, fileKeyRef).
 * @param folderOf the folder on the host that stands behind a volume
 * @throws BootletError E_CONTAINER_CONFIG, in the kubelet's words
 */
export const readFileKeys = async (container: Container, folderOf: (volume: string) => string): Promise<FileKeys> => {
  const values = new Map<EnvVar, string>();
  for (const variable of container.env ?? []) {
    const ref = variable.valueFrom?.fileKeyRef;
    if (ref === undefined) continue;
    const value = await valueInFile(folderOf(ref.volumeName), ref.path, ref.key);
    if (value !== '') values.set(variable, value);
    else if (ref.optional !== true)
      throw new BootletError(
        'E_CONTAINER_CONFIG',
        `environment variable key "${ref.key}" not found in file "${folderOf(ref.volumeName)}/${ref.path}"`,
      );
  }
  return values;
};

const valueInFile = async (folder: string, path: string, key: string): Promise<string> => {
  try {
    return valueInEnvFile(Buffer.from(await readRooted(folder, path, LARGEST_ENV_FILE)).toString('utf8'), key);
  } catch (error) {
    throw new BootletError('E_CONTAINER_CONFIG', "couldn't parse env file", { cause: error });
  }
};
