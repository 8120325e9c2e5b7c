import type { BrowserContext } from 'playwright-core'

/** Watches the pages of a browser: their problems, and the origins that they sent requests to. */
export class PageWatch {
  /** Uncaught errors, and violations of the Content Security Policy. */
  problems: string[] = []
  readonly origins = new Set<string>()

  constructor(context: BrowserContext) {
    context.on('weberror', problem => this.problems.push(String(problem.error())))
    context.on('console', message => {
      if (message.text().includes('Content Security Policy')) this.problems.push(message.text())
    })
    context.on('request', request => this.origins.add(new URL(request.url()).origin))
  }

  /** Forgets what was seen: another test begins. */
  clear(): void {
    this.problems = []
    this.origins.clear()
  }
}
