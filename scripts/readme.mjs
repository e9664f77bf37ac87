// Writes the generated tables of the README: settings and error reasons. `npm run readme` after changing either; a test
// holds the file against it. Needs a build.
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const { configMarkdown } = await import(new URL('../cli/dist/config/show.js', import.meta.url));
const { errorTableMarkdown } = await import(
  new URL('../server/dist/gateway/error-table.js', import.meta.url)
);

const FILE = new URL('../README.md', import.meta.url);

/** The README with fresh tables between its markers. */
export function withTables(readme) {
  const put = (text, name, table) =>
    text.replace(
      new RegExp(`(<!-- ${name} -->\\n)[\\s\\S]*?(<!-- /${name} -->)`),
      (_, before, after) => `${before}\n${table.trim()}\n\n${after}`,
    );
  return put(put(readme, 'settings', configMarkdown()), 'errors', errorTableMarkdown());
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  writeFileSync(FILE, withTables(readFileSync(FILE, 'utf8')));
}
