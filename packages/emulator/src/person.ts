import { argument } from './validate.ts'

/** Somebody with a browser: opens the emulator's pages over HTTP, signs in and presses the buttons. */
export interface Person {
  /** Signs in and presses Allow; returns the URL they are sent to. @throws {Error} with the page's words when there is no redirect. */
  allow(authorizationUrl: string): Promise<string>
  /** Presses Deny; returns the URL they are sent to. @throws {Error} as `allow` does. */
  deny(authorizationUrl: string): Promise<string>
  /** Reads the PIN on the page that `allow` led to: `readPin(await allow(url))`. @throws {Error} as `allow` does, when there is none. */
  readPin(redirect: string): Promise<string>
}

/** A person who signs in with these credentials; each call is a fresh browser without cookies. */
export function person({ username, password }: { username: string; password: string }): Person {
  argument(typeof username === 'string', 'username', 'a string')
  argument(typeof password === 'string', 'password', 'a string')
  return {
    allow: url => press(url, 'allow', { username, password }),
    deny: url => press(url, 'deny', {}),
    async readPin(url) {
      const page = await fetch(url)
      return find(
        await page.text(),
        /<output[^>]* id="pin"[^>]*>([^<]+)</,
        `no PIN on the page (${page.status})`,
      )
    },
  }
}

async function press(url: string, button: 'allow' | 'deny', fields: Record<string, string>): Promise<string> {
  const page = await fetch(url, { redirect: 'manual' })
  if (isRedirect(page)) return page.headers.get('location')!
  const text = await page.text()
  const value = find(
    text,
    new RegExp(` name="${button}" value="([^"]+)"`),
    `no ${button} button on the page (${page.status})`,
  )
  const cookie = page.headers
    .getSetCookie()
    .map(header => header.split(';', 1)[0])
    .join('; ')
  const answer = await fetch(url, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie },
    body: new URLSearchParams({ ...fields, [button]: value }),
  })
  if (isRedirect(answer)) return answer.headers.get('location')!
  throw new Error(`${button} was refused (${answer.status}): ${wordsOf(await answer.text())}`)
}

const isRedirect = ({ status, headers }: Response): boolean =>
  status >= 300 && status < 400 && headers.has('location')

function find(text: string, pattern: RegExp, problem: string): string {
  const found = pattern.exec(text)?.[1]
  if (found === undefined) throw new Error(`${problem}: ${wordsOf(text)}`)
  return found
}

/** What people can read of a page, or the body of another answer; 200 characters at most. */
function wordsOf(text: string): string {
  const [, main = text] = /<main[^>]*>(.*)<\/main>/s.exec(text) ?? []
  const words = main
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  return words.length > 200 ? `${words.slice(0, 199)}…` : words
}
