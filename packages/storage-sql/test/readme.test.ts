// Runs the programs of the README on SQLite.
import { expect, test } from '@jest/globals'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { ddl } from '../src/index.ts'
import { newFile } from './sqlite.ts'

const PACKAGE = fileURLToPath(new URL('..', import.meta.url))
const readme = await readFile(`${PACKAGE}/README.md`, 'utf8')
const programs = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, text]) => text!)

async function run(program: string): Promise<string> {
  const flags = [
    '--conditions=@latchkey/source',
    '--disable-warning=ExperimentalWarning',
    '--input-type=module-typescript',
  ]
  const args = [...flags, '--eval', program]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: PACKAGE, timeout: 20_000 })
  return stdout
}

test('the program with SQLite runs unchanged, and ends by itself', async () => {
  const program = programs.find(text => text.includes('tokens.db'))!
  expect(await run(program.replace('tokens.db', newFile()))).toBe('imgur/43652b743b5a7a0/ada\n')
})

test('the program that prints the statements prints them', async () => {
  const program = programs.find(text => text.includes('ddl('))!
  expect(await run(program)).toBe(ddl({ dialect: 'postgres', schema: 'auth', table: 'tokens' }))
})

test('a connector as the README shows it passes a swap', async () => {
  const program = programs.find(text => text.includes("dialect: 'sqlite'"))!
  const swaps = `
    const first = await store.compareAndSwap('a', undefined, 1)
    console.log(first.swapped, (await store.compareAndSwap('a', 'stale', 2)).swapped)`
  expect(await run(program + swaps)).toBe('true false\n')
})
