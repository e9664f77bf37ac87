import { StringDecoder } from 'node:string_decoder';

/** Longest line that is read whole, characters. */
export const LINE_CHARS_MAX = 1 << 20;

/** A line, numbered from 1. */
export interface Line {
  readonly number: number;
  /** Without its end; empty when the line is too long. */
  readonly text: string;
  readonly tooLong: boolean;
}

/**
 * Splits a stream into lines. A line of more than `charsMax` characters is told as such and skipped, so memory is
 * bounded by it whatever the stream holds. A byte order mark at the start is left out; lines end with LF or CRLF.
 */
export async function* linesOf(
  input: AsyncIterable<unknown>,
  charsMax: number,
): AsyncGenerator<Line> {
  const decoder = new StringDecoder('utf8');
  let number = 1;
  let rest = '';
  let tooLong = false;
  const take = (text: string) => {
    tooLong ||= rest.length + text.length > charsMax;
    rest = tooLong ? '' : rest + text;
  };
  const finish = (): Line => {
    const marked = number === 1 && rest.startsWith('\uFEFF') ? rest.slice(1) : rest;
    const line = { number, text: marked.endsWith('\r') ? marked.slice(0, -1) : marked, tooLong };
    number++;
    rest = '';
    tooLong = false;
    return line;
  };
  for await (const chunk of input) {
    const text = typeof chunk === 'string' ? chunk : decoder.write(chunk as Buffer);
    let start = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      take(text.slice(start, end));
      yield finish();
      start = end + 1;
    }
    take(text.slice(start));
  }
  take(decoder.end());
  const last = finish();
  if (last.text !== '' || last.tooLong) yield last;
}
