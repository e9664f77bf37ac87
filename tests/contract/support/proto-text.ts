// The proto files as text, for what descriptors do not keep: comments.
import { readFileSync, readdirSync } from 'node:fs';
import { REPOSITORY } from './contract.js';

const FOLDER = new URL('proto/', REPOSITORY);

/** A proto file. */
export interface ProtoText {
  readonly file: string;
  readonly lines: readonly string[];
}

/** Reads every proto file of ByteBasket. */
export function protoTexts(): ProtoText[] {
  return readdirSync(new URL('bytebasket/', FOLDER), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.proto'))
    .sort()
    .map((name) => {
      const file = `bytebasket/${name.replaceAll('\\', '/')}`;
      return { file, lines: readFileSync(new URL(file, FOLDER), 'utf8').split('\n') };
    });
}

/** A comment and the line that it stands above. */
export interface Comment {
  readonly at: string;
  readonly text: string;
  readonly subject: string;
  /** The message or service around it, or itself; empty at the top of a file. */
  readonly within: string;
}

/** Reads the comment blocks of a file with what each describes. */
export function commentsOf({ file, lines }: ProtoText): Comment[] {
  const comments: Comment[] = [];
  let block: string[] = [];
  let within = '';
  lines.forEach((line, index) => {
    const comment = /^\s*\/\/ ?(.*)$/.exec(line);
    if (comment?.[1] !== undefined) {
      block.push(comment[1].trim());
      return;
    }
    within = /^(?:message|enum|service) (\w+)/.exec(line)?.[1] ?? within;
    if (block.length > 0) {
      const at = `${file}:${index + 1}`;
      comments.push({ at, text: block.join(' '), subject: line.trim(), within });
    }
    block = [];
  });
  return comments;
}
