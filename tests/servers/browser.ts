/** A person's browser: follows redirects and keeps cookies, until it would leave for `redirectUri`. */
export class Browser {
  readonly #cookies = new Map<string, string>()
  readonly #redirectUri: string

  constructor(redirectUri: string) {
    this.#redirectUri = redirectUri
  }

  /** The address that the person ends up at: the redirect, or a page that is not one. */
  async open(url: string): Promise<string> {
    let at = url
    for (let hops = 0; hops < 20 && !at.startsWith(this.#redirectUri); hops++) {
      const response = await fetch(at, { redirect: 'manual', headers: { cookie: this.#header() } })
      this.#keep(response)
      const location = response.headers.get('location')
      if (!location) throw new Error(`${at}: HTTP ${response.status} ${await response.text()}`)
      at = new URL(location, at).href
    }
    return at
  }

  /** Sends the form of the page at `url`, and the ones that follow, with these fields besides its hidden ones. */
  async submit(url: string, fields: Readonly<Record<string, string>>): Promise<string> {
    let at = url
    let body: URLSearchParams | undefined
    for (let hops = 0; hops < 20; hops++) {
      const response = await fetch(at, {
        redirect: 'manual',
        headers: { cookie: this.#header() },
        ...(body && { method: 'POST', body }),
      })
      this.#keep(response)
      const location = response.headers.get('location')
      if (location) {
        at = new URL(location, at).href
        body = undefined
        continue
      }
      const page = await response.text()
      const action = /<form[^>]* action="([^"]+)"/.exec(page)?.[1]
      if (!action || body) return page
      const hidden = [...page.matchAll(/<input type="hidden" name="([^"]+)"(?: value="([^"]*)")?/g)]
      body = new URLSearchParams([
        ...hidden.map(([, name, value = '']) => [name!, value]),
        ...Object.entries(fields),
      ])
      at = new URL(action, at).href
    }
    throw new Error(`${url}: no end to it`)
  }

  #header(): string {
    return [...this.#cookies].map(pair => pair.join('=')).join('; ')
  }

  #keep(response: Response): void {
    for (const cookie of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie)!
      if (value) this.#cookies.set(name!, value)
      else this.#cookies.delete(name!)
    }
  }
}
