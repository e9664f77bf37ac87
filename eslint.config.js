// Lint rules: typed TypeScript rules, and the import rings of the architecture as `import-x/no-restricted-paths` zones.
import { readdirSync } from 'node:fs';
import js from '@eslint/js';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import importX from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

const server = (folder) => `./server/src/${folder}`;
const DOMAINS = ['ingest', 'metrics', 'transactions', 'fraud', 'recommendation'];
const MACHINERY = ['gateway', 'processor'];
const ADAPTERS = readdirSync(new URL(server('adapters'), import.meta.url));

/** A zone: code in `target` must not import from `from`, because of `message`. */
const zone = (target, from, message, except = []) => ({ target, from, message, except });

const rings = [
  zone('./proto', ['./sdk', './server', './jobs', './cli'], 'proto depends on nothing.'),
  zone('./sdk', ['./server', './jobs', './cli'], 'The SDK imports only proto.'),
  zone('./server', ['./sdk', './jobs', './cli'], 'The server imports only proto.'),
  zone('./jobs', ['./sdk', './cli'], 'Jobs import proto and the server.'),
  zone(server('ports'), './server/src', 'Ports import nothing.', ['./ports']),
  zone(server('adapters'), './server/src', 'Adapters import ports and one vendor.', [
    './adapters',
    './ports',
  ]),
  ...ADAPTERS.flatMap((folder) =>
    ADAPTERS.filter((other) => other !== folder).map((other) =>
      zone(
        server(`adapters/${folder}`),
        server(`adapters/${other}`),
        'An adapter does not know another one.',
      ),
    ),
  ),
  zone(server('retry'), './server/src', 'Retry imports only ports.', ['./ports', './retry']),
  // The declaration of the progress table is what the two agree on: the processor writes it, the hub reads it.
  zone(server('gateway'), server('processor'), 'The gateway does not know the processor.', [
    './tables.ts',
  ]),
  zone(server('processor'), server('gateway'), 'The processor does not know the gateway.'),
  ...[...DOMAINS, ...MACHINERY].map((folder) =>
    zone(server(folder), server('adapters'), 'Only the composition root (cli) names adapters.'),
  ),
  ...DOMAINS.flatMap((folder) =>
    DOMAINS.filter((other) => other !== folder).map((other) =>
      zone(server(folder), server(other), 'A domain folder does not know another one.'),
    ),
  ),
  ...MACHINERY.flatMap((folder) =>
    DOMAINS.map((domain) =>
      zone(server(folder), server(domain), 'Machinery knows domain folders only by interface.'),
    ),
  ),
];

export default tseslint.config(
  {
    ignores: [
      '**/dist/**',
      '**/node_modules/**',
      'proto/gen/**',
      'third_party/**',
      'coverage/**',
      'data/**',
    ],
  },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    plugins: { 'import-x': importX },
    languageOptions: {
      parserOptions: {
        project: [
          './proto/tsconfig.json',
          './sdk/tsconfig.json',
          './server/tsconfig.json',
          './jobs/tsconfig.json',
          './cli/tsconfig.json',
          './tests/tsconfig.json',
        ],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    settings: {
      'import-x/resolver-next': [
        createTypeScriptImportResolver({
          conditionNames: ['@bytebasket/source', 'types', 'import'],
        }),
      ],
    },
    rules: {
      'import-x/no-restricted-paths': ['error', { basePath: import.meta.dirname, zones: rings }],
      'import-x/no-default-export': 'error',
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportAllDeclaration', message: 'Name what is exported.' },
        { selector: 'TSEnumDeclaration', message: 'Use a union of literals.' },
        { selector: 'TSParameterProperty', message: 'Assign fields in the constructor.' },
      ],
      'max-params': ['error', 3],
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
      'no-console': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: true },
      ],
    },
  },
  {
    // A test reads top to bottom: its size is one describe block.
    files: ['tests/**', 'bench/**', '**/*.test.ts'],
    rules: {
      'max-lines-per-function': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
    },
  },
  {
    files: ['cli/**', 'bench/**', 'vitest.config.ts'],
    rules: { 'import-x/no-default-export': 'off' },
  },
  {
    files: ['**/*.{js,mjs,cjs}'],
    languageOptions: {
      globals: {
        process: 'readonly',
        __dirname: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        Buffer: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        performance: 'readonly',
      },
    },
  },
);
