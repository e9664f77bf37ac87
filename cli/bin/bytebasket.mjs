#!/usr/bin/env node
// Stands in the repository, unlike dist/, so that npm can link it before anything was built.
import { existsSync } from 'node:fs';

const built = new URL('../dist/main.js', import.meta.url);
if (existsSync(built)) {
  await import(built.href);
} else {
  process.stderr.write(
    'bytebasket: not built yet\n  Run `npm run build` (or `npm start`) first.\n',
  );
  process.exitCode = 1;
}
