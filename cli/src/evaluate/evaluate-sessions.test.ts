import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCommand } from '../../../tests/support/cli-context.js';
import { registerEvaluate } from '../commands/evaluate.js';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bytebasket-evaluate-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const PLAIN = ['1,0,a', '1,1,b', '2,0,a', '2,1,b', '2,2,c', '3,0,x', '3,1,y'];
const CASE = '{"case":"q","prefix":["a"],"k":3,"exclude_seen":false}';

interface Input {
  readonly train?: readonly string[] | Buffer;
  readonly cases?: readonly string[];
  readonly flags?: readonly string[];
}

/** Runs the command over files of these lines. */
async function evaluate({ train = PLAIN, cases = [CASE], flags = ['--tune', 'off'] }: Input) {
  writeFileSync(
    join(folder, 'train.csv'),
    Buffer.isBuffer(train) ? train : `${train.join('\n')}\n`,
  );
  writeFileSync(join(folder, 'cases.jsonl'), `${cases.join('\n')}\n`);
  rmSync(join(folder, 'out.jsonl'), { force: true });
  const args = ['--train', 'train.csv', '--cases', 'cases.jsonl', '--out', 'out.jsonl', ...flags];
  const result = await runCommand(registerEvaluate, ['evaluate', 'sessions', ...args], {
    cwd: folder,
  });
  const written = readdirSync(folder).includes('out.jsonl');
  const text = written ? readFileSync(join(folder, 'out.jsonl'), 'utf8') : '';
  const answers = text.split('\n').filter((line) => line !== '');
  return { ...result, written, answers: answers.map((line) => JSON.parse(line) as Answer) };
}

interface Answer {
  readonly case: string | number;
  readonly items: readonly (string | number)[];
}

