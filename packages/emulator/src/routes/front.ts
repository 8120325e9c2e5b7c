import { readFileSync } from 'node:fs'
import { Hono } from 'hono'
import { frontPage } from '../pages/front.ts'
import { answerPage } from '../pages/layout.ts'
import type { Env, World } from '../world.ts'
import { localOnly } from './local-only.ts'

/** What the pages load, by file name in `assets/`. */
const ASSETS: Readonly<Record<string, string>> = {
  'style.css': 'text/css; charset=utf-8',
  'front.css': 'text/css; charset=utf-8',
  'front.js': 'text/javascript; charset=utf-8',
  'icon.svg': 'image/svg+xml',
}

/** The front page, and the files that all pages load. */
export function frontRoutes(world: World): Hono<Env> {
  const routes = new Hono<Env>()
  routes.get('/', localOnly('any'), c => answerPage(c, frontPage(world)))
  for (const [file, type] of Object.entries(ASSETS)) {
    const content = readFileSync(new URL(`../../assets/${file}`, import.meta.url), 'utf8')
    routes.get(`/assets/${file}`, c =>
      c.body(content, 200, { 'Content-Type': type, 'X-Content-Type-Options': 'nosniff' }),
    )
  }
  return routes
}
