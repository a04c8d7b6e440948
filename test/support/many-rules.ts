import type { Host } from '../lab/network/host.ts';

const CHAINS = 1000;
const RULES_PER_CHAIN = 10;

/** As kube-proxy has them: chains of nat, each of a service, all reached from one jump. */
const payload = (): string => {
  const chains = Array.from({ length: CHAINS }, (_, n) => `FOREIGN-${n}`);
  const rules = chains.flatMap((chain, n) => [
    `-A FOREIGN-SERVICES -d 10.96.${n >> 8}.${n & 255}/32 -p tcp --dport 80 -j ${chain}`,
    ...Array.from(
      { length: RULES_PER_CHAIN - 1 },
      (_, rule) => `-A ${chain} -s 10.128.${rule}.${n & 255}/32 -p tcp -j RETURN`,
    ),
  ]);
  const declared = ['FOREIGN-SERVICES', ...chains].map((chain) => `:${chain} - [0:0]`);
  return ['*nat', ...declared, '-A PREROUTING -j FOREIGN-SERVICES', ...rules, 'COMMIT', ''].join('\n');
};

/** Gives the host 10,000 rules of somebody else's in 1,000 chains of nat. */
export const addManyRules = async (host: Host): Promise<void> => {
  const { code, stderr } = await host.tryRun('iptables-restore', ['--noflush'], { input: payload() });
  if (code !== 0) throw new Error(`iptables-restore ended with ${code}: ${stderr}`);
};
