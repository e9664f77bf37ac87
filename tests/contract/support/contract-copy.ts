// A copy of the contract in a temporary folder, to plant mistakes in.
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { REPOSITORY } from './contract.js';

const COPIED = [
  'buf.yaml',
  'buf.gen.yaml',
  'third_party',
  'proto/bytebasket',
  'proto/gen',
  'scripts/contract',
  'scripts/generate.mjs',
];

/** What a command said and how it ended. */
export interface Outcome {
  readonly status: number | null;
  readonly output: string;
}

/** The copy; `dispose` removes it. */
export interface ContractCopy {
  readonly folder: string;
  /** Replaces a text that must be in the file. */
  edit(file: string, from: string, to: string): void;
  /** Runs a program in the copy. */
  run(program: string, ...args: string[]): Outcome;
  [Symbol.dispose](): void;
}

/** The repository's root as a path. */
export const ROOT = fileURLToPath(REPOSITORY);

/** Runs a program and waits for it. */
export function run(folder: string, program: string, args: readonly string[]): Outcome {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: folder, encoding: 'utf8' });
  return { status, output: `${stdout}${stderr}` };
}

/** Copies what the generator and buf need. */
export function copyContract(): ContractCopy {
  const folder = mkdtempSync(join(tmpdir(), 'bytebasket-contract-'));
  for (const path of COPIED) cpSync(join(ROOT, path), join(folder, path), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  return {
    folder,
    edit(file, from, to) {
      const path = join(folder, file);
      const text = readFileSync(path, 'utf8');
      if (!text.includes(from)) throw new Error(`${file} does not hold: ${from}`);
      writeFileSync(path, text.replace(from, to));
    },
    run: (program, ...args) => run(folder, program, args),
    [Symbol.dispose]() {
      rmSync(folder, { recursive: true });
    },
  };
}

/** buf as installed. */
export const BUF = join(ROOT, 'node_modules/.bin/buf');

// A fresh clone does not hold the file that buf needs from an npm package.
run(ROOT, process.execPath, ['scripts/contract/print-validate-proto.mjs']);
