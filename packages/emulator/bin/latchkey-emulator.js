#!/usr/bin/env node
// A checkout without a build runs from source; Node strips the types.
import { existsSync } from 'node:fs'

const built = new URL('../dist/main.js', import.meta.url)
const isBuilt = existsSync(built)
const isOld = Number(process.versions.node.split('.')[0]) < 22

if (isOld || !(isBuilt || process.features.typescript)) {
  const needed = isBuilt ? '22' : '22.18'
  const hint = isBuilt ? '' : ' In a checkout, npm ci installs one: node_modules/.bin/node.'
  console.error(
    `latchkey-emulator needs Node ${needed} or later; this is Node ${process.versions.node}.${hint}`,
  )
  process.exitCode = 1
} else {
  await import(isBuilt ? built.href : new URL('../src/main.ts', import.meta.url).href)
}
