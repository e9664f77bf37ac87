#!/usr/bin/env node
'use strict';
// Stands in the repository, unlike dist/, so that npm can link it before anything was built.
require('./thread-pool.cjs');
const { existsSync } = require('node:fs');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');

const built = join(__dirname, '..', 'dist', 'main.js');
if (existsSync(built)) {
  void import(pathToFileURL(built).href);
} else {
  process.stderr.write(
    'bytebasket: not built yet\n  Run `npm run build` (or `npm start`) first.\n',
  );
  process.exitCode = 1;
}
