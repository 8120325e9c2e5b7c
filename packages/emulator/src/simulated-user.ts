import { argument } from './validate.ts'

/** A user with a browser, simulated over HTTP: opens the emulator's pages, signs in and presses the buttons. */
export interface SimulatedUser {
  /** Signs in and presses Allow. Returns the URL of the redirect. @throws {Error} with the text of the page if there is none. */
  allow(authorizationUrl: string): Promise<string>
  /** Presses Deny. Returns the URL of the redirect. @throws {Error} as `allow` does. */
  deny(authorizationUrl: string): Promise<string>
  /** Reads the PIN on the page at the redirect of `allow`: `readPin(await allow(url))`. @throws {Error} if there is none. */
  readPin(redirect: string): Promise<string>
}

/** Creates a user who signs in with these credentials. Each call uses a new browser without cookies. */
export function simulateUser({ username, password }: { username: string; password: string }): SimulatedUser {
  argument(typeof username === 'string', 'username', 'a string')
  argument(typeof password === 'string', 'password', 'a string')
  return {
    allow: url => pressButton(url, 'allow', { username, password }),
    deny: url => pressButton(url, 'deny', {}),
    async readPin(url) {
      const page = await fetch(url)
      return findOrThrow(
        await page.text(),
        /<output[^>]* id="pin"[^>]*>([^<]+)</,
        `no PIN on the page (${page.status})`,
      )
    },
  }
}

async function pressButton(
  url: string,
  button: 'allow' | 'deny',
  fields: Record<string, string>,
): Promise<string> {
  const page = await fetch(url, { redirect: 'manual' })
  if (isRedirect(page)) return page.headers.get('location')!
  const text = await page.text()
  const value = findOrThrow(
    text,
    new RegExp(` name="${button}" value="([^"]+)"`),
    `no ${button} button on the page (${page.status})`,
  )
  const cookie = page.headers
    .getSetCookie()
    .map(header => header.split(';', 1)[0])
    .join('; ')
  const response = await fetch(url, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie },
    body: new URLSearchParams({ ...fields, [button]: value }),
  })
  if (isRedirect(response)) return response.headers.get('location')!
  throw new Error(`${button} was rejected (${response.status}): ${visibleText(await response.text())}`)
}

const isRedirect = ({ status, headers }: Response): boolean =>
  status >= 300 && status < 400 && headers.has('location')

function findOrThrow(text: string, pattern: RegExp, problem: string): string {
  const found = pattern.exec(text)?.[1]
  if (found === undefined) throw new Error(`${problem}: ${visibleText(text)}`)
  return found
}

/** Returns the visible text of a page, or another body, truncated to 200 characters. */
function visibleText(text: string): string {
  const [, main = text] = /<main[^>]*>(.*)<\/main>/s.exec(text) ?? []
  const visible = main
    .replace(/<[^<>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  return visible.length > 200 ? `${visible.slice(0, 199)}…` : visible
}
