import { isUtf8 } from 'node:buffer';
import { BinaryReader } from '@bufbuild/protobuf/wire';

/** A text field holds bytes that are not UTF-8. */
export class TextNotUtf8Error extends Error {
  override readonly name = 'TextNotUtf8Error';
  /** Where the text begins in the bytes read. */
  readonly at: number;

  constructor(at: number) {
    super(`the text at byte ${at} is not valid UTF-8`);
    this.at = at;
  }
}

/** A reader that refuses text which is not UTF-8; the usual decoder replaces what it cannot read. */
export function strictReader(bytes: Uint8Array): BinaryReader {
  return new BinaryReader(bytes, (text) => {
    if (!isUtf8(text)) throw new TextNotUtf8Error(text.byteOffset - bytes.byteOffset);
    return Buffer.from(text.buffer, text.byteOffset, text.length).toString('utf8');
  });
}
