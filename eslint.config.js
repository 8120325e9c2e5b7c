import tseslint from 'typescript-eslint'

/** Core reaches clocks, randomness and timers through its ports only; `platform.ts` alone builds the defaults. */
const impure = [
  ['Date', 'now'],
  ['Math', 'random'],
  ['performance', 'now'],
  ['crypto', 'getRandomValues'],
].map(([object, property]) => ({ object, property, message: 'Time and randomness come in through a port.' }))

const globals = [
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'fetch',
  'console',
  'process',
].map(name => ({ name, message: 'Core takes this through a port; platform.ts builds the default.' }))

export default tseslint.config(
  { ignores: ['**/dist/', '**/node_modules/', '.nx/', '.tmp/'] },
  ...tseslint.configs.recommended,
  {
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-console': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  {
    files: [
      ...['examples/**', 'benchmarks/**', 'tools/**', '**/bin/**', 'packages/emulator/src/main.ts'],
      'packages/*/test/programs/**',
      'tests/runtimes/main.ts',
    ],
    rules: { 'no-console': 'off' },
  },
  { files: ['**/*.cjs'], rules: { '@typescript-eslint/no-require-imports': 'off' } },
  {
    files: ['packages/core/src/**/*.ts'],
    ignores: ['packages/core/src/platform.ts'],
    rules: {
      'no-restricted-properties': ['error', ...impure],
      'no-restricted-globals': ['error', ...globals],
      'no-restricted-syntax': [
        'error',
        {
          selector: "NewExpression[callee.name='Date'][arguments.length=0]",
          message: 'Time comes in through a port.',
        },
      ],
    },
  },
)
