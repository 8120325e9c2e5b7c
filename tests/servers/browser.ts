import { Cookies } from './cookies.ts'

/** A user's browser: follows redirects and keeps cookies, and stops before `redirectUri`. */
export class Browser {
  readonly #cookies = new Cookies()
  readonly #redirectUri: string

  readonly #fetch: typeof fetch

  constructor(redirectUri: string, send: typeof fetch = fetch) {
    this.#redirectUri = redirectUri
    this.#fetch = send
  }

  /** The final address: the redirect, or a page that is not one. */
  async open(url: string): Promise<string> {
    let at = url
    for (let hops = 0; hops < 20 && !at.startsWith(this.#redirectUri); hops++) {
      const response = await this.#fetch(at, {
        redirect: 'manual',
        headers: { cookie: this.#cookies.header },
      })
      this.#cookies.keep(response)
      const location = response.headers.get('location')
      if (!location) throw new Error(`${at}: HTTP ${response.status} ${await response.text()}`)
      at = new URL(location, at).href
    }
    return at
  }

  /** Opens a page and sends its form with these fields and its hidden ones, then the next form, and so on. */
  async fill(url: string, ...forms: readonly Readonly<Record<string, string>>[]): Promise<string> {
    let page = await this.#load(url)
    for (const fields of forms) {
      const action = /<form[^>]* action="([^"]+)"/.exec(page)?.[1]
      if (!action) throw new Error(`no form in ${page}`)
      const hidden = [...page.matchAll(/<input type="hidden" name="([^"]+)"(?: value="([^"]*)")?/g)]
      const values = [...hidden.map(([, name, value = '']) => [name!, value]), ...Object.entries(fields)]
      page = await this.#load(new URL(action, url).href, new URLSearchParams(values as [string, string][]))
    }
    return page
  }

  /** Returns the page after all redirects. */
  async #load(url: string, body?: URLSearchParams): Promise<string> {
    let at = url
    let form = body
    for (let hops = 0; hops < 20; hops++) {
      const response = await this.#fetch(at, {
        redirect: 'manual',
        headers: { cookie: this.#cookies.header },
        ...(form && { method: 'POST', body: form }),
      })
      this.#cookies.keep(response)
      const location = response.headers.get('location')
      if (!location) return response.text()
      at = new URL(location, at).href
      form = undefined
    }
    throw new Error(`${url}: too many redirects`)
  }
}
