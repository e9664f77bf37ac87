import type { Command } from 'commander';
import { addSettingOptions, loadFromFlags } from '../config/flags.js';
import type { Check, CheckInput, Finding } from '../doctor/check.js';
import { checkDataFolder, checkKeys, checkTimeZone } from '../doctor/data-checks.js';
import {
  checkBuild,
  checkClock,
  checkInstall,
  checkNode,
  checkThreadPool,
} from '../doctor/program-checks.js';
import { checkPorts, checkServer } from '../doctor/server-checks.js';
import { EXIT } from '../output/cli-error.js';
import { describeError } from '../output/describe-error.js';
import type { CliContext, ConnectionFlags } from './context.js';
import { addConnectionOptions } from './context.js';

/** In the order of their lines. */
const CHECKS: Readonly<Record<string, Check>> = {
  node: checkNode,
  install: checkInstall,
  build: checkBuild,
  clock: checkClock,
  threads: checkThreadPool,
  'data folder': checkDataFolder,
  'time zone': checkTimeZone,
  keys: checkKeys,
  ports: checkPorts,
  server: checkServer,
};

/** `bytebasket doctor`: looks at everything that has to be right; exit code 1 when something is not. */
export function registerDoctor(program: Command, context: CliContext): void {
  const command = program
    .command('doctor')
    .description('checks install, settings, data folder, ports and server; says what to do')
    .option('--json', 'findings as JSON');
  addConnectionOptions(addSettingOptions(command)).action(
    async (flags: ConnectionFlags & { readonly json?: boolean }) => {
      const { config } = await loadFromFlags(command, context);
      const connection = context.connection(flags);
      const findings = await examine({ config, connection, signal: context.signal });
      if (findings.some(({ status }) => status === 'fail')) context.setExitCode(EXIT.failed);
      if (flags.json === true) {
        await context.stdout.line(JSON.stringify({ findings }));
        return;
      }
      for (const finding of findings) await context.stdout.write(findingText(finding));
    },
  );
}

/** Runs every check, one after the other; a check that breaks is a finding too. */
async function examine(input: CheckInput): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const [name, check] of Object.entries(CHECKS)) {
    input.signal.throwIfAborted();
    try {
      findings.push(...(await check(input)));
    } catch (error) {
      const remedy = 'Correct what the message names, then run doctor again.';
      findings.push({ name, status: 'fail', detail: describeError(error), remedy });
    }
  }
  return findings;
}

function findingText({ name, status, detail, remedy }: Finding): string {
  const line = `${status.padEnd(4)}  ${name.padEnd(11)}  ${detail}\n`;
  return remedy === undefined ? line : `${line}      ${' '.repeat(11)}  → ${remedy}\n`;
}
