import tseslint from 'typescript-eslint'

/** Core uses clocks, randomness and timers only through its ports; `platform.ts` builds the defaults. */
const impure = [
  ['Date', 'now'],
  ['Math', 'random'],
  ['performance', 'now'],
  ['crypto', 'getRandomValues'],
].map(([object, property]) => ({ object, property, message: 'Use a port for time and randomness.' }))

const globals = [
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'fetch',
  'console',
  'process',
].map(name => ({ name, message: 'Use a port in core; platform.ts builds the default.' }))

export default tseslint.config(
  {
    ignores: [
      '**/dist/',
      '**/node_modules/',
      '.nx/',
      '.tmp/',
      '**/.next/',
      '**/.svelte-kit/',
      '**/sveltekit/build/',
      'site/.pages/',
    ],
  },
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
      ...[
        'examples/**',
        'benchmarks/**',
        'tools/**',
        'site/*.ts',
        '**/bin/**',
        'packages/emulator/src/main.ts',
      ],
      'packages/*/test/programs/**',
      'tests/runtimes/main.ts',
      'tests/system/other-databases/*-program.ts',
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
          message: 'Use the Clock port for time.',
        },
      ],
    },
  },
)
