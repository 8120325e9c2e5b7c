import { readFileSync } from 'node:fs'
import { Hono } from 'hono'
import { frontPage } from '../pages/front.ts'
import { sendPage } from '../pages/layout.ts'
import type { Env, ServerContext } from '../server-context.ts'
import { localOnly } from './local-only.ts'

/** Content types of the files in `assets/`. */
const ASSETS: Readonly<Record<string, string>> = {
  'style.css': 'text/css; charset=utf-8',
  'front.css': 'text/css; charset=utf-8',
  'front.js': 'text/javascript; charset=utf-8',
  'copy.js': 'text/javascript; charset=utf-8',
  'icon.svg': 'image/svg+xml',
}

/** Routes of the front page and of the files that pages load. */
export function frontRoutes(context: ServerContext): Hono<Env> {
  const routes = new Hono<Env>()
  routes.get('/', localOnly('any'), c => sendPage(c, frontPage(context)))
  for (const [file, type] of Object.entries(ASSETS)) {
    const content = readFileSync(new URL(`../../assets/${file}`, import.meta.url), 'utf8')
    routes.get(`/assets/${file}`, c =>
      c.body(content, 200, { 'Content-Type': type, 'X-Content-Type-Options': 'nosniff' }),
    )
  }
  return routes
}
