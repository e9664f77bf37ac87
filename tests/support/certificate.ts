import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto';

/** A self-signed certificate for `localhost` and 127.0.0.1, PEM. Made in Node alone, so that no openssl is needed. */
export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
}

const SEQUENCE = 0x30;
const SET = 0x31;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OID = 0x06;
const UTF8 = 0x0c;
const UTC_TIME = 0x17;

/** One DER element: tag, length, content. */
function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const bytes = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...bytes]), content]);
}

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const value of rest) {
    const groups = [value & 0x7f];
    for (let left = value >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return der(OID, Buffer.from(bytes));
}

function utcTime(time: Date): Buffer {
  const digits = time.toISOString().replace(/[-:T]/g, '').slice(2, 14);
  return der(UTC_TIME, Buffer.from(`${digits}Z`));
}

function commonName(name: string): Buffer {
  const attribute = der(SEQUENCE, oid('2.5.4.3'), der(UTF8, Buffer.from(name)));
  return der(SEQUENCE, der(SET, attribute));
}

/** subjectAltName: DNS localhost, IP 127.0.0.1. */
function alternativeNames(): Buffer {
  const names = der(
    SEQUENCE,
    der(0x82, Buffer.from('localhost')),
    der(0x87, Buffer.from([127, 0, 0, 1])),
  );
  const extension = der(SEQUENCE, oid('2.5.29.17'), der(OCTET_STRING, names));
  return der(0xa3, der(SEQUENCE, extension));
}

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

/** Makes a certificate that is valid from an hour ago for a day. `serial` tells two of them apart, 1 to 127. */
export function testCertificate(serial: number): TestCertificate {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const ecdsaWithSha256 = der(SEQUENCE, oid('1.2.840.10045.4.3.2'));
  const name = commonName('localhost');
  const now = Date.now();
  const validity = der(
    SEQUENCE,
    utcTime(new Date(now - 3_600_000)),
    utcTime(new Date(now + 86_400_000)),
  );
  const body = der(
    SEQUENCE,
    der(0xa0, der(INTEGER, Buffer.from([2]))),
    der(INTEGER, Buffer.from([serial])),
    ecdsaWithSha256,
    name,
    validity,
    name,
    createPublicKey(privateKey).export({ type: 'spki', format: 'der' }),
    alternativeNames(),
  );
  const signature = sign('sha256', body, privateKey);
  const certificate = der(
    SEQUENCE,
    body,
    ecdsaWithSha256,
    der(BIT_STRING, Buffer.from([0]), signature),
  );
  return {
    cert: pem('CERTIFICATE', certificate),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}