describe('evaluate sessions', () => {
  test('answers each case with items up to k, best first, the own items of the session among them', async () => {
    const { code, answers, stdout } = await evaluate({});
    expect(code).toBe(0);
    expect(answers).toEqual([{ case: 'q', items: ['a', 'b', 'c'] }]);
    expect(stdout).toContain('train: 3 sessions, 7 clicks, 5 items, 0 bad rows');
    expect(stdout).toContain('answered: 1 cases, 0 bad rows, in out.jsonl');
  });

  test('leaves the items of the prefix out when asked, and fills up with popular items', async () => {
    const { answers } = await evaluate({
      cases: ['{"case":7,"prefix":["a"],"k":9,"exclude_seen":true}'],
    });
    expect(answers[0]?.case).toBe(7);
    expect(answers[0]?.items.slice(0, 2)).toEqual(['b', 'c']);
    expect(new Set(answers[0]?.items.slice(2))).toEqual(new Set(['x', 'y']));
  });

  test('answers a prefix of unknown items, or none, by popularity', async () => {
    const { answers } = await evaluate({
      cases: ['{"case":1,"prefix":["new"],"k":2}', '{"case":2,"prefix":[],"k":2}'],
    });
    expect(answers.map(({ items }) => new Set(items))).toEqual([
      new Set(['a', 'b']),
      new Set(['a', 'b']),
    ]);
  });

  test('gives numbers back where items came as numbers, and 20 where no k is named', async () => {
    const train = Array.from({ length: 40 }, (_, at) => `1,${at},${at + 100}`);
    const { answers } = await evaluate({ train, cases: ['{"case":1,"prefix":[105]}'] });
    expect(answers[0]?.items).toHaveLength(20);
    expect(answers[0]?.items).toContain(105);
  });

  test.each([
    ['a header', ['session_id,pos,item_id', ...PLAIN]],
    [
      'columns in another order, more of them, and quotes',
      ['note,item_id,session_id,pos', ...PLAIN.map((row) => quotedRow(row))],
    ],
    ['rows of a session in any order', PLAIN.toReversed()],
    ['line ends of Windows and empty lines', [...PLAIN.map((row) => `${row}\r`), '', '\r']],
    ['gzip', gzipSync(PLAIN.join('\n'))],
  ] as const)('reads training rows with %s', async (_, train) => {
    const { answers } = await evaluate({ train });
    expect(answers).toEqual([{ case: 'q', items: ['a', 'b', 'c'] }]);
  });

  test('orders sessions by time_s where the file has it', async () => {
    // The neighbour that is newer counts more.
    const rows = (first: number, second: number) =>
      ['1,0,a', '1,1,early', '2,0,a', '2,1,late', '3,0,z'].map((row) => {
        const times: Record<string, number> = { 1: first, 2: second };
        return `${row},${times[row[0] ?? ''] ?? 500.5}`;
      });
    const second = async (train: string[]) => (await evaluate({ train })).answers[0]?.items[1];
    expect(await second(rows(100, 200))).toBe('late');
    expect(await second(rows(300, 200))).toBe('early');
  });

  test('counts bad rows, names their lines, and goes on', async () => {
    const { code, stderr, stdout, answers } = await evaluate({
      train: [...PLAIN, '4,0', '4,x,a', ',0,a', '4,1,'],
      cases: [CASE, 'nope', '{"case":"r"}', '{"case":"s","prefix":[null],"k":1}', CASE],
    });
    expect(stderr.split('\n')).toEqual(
      expect.arrayContaining([
        expect.stringContaining('train.csv line 8 has 2 fields where 3 are expected'),
        expect.stringContaining("train.csv line 9 has the pos 'x': a number is needed"),
        expect.stringContaining('train.csv line 10 has no session_id'),
        expect.stringContaining('train.csv line 11 has no item_id'),
        expect.stringContaining('cases.jsonl line 2 is not JSON'),
        expect.stringContaining("cases.jsonl line 3 has no 'prefix'"),
        expect.stringContaining("cases.jsonl line 4 has null in 'prefix'"),
      ]),
    );
    expect(stdout).toContain('4 bad rows');
    expect(answers).toHaveLength(2);
    // Some cases have no answer: a script must know.
    expect(code).toBe(1);
  });

  test.each([
    ['{"case":"q","prefix":["a"],"k":0}', 'has the k 0'],
    ['{"case":"q","prefix":["a"],"exclude_seen":1}', 'has the exclude_seen 1'],
    ['{"prefix":["a"]}', "has no 'case'"],
    ['[1]', 'is not a JSON object'],
  ])('says what is wrong with %s', async (line, message) => {
    expect((await evaluate({ cases: [line] })).stderr).toContain(`line 1 ${message}`);
  });

  test('stops at the first bad row with --strict, and leaves no half file', async () => {
    const strict = ['--tune', 'off', '--strict'];
    const train = await evaluate({ train: [...PLAIN, '4,0'], flags: strict });
    expect([train.code, train.written]).toEqual([1, false]);
    const cases = await evaluate({ cases: [CASE, 'nope'], flags: strict });
    expect([cases.code, cases.written]).toEqual([1, false]);
    expect(cases.stderr).toContain('line 2 is not JSON');
    expect(readdirSync(folder).filter((file) => file.endsWith('.part'))).toEqual([]);
  });

  test('refuses a training file that is none, an empty one and one that is not there', async () => {
    const none = await evaluate({ train: ['what,is,this'] });
    expect(none.stderr).toContain("begins with 'what,is,this'");
    expect(none.code).toBe(2);
    const empty = await evaluate({ train: ['session_id,pos,item_id'] });
    expect(empty.stderr).toContain('has no usable row');
    const args = ['--train', 'gone.csv', '--cases', 'cases.jsonl', '--out', 'out.jsonl'];
    const gone = await runCommand(registerEvaluate, ['evaluate', 'sessions', ...args], {
      cwd: folder,
    });
    expect(gone.stderr).toContain('cannot read --train');
    expect(gone.code).toBe(1);
  });

  test('never writes over a file that it reads', async () => {
    await evaluate({});
    const args = ['--train', 'train.csv', '--cases', 'cases.jsonl', '--out', './cases.jsonl'];
    const { code } = await runCommand(registerEvaluate, ['evaluate', 'sessions', ...args], {
      cwd: folder,
    });
    expect(code).toBe(2);
    expect(readFileSync(join(folder, 'cases.jsonl'), 'utf8')).toBe(`${CASE}\n`);
  });

  test('chooses settings on the newest sessions of the training part, whatever the cases are', async () => {
    // What follows an item lies far behind it, as the default decay of the distance does not expect.
    const train = Array.from({ length: 400 }, (_, s) => {
      const goal = `goal-${s % 8}`;
      const noise = [`n${(s * 7) % 61}`, `n${(s * 11) % 61}`, `n${(s * 13) % 61}`];
      return [`start-${s % 8}`, ...noise, goal].map((item, pos) => `${s},${pos},${item}`);
    }).flat();
    const report = async (prefix: string) => {
      const cases = [`{"case":1,"prefix":["${prefix}"],"k":5}`];
      const { stdout } = await evaluate({ train, cases, flags: ['--json'] });
      return JSON.parse(stdout) as Report;
    };
    const { tuned, settings, sessionsHeld } = await report('start-1');
    expect(sessionsHeld).toBe(400);
    expect(tuned?.questions).toBe(160);
    expect(tuned?.mrr20).toBeGreaterThan(tuned?.before.mrr20 ?? 1);
    expect((await report('goal-1')).settings).toEqual(settings);
  });
});

interface Report {
  readonly sessionsHeld: number;
  readonly settings: Readonly<Record<string, number>>;
  readonly tuned: {
    readonly questions: number;
    readonly mrr20: number;
    readonly before: { readonly mrr20: number };
  } | null;
}

function quotedRow(row: string): string {
  const [session = '', pos = '', item = ''] = row.split(',');
  return `"a, ""b""","${item}",${session},${pos}`;
}
