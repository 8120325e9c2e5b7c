/** The cookies of one site, by name: as much of a browser as the tests of servers need. */
export class Cookies extends Map<string, string> {
  get header(): string {
    return [...this].map(pair => pair.join('=')).join('; ')
  }

  /** Keeps the cookies of a response, and removes those that it ends. */
  keep(response: Response): void {
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
      if (value && !/max-age=0/i.test(cookie)) this.set(name, value)
      else this.delete(name)
    }
  }
}

/** Returns a `fetch` for the paths of one site that keeps cookies and follows no redirect. */
export function visit(origin: string): (path: string, init?: RequestInit) => Promise<Response> {
  const cookies = new Cookies()
  return async (path, init = {}) => {
    const headers = { cookie: cookies.header, ...(init.headers as Record<string, string>) }
    const response = await fetch(new URL(path, origin), { ...init, headers, redirect: 'manual' })
    cookies.keep(response)
    return response
  }
}
