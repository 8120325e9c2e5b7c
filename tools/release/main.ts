// Releases all packages from the last commit, in a clone of it: `npm run release -- --dry-run` does everything but publish.
// docs/reference/support.md says what a version promises.
import { execFileSync } from 'node:child_process'
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { readChanges, withVersion } from './changes.ts'
import { manifestOf, ROOT } from './packages.ts'

const { values } = parseArgs({ options: { 'dry-run': { type: 'boolean', default: false } } })

const folder = mkdtempSync(join(tmpdir(), 'latchkey-release-'))

/** Runs a command in the clone; its output goes to ours. @throws {Error} when it fails. */
function run(command: string, ...args: readonly string[]): void {
  console.log(`$ ${command} ${args.join(' ')}`)
  execFileSync(command, args, {
    cwd: folder,
    stdio: 'inherit',
    env: { ...process.env, FORCE_COLOR: '0', LATCHKEY_PACKED: join(folder, 'packed') },
  })
}

const versionIn = (root: string): string => manifestOf('packages/core', root).version

/** What a release does, in order. */
const STEPS: readonly { readonly title: string; run(): unknown; readonly notInDryRun?: boolean }[] = [
  {
    title: 'clone the last commit and install',
    run() {
      run('git', 'clone', '--quiet', ROOT, '.')
      // A dry run needs no name. Without one, a release fails here, and not when it commits.
      if (values['dry-run'])
        for (const [name, value] of Object.entries({ name: 'dry run', email: 'dry-run@localhost' }))
          run('git', 'config', `user.${name}`, value)
      run('git', 'var', 'GIT_COMMITTER_IDENT')
      run('npm', 'ci', '--prefer-offline', '--loglevel', 'error')
      const runtimes = 'tools/runtimes/node_modules'
      if (existsSync(join(ROOT, runtimes))) symlinkSync(join(ROOT, runtimes), join(folder, runtimes))
      run('npm', 'run', '--silent', 'prepare-machine', '--', '--runtimes')
    },
  },
  {
    title: 'the next version and its changelog, from the changesets',
    async run() {
      const changes = await readChanges(folder)
      run('npx', '--no-install', 'changeset', 'version')
      const path = join(folder, 'CHANGELOG.md')
      const date = new Date().toISOString().slice(0, 10)
      writeFileSync(
        path,
        withVersion(readFileSync(path, 'utf8'), { version: versionIn(folder), date, changes }),
      )
      run('npm', 'install', '--package-lock-only', '--prefer-offline', '--loglevel', 'error')
      run('npx', '--no-install', 'prettier', '--log-level', 'warn', '--write', '.')
      run('git', 'diff', '--stat', '--', '.', ':!package-lock.json')
      run('git', 'diff', '--unified=0', '--', 'CHANGELOG.md')
    },
  },
  { title: 'format, lint, import rules, types, terms, spelling', run: () => run('npm', 'run', 'check') },
  { title: 'build and pack', run: () => run('npm', 'run', 'pack') },
  {
    title: 'licences, fields, API reports, two versions of core; packed files on Node 22, 24 and 26',
    run() {
      run('npm', 'test', '--workspace', '@latchkey/tests', '--', '/release\\.test')
      run(
        ...['npm', 'run', 'test:system', '--workspace', '@latchkey/tests', '--'],
        '/system/(api|packages|two-cores)',
      )
    },
  },
  {
    title: 'commit and tag',
    run() {
      const version = versionIn(folder)
      run('git', 'commit', '--quiet', '--all', '--message', `Version ${version}`)
      run('git', 'tag', '--annotate', `v${version}`, '--message', `Version ${version}`)
    },
  },
  {
    title: 'publish the packed files, with provenance',
    run() {
      for (const packed of globSync('packed/*.tgz', { cwd: folder }).sort())
        run('npm', 'publish', `./${packed}`, ...(values['dry-run'] ? ['--dry-run'] : []))
    },
  },
  {
    title: 'push the commit and its tag',
    notInDryRun: true,
    run() {
      const origin = execFileSync('git', ['remote', 'get-url', 'origin'], { cwd: ROOT, encoding: 'utf8' })
      run('git', 'push', '--atomic', origin.trim(), 'HEAD:main', `v${versionIn(folder)}`)
    },
  },
]

const begin = performance.now()
const seconds = (): string => `${Math.round((performance.now() - begin) / 1000)} s`
try {
  for (const [at, { title, run, notInDryRun }] of STEPS.entries()) {
    const skipped = notInDryRun && values['dry-run']
    console.log(
      `\n== ${at + 1}/${STEPS.length} ${title}${skipped ? ': not in a dry run' : ''} (after ${seconds()})`,
    )
    if (!skipped) await run()
  }
  console.log(
    `\n${values['dry-run'] ? 'Dry run, nothing published' : 'Released'}: ${versionIn(folder)} in ${seconds()}`,
  )
} finally {
  rmSync(folder, { recursive: true, force: true })
}
