// MiniBrowser of WebKitGTK for tests, over WebDriver (https://www.w3.org/TR/webdriver2/), on a display without a screen.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { freePorts } from './free-ports.ts'
import { poll, type Profile, type RunningBrowser, type Tab } from './running-browser.ts'

type Command = (
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: object,
  signal?: AbortSignal,
) => Promise<unknown>

export async function launchWebKit(binary: string): Promise<RunningBrowser> {
  const display = spawn('Xvfb', ['-displayfd', '1', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [number] = (await once(createInterface(display.stdout), 'line')) as [string]
  // Nobody looks at the display: no pictures are composed for it.
  const env = { ...process.env, DISPLAY: `:${number}`, WEBKIT_DISABLE_COMPOSITING_MODE: '1' }
  const drivers = new Set<ChildProcess>()
  return {
    version: execFileSync(binary, ['--version'], { encoding: 'utf8', env }).trim(),
    newProfile: proxy => startSession(drivers, binary, env, proxy),
    close: async () => void (await Promise.all([display, ...drivers].map(end))),
  }
}

/** The driver sometimes never responds to a request for a session, which otherwise takes about 1 s. */
const SESSION_MS = 8000

/** Starts a session with an empty profile, and its driver, which has one session at a time; adds it to `drivers`. */
async function startSession(
  drivers: Set<ChildProcess>,
  binary: string,
  env: NodeJS.ProcessEnv,
  proxy: number,
): Promise<Profile> {
  const [port] = await freePorts(1)
  const driver = spawn('WebKitWebDriver', [`--port=${port}`], { stdio: 'ignore', env })
  drivers.add(driver)
  const endDriver = async (): Promise<void> => {
    drivers.delete(driver)
    await end(driver)
  }
  const command: Command = async (method, path, body, signal) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      ...(body && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    })
    const { value } = (await response.json()) as { value: { error: string; message: string } }
    if (!response.ok) throw new Error(`${value.error}: ${value.message}`)
    return value
  }
  await poll(() => command('GET', '/status').catch(() => undefined))
  const inTime = AbortSignal.timeout(SESSION_MS)
  const starting = command('POST', '/session', capabilities(binary, proxy), inTime)
  const started = (await starting.catch(() => undefined)) as { sessionId: string } | undefined
  if (!started) {
    await endDriver()
    return startSession(drivers, binary, env, proxy)
  }
  const profile = profileOf(command, `/session/${started.sessionId}`)
  return {
    ...profile,
    async close() {
      await profile.close()
      await endDriver()
    },
  }
}

const capabilities = (binary: string, proxy: number) => ({
  capabilities: {
    alwaysMatch: {
      'webkitgtk:browserOptions': { binary, args: ['--automation'] },
      proxy: { proxyType: 'manual', httpProxy: `127.0.0.1:${proxy}`, noProxy: ['127.0.0.1'] },
    },
  },
})

async function end(process: ChildProcess): Promise<void> {
  const ended = once(process, 'exit')
  process.kill('SIGKILL')
  await ended
}

/** A session runs one command at a time, in the window that is selected. */
function profileOf(command: Command, session: string): Profile {
  let last: Promise<unknown> = Promise.resolve()
  const alone = <T>(run: () => Promise<T>): Promise<T> => {
    const next = last.then(run, run)
    last = next
    return next
  }
  const send: Command = (method, path, body) => alone(() => command(method, session + path, body))
  const inWindow =
    (handle: string): Command =>
    (method, path, body) =>
      alone(async () => {
        await command('POST', `${session}/window`, { handle })
        return command(method, session + path, body)
      })
  const handles = () => send('GET', '/window/handles') as Promise<string[]>
  let isFirst = true
  return {
    async newTab() {
      const takesFirst = isFirst
      isFirst = false
      const [first] = takesFirst ? await handles() : []
      const opened = (await (first ? undefined : send('POST', '/window/new', { type: 'tab' }))) as
        { handle: string } | undefined
      return tabOf(inWindow(first ?? opened!.handle))
    },
    async popup(action) {
      const before = await handles()
      await action()
      return tabOf(inWindow(await poll(async () => (await handles()).find(one => !before.includes(one)))))
    },
    tabCount: async () => (await handles()).length,
    // A session ends with its last tab.
    close: async () => void (await send('DELETE', '').catch(() => {})),
  }
}

/**
 * Starts the function `source`, and keeps its result until it is read. WebDriver could wait for the result itself, but
 * would run no command in another tab meanwhile.
 */
const START = `
  const [id, source, json] = arguments
  const results = (window.__results ??= {})
  results[id] = 'pending'
  Promise.resolve()
    .then(() => (0, eval)('(' + source + ')')(json === null ? undefined : JSON.parse(json)))
    .then(value => ({ value }), error => ({ error: String(error) + '\\n' + error?.stack }))
    .then(result => (results[id] = JSON.stringify(result)))`
const READ = `
  const [id] = arguments
  const result = window.__results?.[id]
  if (result !== 'pending') delete window.__results?.[id]
  return result ?? 'gone'`

let calls = 0

function tabOf(send: Command): Tab {
  const execute = (script: string, ...args: unknown[]) => send('POST', '/execute/sync', { script, args })
  const evaluate = async (source: unknown, arg?: unknown): Promise<unknown> => {
    const id = String(++calls)
    await execute(START, id, String(source), arg === undefined ? null : JSON.stringify(arg))
    const result = await poll(async () => {
      const read = (await execute(READ, id)) as string
      return read === 'pending' ? undefined : read
    })
    if (result === 'gone') throw new Error('the page of the call was left')
    const { value, error } = JSON.parse(result) as { value?: unknown; error?: string }
    if (error !== undefined) throw new Error(error)
    return value
  }
  const find = (value: string) =>
    poll(() =>
      send('POST', '/element', { using: 'css selector', value }).then(
        found => Object.values(found as Record<string, string>)[0],
        () => undefined,
      ),
    )
  return {
    evaluate: evaluate as Tab['evaluate'],
    waitForFunction: (condition: unknown, arg?: unknown) =>
      poll(async () => (await evaluate(condition, arg)) || undefined),
    goto: url => send('POST', '/url', { url }),
    reload: () => send('POST', '/refresh', {}),
    close: async () => void (await send('DELETE', '/window')),
    click: async selector => void (await send('POST', `/element/${await find(selector)}/click`, {})),
    fill: async (selector, text) =>
      void (await send('POST', `/element/${await find(selector)}/value`, { text })),
  }
}
