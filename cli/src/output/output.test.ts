import { PassThrough } from 'node:stream';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { CliError } from './cli-error.js';
import { describeError } from './describe-error.js';
import { readableLine } from './logger.js';
import { streamOutput } from './text-output.js';
import { textTable } from './text-table.js';

describe('output', () => {
  test('an error is one line with its causes, each said once', () => {
    const cause = new Error('ENOSPC: no space\n    at write');
    const error = new Error('cannot write', { cause: new Error('ENOSPC: no space', { cause }) });
    expect(describeError(error)).toBe('cannot write: ENOSPC: no space');
    expect(describeError(new CliError('all said', { cause }))).toBe('all said');
    expect(describeError('text')).toBe('"text"');
  });

  test('a log line on a terminal is readable and stays one line', () => {
    const lines: string[] = [];
    const logger = pino({ base: null }, { write: (line: string) => lines.push(line) });
    logger.warn({ run: 2, path: 'a b', err: new Error('x\ny') }, 'again');
    const text = readableLine(JSON.parse(lines[0] ?? '') as Parameters<typeof readableLine>[0]);
    expect(text).toMatch(/^\d\d:\d\d:\d\d\.\d{3} warn {2}again run=2 path="a b" err="x\\ny"\n$/);
  });

  test('writing waits for a slow reader and ends when the reader went away', async () => {
    const stream = new PassThrough({ highWaterMark: 4 });
    const output = streamOutput(stream);
    let done = false;
    const written = output.write('too much for the buffer').then(() => (done = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(done).toBe(false);
    stream.resume();
    await written;
    stream.destroy();
    await output.write('nobody reads this');
  });

  test('columns of a table are as wide as their widest cell', () => {
    const rows = [
      ['A', 'B'],
      ['long', 'x'],
    ];
    expect(textTable(rows)).toBe('A     B\nlong  x');
  });
});
