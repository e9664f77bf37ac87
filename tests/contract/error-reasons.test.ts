import { readFileSync } from 'node:fs';
import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import { ERROR_TABLE, errorRow, errorTableMarkdown } from '@bytebasket/server/gateway/error-table';
import { Status } from 'nice-grpc-common';
import { describe, expect, test } from 'vitest';

const PROTO = new URL('../../proto/bytebasket/error/v1/error_reason.proto', import.meta.url);

interface Documented {
  readonly name: string;
  readonly number: number;
  readonly comment: string;
  readonly code: string | undefined;
  readonly metadata: readonly string[];
  readonly retryInfo: boolean;
}

/** Every value of the enum with what its comment says. */
function documentedReasons(): Documented[] {
  const text = readFileSync(PROTO, 'utf8');
  const found = text.matchAll(/((?:^ {2}\/\/.*\n)+) {2}ERROR_REASON_([A-Z0-9_]+) = (\d+);/gm);
  return [...found].map(([, lines = '', name = '', number = '']) => {
    const comment = lines.replace(/^ *\/\/ ?/gm, ' ').replace(/\s+/g, ' ');
    const contract = comment.split('Example:')[0] ?? '';
    const metadata = /; metadata ([^.]*)\./.exec(contract)?.[1] ?? '';
    return {
      name,
      number: Number(number),
      comment,
      code: /Code ([A-Z_]+)/.exec(contract)?.[1],
      metadata: [...metadata.matchAll(/`([a-z_]+)`/g)].map(([, key = '']) => key),
      retryInfo: contract.includes('with RetryInfo'),
    };
  });
}

const documented = documentedReasons();
const tabled = new Map(Object.entries(ERROR_TABLE).map(([number, row]) => [Number(number), row]));

describe('error reasons of the contract and the table of the gateway', () => {
  test('the proto has been read whole', () => {
    const values = Object.values(ErrorReason).filter((value) => typeof value === 'number');
    const known = values.filter((value) => value !== ErrorReason.UNRECOGNIZED);
    expect(documented.map((one) => one.number).sort((a, b) => a - b)).toEqual(known);
  });

  test('every reason with a code in its comment has a row, and every row such a comment', () => {
    const coded = documented.filter((one) => one.code !== undefined).map((one) => one.number);
    expect(coded.sort((a, b) => a - b)).toEqual([...tabled.keys()]);
  });

  test.each(documented.filter((one) => one.code !== undefined))(
    '$name has the code, the metadata keys and the RetryInfo that its comment names',
    ({ number, code, metadata, retryInfo }) => {
      const row = tabled.get(number);
      expect(row && Status[row.code]).toBe(code);
      expect(row?.metadata).toEqual(metadata);
      expect(row?.retryDelayMs !== undefined).toBe(retryInfo);
    },
  );

  test.each(documented)('$name has an example in its comment, or is never sent', ({ comment }) => {
    expect(comment).toMatch(/Example: `.+`|never sent\./);
  });

  test('reasons that never leave are answered as INTERNAL', () => {
    expect(errorRow(ErrorReason.FOLD_FAILED).code).toBe(Status.INTERNAL);
    expect(errorRow(ErrorReason.UNSPECIFIED).code).toBe(Status.INTERNAL);
  });

  test('the markdown table has one line per reason with its code', () => {
    const lines = errorTableMarkdown().split('\n').slice(2);
    expect(lines).toHaveLength(tabled.size);
    for (const { name, code } of documented.filter((one) => one.code !== undefined)) {
      expect(
        lines.filter((line) => line.startsWith(`| \`${name}\` | \`${code ?? ''}\` |`)),
      ).toHaveLength(1);
    }
  });
});
