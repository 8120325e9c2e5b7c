#!/usr/bin/env node
// A checkout that was not built yet runs from source, which Node strips of its types.
import { existsSync } from 'node:fs'

const built = new URL('../dist/main.js', import.meta.url)
await import(existsSync(built) ? built.href : new URL('../src/main.ts', import.meta.url).href)
