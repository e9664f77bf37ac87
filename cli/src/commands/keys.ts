import { METHOD_SCOPES } from '@bytebasket/proto/options';
import { addKey, createKey, listKeys, revokeKey } from '@bytebasket/server/gateway/access/key-file';
import type { Command } from 'commander';
import { addSettingOptions, loadFromFlags } from '../config/flags.js';
import { didYouMean } from '../config/did-you-mean.js';
import { changeKeys, readKeys } from '../keys/key-store.js';
import { usageError } from '../output/cli-error.js';
import { textTable } from '../output/text-table.js';
import type { CliContext } from './context.js';

const DEFAULT_SCOPES = 'events:write,metrics:read';
const DAY_MS = 86_400_000;
const EXPIRE_DAYS_MAX = 3_650;

interface KeysFlags {
  readonly json?: boolean;
}

interface CreateFlags extends KeysFlags {
  readonly scopes: string;
  readonly expireDays?: string;
}

/** `bytebasket keys`: makes, lists and revokes API keys. A running server takes changes over within a second. */
export function registerKeys(program: Command, context: CliContext): void {
  const keys = program.command('keys').description('API keys: create, list, revoke');
  const scopes = knownScopes();

  const create = keys
    .command('create')
    .description('makes a key and prints it once; the file keeps its SHA-256 only')
    .argument('<client>', 'who will hold it; at most two live keys each')
    .option('--scopes <list>', `what it allows, of ${scopes.join(', ')}`, DEFAULT_SCOPES)
    .option('--expire-days <days>', `lets it end after so many days (1 to ${EXPIRE_DAYS_MAX})`)
    .option('--json', 'prints the key and its id as JSON');
  addSettingOptions(create, ['keysFile']).action(async (client: string, flags: CreateFlags) => {
    const path = await keysFileOf(create, context);
    const nowMs = Date.now();
    const { key, record } = createKey({
      client: checkedClient(client),
      scopes: checkedScopes(flags.scopes, scopes),
      nowMs,
      expireMs: expireMsOf(flags.expireDays, nowMs),
    });
    await changeKeys(path, nowMs, (before) => addKey(before, record, nowMs));
    if (flags.json === true) {
      await context.stdout.line(JSON.stringify({ key, id: record.id, client, file: path }));
      return;
    }
    await context.stdout.line(key);
    await context.stderr.line(
      `Key ${record.id} of ${client} may ${record.scopes.join(', ')}. It is shown only now.`,
    );
    await context.stderr.line('Use it: export BYTEBASKET_KEY=…');
  });

  const list = keys
    .command('list')
    .description('lists the keys: id, client, scopes, state; never the keys themselves')
    .option('--json', 'as JSON');
  addSettingOptions(list, ['keysFile']).action(async (flags: KeysFlags) => {
    const path = await keysFileOf(list, context);
    const listed = listKeys(await readKeys(path, Date.now()), Date.now());
    if (flags.json === true) {
      await context.stdout.line(JSON.stringify({ file: path, keys: listed }));
      return;
    }
    await context.stdout.line(
      textTable([
        ['ID', 'CLIENT', 'STATE', 'CREATED', 'EXPIRES', 'SCOPES'],
        ...listed.map((key) => [
          ...[key.id, key.client, key.state, key.createTime, key.expireTime ?? 'never'],
          key.scopes.join(','),
        ]),
      ]),
    );
  });

  const revoke = keys
    .command('revoke')
    .description('revokes a key for good')
    .argument('<id>', 'its id, as `list` shows it');
  addSettingOptions(revoke, ['keysFile']).action(async (id: string) => {
    const path = await keysFileOf(revoke, context);
    await changeKeys(path, Date.now(), (before) => revokeKey(before, id));
    await context.stdout.line(`revoked ${id}`);
  });
}

async function keysFileOf(command: Command, context: CliContext): Promise<string> {
  const { config } = await loadFromFlags(command, context);
  if (config.keysFile !== undefined) return config.keysFile;
  throw usageError('no keys file is named', 'Name one: --keys-file keys.json');
}

function knownScopes(): readonly string[] {
  return [...new Set<string>(Object.values(METHOD_SCOPES))].sort();
}

function checkedClient(client: string): string {
  if (/^[A-Za-z0-9_.-]{1,64}$/.test(client)) return client;
  throw usageError(`client '${client}' is not a name`, 'Use 1 to 64 of letters, digits, _ . -');
}

function checkedScopes(list: string, known: readonly string[]): readonly string[] {
  const scopes = [...new Set(list.split(',').map((scope) => scope.trim()))];
  for (const scope of scopes) {
    if (known.includes(scope)) continue;
    const close = didYouMean(scope, known);
    throw usageError(
      `there is no scope '${scope}'`,
      close === undefined ? `Use some of ${known.join(', ')}.` : `Did you mean '${close}'?`,
    );
  }
  return scopes;
}

function expireMsOf(text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return undefined;
  const days = Number(text);
  if (Number.isInteger(days) && days >= 1 && days <= EXPIRE_DAYS_MAX) return nowMs + days * DAY_MS;
  throw usageError(`--expire-days is '${text}': use a whole number from 1 to ${EXPIRE_DAYS_MAX}`);
}
