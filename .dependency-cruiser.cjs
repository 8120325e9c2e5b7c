// The import rules (docs/explanation/architecture.md). In each rule, files in `from` must not import files in `to`.
const core = 'packages/core/src'
const rule = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to })

module.exports = {
  forbidden: [
    rule('no-cycles', 'A cycle cannot be read in order.', {}, { circular: true }),
    rule(
      'core-imports-nothing',
      'Core has no dependencies and does no I/O.',
      { path: `^${core}/` },
      { pathNot: `^${core}/` },
    ),
    rule(
      'wire-knows-no-machine',
      'Wire formats know no machine, flow, driver or client.',
      { path: `^${core}/wire/` },
      { path: `^${core}/(machine|flows|drive|client|sign-in|keeping|functions|keeper)/` },
    ),
    rule(
      'machine-knows-no-wire',
      'Machines know no protocol.',
      { path: `^${core}/machine/` },
      { path: `^${core}/(?!machine/|errors|failure|util/)` },
    ),
    rule(
      'flows-are-pure',
      'A flow knows no driver and no client.',
      { path: `^${core}/(flows|keeper)/`, pathNot: 'index.ts$' },
      { path: `^${core}/(drive|client|sign-in|keeping|functions|platform)` },
    ),
    rule(
      'drive-knows-no-client',
      'The driver is below the client.',
      { path: `^${core}/drive/` },
      { path: `^${core}/(client|sign-in|keeping|functions)/` },
    ),
    rule(
      'adapters-import-core',
      'An adapter imports core and the library that it adapts.',
      { path: '^packages/((transport|storage)-[^/]+|web)/src/' },
      { path: '^packages/(?!core/)', pathNot: '^packages/$1' },
    ),
    rule(
      'adapters-send-by-transport-fetch',
      'An adapter for a library imports core, the library, and authorizedFetch.',
      { path: '^packages/adapters/src/' },
      { path: '^packages/(?!(core|transport-fetch|adapters)/)' },
    ),
    rule(
      'mcp-sends-by-transport-fetch',
      'Hosts of MCP servers bring the SDK: the package imports core and authorizedFetch.',
      { path: '^packages/mcp/src/' },
      { path: '^packages/(?!(core|transport-fetch|mcp)/)' },
    ),
    rule(
      'test-kit-imports-core',
      'The contracts know core only.',
      { path: '^packages/test-kit/src/' },
      { path: '^packages/(?!(core|test-kit)/)' },
    ),
    rule(
      'emulator-stands-alone',
      'Client and emulator must not share a bug.',
      { path: '^packages/emulator/src/' },
      { path: '^packages/(?!emulator/)' },
    ),
    rule(
      'nobody-imports-the-tops',
      'Programs are not libraries.',
      { path: '^packages/', pathNot: '^packages/cli/' },
      { path: '^(packages/cli|examples|benchmarks)/' },
    ),
    rule(
      'examples-import-no-program',
      'Users copy examples, so an example imports libraries only.',
      { path: '^(examples|benchmarks)/' },
      { path: '^packages/cli/' },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|node_modules|test)/' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@latchkey/source', 'import', 'types', 'default'],
    },
    tsConfig: { fileName: 'tsconfig.base.json' },
  },
}
