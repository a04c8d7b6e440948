// Runs on whatever Node the machine has, after `npm ci`: puts the Node of the lock file first on the PATH of npm's
// scripts. npm before 11 leaves the link out, since two packages (one for each architecture) claim the name.
const { mkdirSync, rmSync, symlinkSync } = require('node:fs');
const { dirname, join, relative } = require('node:path');

const node = require.resolve(`node-linux-${process.arch}/bin/node`);
const link = join(__dirname, '../node_modules/.bin/node');
mkdirSync(dirname(link), { recursive: true });
rmSync(link, { force: true });
symlinkSync(relative(dirname(link), node), link);
