// The programs of the READMEs and tutorials, run as a user would: each in its own file and process, or in a page.
import { spawn } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Emulator, simulateUser } from '@latchkey/emulator'
import { build } from 'esbuild'
import { listen } from './servers/listen.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

const DOCUMENTS = [
  'README.md',
  ...globSync('docs/{tutorials,guides}/*.md', { cwd: ROOT }).sort(),
  'packages/core/README.md',
].map(path => readFileSync(join(ROOT, path), 'utf8'))

/** Returns the blocks of TypeScript after a comment with a name, by that name. `comment` has `NAME` where the name is. */
function blocksAfter(comment: string): ReadonlyMap<string, string> {
  const pattern = new RegExp(
    `<!-- ${comment.replace('NAME', '(.*)')} -->\n\n\`\`\`ts\n([\\s\\S]*?)\`\`\``,
    'g',
  )
  return new Map(
    DOCUMENTS.flatMap(text => [...text.matchAll(pattern)].map(([, name, code]) => [name!, code!] as const)),
  )
}

/** The programs that are marked as run, by name. */
export const PROGRAMS = blocksAfter('program, NAME: run by tests/readme.test.ts')

/** The files that programs import, by name. */
export const FILES = blocksAfter('file: NAME')

/** Returns the program of that name with the emulator's address added, which is the only change. */
export const towards = ({ url }: Emulator, name: string): string =>
  PROGRAMS.get(name)!
    .replace('import { Client', 'import { imgur, Client')
    .replace('new Client({', `new Client({\n  provider: imgur({ baseUrl: '${url}' }),`)

/** The environment of the programs: a client of the emulator. */
export const environmentOf = ({ client: { client_id, client_secret } }: Emulator): NodeJS.ProcessEnv => ({
  IMGUR_CLIENT_ID: client_id,
  IMGUR_CLIENT_SECRET: client_secret,
})

/** A folder with a program that can be started there several times. */
export interface Folder extends AsyncDisposable {
  readonly path: string
  start(env?: NodeJS.ProcessEnv): Run
}

/** Returns a folder with `program`, which is started with `common` in its environment. */
export async function folderWith(program: string, common: NodeJS.ProcessEnv): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), 'latchkey-readme-'))
  await symlink(join(ROOT, 'node_modules'), join(path, 'node_modules'))
  await writeFile(join(path, 'program.mts'), program)
  return {
    path,
    start: (env = {}) => running(path, { ...common, ...env }),
    async [Symbol.asyncDispose]() {
      await rm(path, { recursive: true })
    },
  }
}

export type Run = ReturnType<typeof running>

function running(cwd: string, env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, ['--conditions=@latchkey/source', 'program.mts'], {
    cwd,
    env: { ...process.env, NODE_OPTIONS: '', ...env },
  })
  // Two texts: nothing orders what arrives by two pipes.
  const output = { text: '', errors: '' }
  child.stdout.on('data', data => (output.text += String(data)))
  child.stderr.on('data', data => (output.errors += String(data)))
  // 'close' comes after the last of both, 'exit' may come before.
  const ended = new Promise(resolve => child.on('close', resolve))
  return {
    child,
    ended,
    output,
    printed: (pattern: RegExp): Promise<RegExpExecArray> =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          const found = pattern.exec(output.text)
          if (found) resolve(found)
        }
        child.stdout.on('data', check)
        void ended.then(() =>
          reject(new Error(`it ended without printing ${pattern}:\n${output.text}${output.errors}`)),
        )
        check()
      }),
    async [Symbol.asyncDispose]() {
      child.kill()
      await ended
    },
  }
}

/** Requests a path of a program that listens; follows no redirect. */
export async function request(port: string, path: string, headers: Readonly<Record<string, string>> = {}) {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { redirect: 'manual', headers })
  return { status: response.status, headers: response.headers, text: await response.text() }
}

/** Starts a sign-in at a web server, in the browser with this cookie if any. */
export async function startSignIn(
  port: string,
  path: string,
  cookie = '',
): Promise<{ cookie: string; location: string }> {
  const { headers } = await request(port, path, { cookie })
  const [set = ''] = headers.get('set-cookie')!.split(';')
  return { cookie: set, location: headers.get('location')! }
}

/** A site with one page. */
export interface Site extends AsyncDisposable {
  readonly url: string
  /** Sets the program of the page, and builds it for browsers. */
  show(program: string): Promise<void>
}

/** Starts a site, which shows its page at every path. */
export async function startSite(): Promise<Site> {
  let script = ''
  const site = await listen(() => (_, response) => {
    response
      .setHeader('content-type', 'text/html')
      .end(`<!doctype html><title>App</title><script type="module">${script}</script>`)
  })
  return {
    url: site.url,
    [Symbol.asyncDispose]: () => site.close(),
    async show(contents) {
      const { outputFiles } = await build({
        stdin: { contents, resolveDir: join(ROOT, 'tests'), loader: 'ts' },
        bundle: true,
        write: false,
        format: 'esm',
        platform: 'browser',
        conditions: ['@latchkey/source'],
      })
      script = outputFiles[0]!.text
    },
  }
}

/** The user of the emulator, in a browser without scripts. */
export const userOf = ({ user }: Emulator) =>
  simulateUser({ username: user.account_username, password: user.password })
