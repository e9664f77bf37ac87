import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** What a file is by its first bytes: names lie. */
export type FileKind = 'parquet' | 'gzip' | 'text';

export async function fileKind(path: string): Promise<FileKind> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    if (bytesRead === 4 && buffer.toString('latin1') === 'PAR1') return 'parquet';
    return buffer[0] === 0x1f && buffer[1] === 0x8b ? 'gzip' : 'text';
  } finally {
    await file.close();
  }
}

/** The text of a plain or gzip file as a stream of bytes. Errors of the file and of gzip reach the reader. */
export function textStream(path: string, kind: 'gzip' | 'text'): Readable {
  const raw = createReadStream(path);
  if (kind === 'text') return raw;
  const gunzip = createGunzip();
  raw.on('error', (error) => gunzip.destroy(error));
  gunzip.on('close', () => raw.destroy());
  return raw.pipe(gunzip);
}

/** The first line of a text file, at most 1 MiB of it. */
export async function firstLine(path: string, kind: 'gzip' | 'text'): Promise<string> {
  const stream = textStream(path, kind);
  let head = '';
  for await (const chunk of stream) {
    head += (chunk as Buffer).toString('utf8');
    if (head.includes('\n') || head.length > 1 << 20) break;
  }
  stream.destroy();
  return (head.split('\n')[0] ?? '').replace(/^\uFEFF/, '').replace(/\r$/, '');
}
