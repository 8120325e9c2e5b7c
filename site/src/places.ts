// Where things are: the repository, what the site is made of, and what it becomes.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url))
export const SITE: string = fileURLToPath(new URL('..', import.meta.url))
/** The pages that VitePress builds: copies, with links inside the site. */
export const PAGES: string = `${SITE}.pages`
export const DIST: string = `${SITE}dist`

const { repository } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as {
  repository: string | { url: string }
}

/** The repository's address, without a slash at the end. */
export const REPOSITORY: string = addressOf(typeof repository === 'string' ? repository : repository.url)

function addressOf(name: string): string {
  return name.replace(/^github:/, 'https://github.com/').replace(/^git\+|\.git$/g, '')
}
