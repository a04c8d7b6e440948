/**
 * What the executable starts with: runs the modules among its assets, each with its code cache. The cache that Node
 * makes of a main script (`useCodeCache`) is made before it ran, and so holds hardly a function.
 */
import { getRawAsset } from 'node:sea';
import { moduleLoader } from './module-loader.ts';

const asset = (name: string): Buffer => Buffer.from(getRawAsset(name));

const load = moduleLoader((name) => ({
  source: asset(name).toString('latin1'),
  codeCache: asset(`${name}.cache`),
}));
load('./entry.js');
