// Builds the CommonJS half of the package into dist/cjs, after `tsc -b sdk` has built the ES modules: two bundles that
// hold the SDK and the contract (which is ESM only), and copies of the declarations that TypeScript reads as CommonJS.
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const SDK = fileURLToPath(new URL('..', import.meta.url));
const PROTO = join(SDK, '..', 'proto');
const OUT = join(SDK, 'dist', 'cjs');

/** Parts of the contract's export map that declarations name: folder below the package's own declarations. */
const CONTRACT_TYPES = [
  ['@bytebasket/proto/gen/', 'gen/'],
  ['@bytebasket/proto/validation', 'gen/validation'],
  ['@bytebasket/proto/options', 'gen/options'],
];

await rm(OUT, { recursive: true, force: true });
await mkdir(OUT, { recursive: true });
await build({
  entryPoints: { index: join(SDK, 'src/index.ts'), testing: join(SDK, 'src/testing/index.ts') },
  outdir: OUT,
  outExtension: { '.js': '.cjs' },
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  conditions: ['@bytebasket/source'],
  // gRPC stays outside: it is CommonJS itself, and one process should have one copy of it.
  external: ['@grpc/grpc-js', 'nice-grpc*', 'abort-controller-x'],
  // The test gateway lives in an ES module; `import()` must stay what it is.
  supported: { 'dynamic-import': true },
  sourcemap: true,
  legalComments: 'inline',
  logLevel: 'warning',
});
await writeFile(join(OUT, 'package.json'), `${JSON.stringify({ type: 'commonjs' }, null, 2)}\n`);
await copyDeclarations(join(SDK, 'dist'), join(OUT, 'types', 'sdk'), ['cjs']);
await copyDeclarations(join(PROTO, 'dist'), join(OUT, 'types', 'proto'), []);

/** Copies the .d.ts files of a folder, so that names from the contract lead to its copy. */
async function copyDeclarations(from, to, skip) {
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (skip.includes(entry.name)) continue;
    const source = join(from, entry.name);
    const target = join(to, entry.name);
    if (entry.isDirectory()) await copyDeclarations(source, target, []);
    else if (entry.name.endsWith('.d.ts')) await copyDeclaration(source, target);
  }
}

async function copyDeclaration(source, target) {
  await mkdir(dirname(target), { recursive: true });
  const text = await readFile(source, 'utf8');
  const contract = relative(dirname(target), join(OUT, 'types', 'proto'))
    .split(sep)
    .join('/');
  const local = CONTRACT_TYPES.reduce(
    (done, [name, folder]) =>
      done.replaceAll(
        new RegExp(`(['"])${name}([^'"]*)\\1`, 'g'),
        (_all, quote, rest) => `${quote}${contract}/${folder}${rest}.js${quote}`,
      ),
    text,
  );
  await writeFile(target, local.replace(/\n\/\/# sourceMappingURL=.*\n?$/, '\n'));
}
