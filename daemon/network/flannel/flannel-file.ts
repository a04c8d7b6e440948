import { BootletError, messageOf } from '../../errors.ts';
import { unless } from '../../host/missing.ts';
import { readTrusted } from '../../host/trusted-file.ts';
import type { FlannelFile, FlannelSubnet } from '../resources.ts';
import { parseSubnetEnv, refusedFile } from './subnet-env.ts';

/** flanneld writes some two hundred. */
const MOST_BYTES = 4096;

const readSubnet = async (path: string): Promise<FlannelSubnet> => {
  const bytes = await readTrusted(path, MOST_BYTES);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw refusedFile(path, undefined, 'is no text');
  }
  return parseSubnetEnv(text, path);
};

/** Looks at flannel's file, which only root may be able to change. @param last what it said last, which holds while it says nothing */
export const readFlannelFile = async (path: string, last?: FlannelSubnet): Promise<FlannelFile> => {
  try {
    const subnet = await unless(['ENOENT', 'ENOTDIR'], readSubnet(path));
    if (subnet !== undefined) return { path, subnet, fault: undefined };
    const fault = { kind: 'missing', message: `there is no ${path}`, hint: 'see whether flanneld runs' } as const;
    return { path, subnet: last, fault };
  } catch (error) {
    const hint = (error instanceof BootletError && error.hint) || `see whether ${path} can be read`;
    return { path, subnet: last, fault: { kind: 'broken', message: messageOf(error), hint } };
  }
};
