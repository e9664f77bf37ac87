// TypeScript names of messages. A message's own name serves; where two packages share one, the package goes in front.

const packageWord = (message) => {
  const word = message.file.proto.package.split('.').at(-2);
  return `${word[0].toUpperCase()}${word.slice(1)}`;
};

/** ts-proto names a nested message after its parents: `Outer_Inner`. */
const localName = (message) =>
  message.parent === undefined ? message.name : `${localName(message.parent)}_${message.name}`;

/** Names for messages: full type name → TypeScript name. */
export function tsNames(messages) {
  const times = new Map();
  for (const message of messages) {
    const name = localName(message);
    times.set(name, (times.get(name) ?? 0) + 1);
  }
  return new Map(
    messages.map((message) => {
      const name = localName(message);
      return [message.typeName, times.get(name) === 1 ? name : `${packageWord(message)}${name}`];
    }),
  );
}

/** Prints the type imports of messages from ts-proto's files. */
export function tsImports(messages, names) {
  const files = new Map();
  for (const message of messages) {
    const name = names.get(message.typeName);
    const local = localName(message);
    const text = name === local ? name : `${local} as ${name}`;
    files.set(message.file.name, [...(files.get(message.file.name) ?? []), text]);
  }
  return [...files]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([file, imported]) => `import type { ${imported.sort().join(', ')} } from './${file}.js';\n`,
    )
    .join('');
}
