import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** What no validation of manifests in Node can do without: reads and parses the files that are named. */
for (const file of process.argv.slice(2)) parse(readFileSync(file, 'utf8'));
