import { byteLength, dnsLabel, dnsSearchDomain, dnsSubdomain, ipAddress } from '../../../kubernetes/formats.ts';
import type { Field } from '../field.ts';
import type { Issues } from '../issues.ts';
import type { Draft } from '../schema/types.ts';

const policies = ['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'];
/** What the C library's resolver takes. */
const maxNameservers = 3;
const maxSearches = 32;
const maxSearchBytes = 2048;
const maxHostname = 64;

export const checkDns = (spec: Draft<'PodSpec'>, at: Field, issues: Issues): void => {
  const { dnsPolicy = '', dnsConfig } = spec;
  const config = at.child('dnsConfig');
  if (!policies.includes(dnsPolicy)) issues.notOneOf(at.child('dnsPolicy'), dnsPolicy, policies);
  if (dnsPolicy === 'None') {
    if (!dnsConfig) return issues.required(config, 'must be given with dnsPolicy: None');
    if (!dnsConfig.nameservers?.length)
      return issues.required(config.child('nameservers'), 'must be given with dnsPolicy: None');
  }
  const { nameservers = [], searches = [], options = [] } = dnsConfig ?? {};
  if (nameservers.length > maxNameservers)
    issues.invalid(config.child('nameservers'), nameservers, `are more than ${maxNameservers}`);
  for (const [i, address] of nameservers.entries())
    issues.form(config.child('nameservers').index(i), address, ipAddress);
  if (searches.length > maxSearches) issues.invalid(config.child('searches'), searches, `are more than ${maxSearches}`);
  if (byteLength(searches.join(' ')) > maxSearchBytes)
    issues.invalid(config.child('searches'), searches, `are longer than ${maxSearchBytes} characters together`);
  for (const [i, search] of searches.entries())
    if (search !== '.') issues.form(config.child('searches').index(i), search.replace(/\.$/, ''), dnsSearchDomain);
  for (const [i, option] of options.entries())
    if (!option.name) issues.required(config.child('options').index(i), 'needs a name');
};

export const checkHostAliases = (aliases: readonly Draft<'HostAlias'>[], at: Field, issues: Issues): void => {
  for (const [i, { ip = '', hostnames = [] }] of aliases.entries()) {
    issues.form(at.index(i).child('ip'), ip, ipAddress);
    for (const [j, name] of hostnames.entries())
      issues.form(at.index(i).child('hostnames').index(j), name, dnsSubdomain);
  }
};

export const checkHostnames = (spec: Draft<'PodSpec'>, at: Field, issues: Issues): void => {
  if (spec.hostname) issues.form(at.child('hostname'), spec.hostname, dnsLabel);
  if (spec.subdomain) issues.form(at.child('subdomain'), spec.subdomain, dnsLabel);
  const override = spec.hostnameOverride;
  const where = at.child('hostnameOverride');
  if (override === undefined) return;
  if (spec.setHostnameAsFQDN === true) issues.forbidden(where, 'cannot stand beside setHostnameAsFQDN');
  if (spec.hostNetwork === true) issues.forbidden(where, 'cannot be given on the host network');
  if (override.length > maxHostname) issues.invalid(where, override, `is longer than ${maxHostname} characters`);
  issues.form(where, override, dnsSubdomain);
};
