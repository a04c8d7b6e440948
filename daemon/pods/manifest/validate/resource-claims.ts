import { dnsLabel, dnsSubdomain } from '../../../kubernetes/formats.ts';
import { Field } from '../field.ts';
import type { Issues } from '../issues.ts';
import type { Draft } from '../schema/types.ts';

const mirror = 'kubernetes.io/config.mirror';

/** Static pods cannot have resource claims, which is said elsewhere; here is what else is wrong with them. */
export const checkResourceClaims = (pod: Draft<'Pod'>, at: Field, issues: Issues): void => {
  const names = new Set<string>();
  const isMirror = pod.metadata?.annotations?.[mirror] !== undefined;
  for (const [i, claim] of (pod.spec?.resourceClaims ?? []).entries()) {
    const here = at.index(i);
    const { name = '', resourceClaimName, resourceClaimTemplateName } = claim;
    if (isMirror) {
      // Kubernetes' path here is one empty name in brackets.
      issues.forbidden(Field.root.key(''), 'a mirror pod cannot have resource claims');
      continue;
    }
    if (name === '') issues.required(here.child('name'));
    else if (names.has(name)) issues.duplicate(here.child('name'), name);
    else issues.form(here.child('name'), name, dnsLabel);
    names.add(name);
    if ((resourceClaimName === undefined) === (resourceClaimTemplateName === undefined))
      issues.invalid(here, name, 'needs either resourceClaimName or resourceClaimTemplateName');
    for (const field of ['resourceClaimName', 'resourceClaimTemplateName'] as const) {
      const value = claim[field];
      if (value !== undefined) issues.form(here.child(field), value, dnsSubdomain);
    }
  }
};
