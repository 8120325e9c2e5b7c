// `npx latchkey` in a clone that is not built.
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'

let clone: string
beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'latchkey-clone-'))
  mkdirSync(join(clone, 'bin'))
  copyFileSync(new URL('../bin/latchkey.cjs', import.meta.url), join(clone, 'bin/latchkey.cjs'))
})
afterEach(() => rmSync(clone, { recursive: true }))

const latchkey = () =>
  spawnSync(process.execPath, [join(clone, 'bin/latchkey.cjs'), 'token'], { encoding: 'utf8' })

test('without a build it prints what to do, in one line', () => {
  const { status, stdout, stderr } = latchkey()
  expect([status, stdout]).toEqual([1, ''])
  expect(stderr).toBe('In this repository, run `npm run build` once; then `npx latchkey` works.\n')
})

test('another missing module is reported as it is', () => {
  mkdirSync(join(clone, 'dist'))
  writeFileSync(join(clone, 'dist/start.cjs'), "require('./nowhere.cjs')")
  const { status, stderr } = latchkey()
  expect(status).toBe(1)
  expect(stderr).toContain("Cannot find module './nowhere.cjs'")
})
