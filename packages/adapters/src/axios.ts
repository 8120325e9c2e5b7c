// `@latchkey/adapters/axios`
import type { Readable } from 'node:stream'
import axios, {
  AxiosHeaders,
  type AxiosInstance,
  type AxiosResponse,
  type InternalAxiosRequestConfig,
  isAxiosError,
} from 'axios'
import type { ApiCredentials } from '@latchkey/core/provider'
import { Authority, type AuthorityOptions, type TokenSource } from '@latchkey/transport-fetch'

/** What axios did with a request: `error` is set if it rejects because of the response's status. */
interface Sent {
  readonly response: AxiosResponse
  /**
   * The response as `Authority` reads it, with a copy of the body; `undefined` after a redirect to another origin, and for a
   * status that HTTP lacks.
   */
  readonly readable: Response | undefined
  readonly error?: unknown
}

/**
 * Adds the client's credentials to the requests of an axios instance for the API, as `authorizedFetch` does; returns the
 * instance. It works below the instance's interceptors, with its adapter `http` or `xhr`. A rejected token is refreshed once
 * for all requests, and they are sent again; a stream cannot be, so its caller gets the rejection.
 *
 * @throws {TypeError} as `authorizedFetch` does, and for an instance with the adapter `fetch`, which takes
 *   `env: { fetch: authorizedFetch(client) }` instead.
 */
export function authorizeAxios<Instance extends AxiosInstance>(
  instance: Instance,
  client: TokenSource,
  options: AuthorityOptions = {},
): Instance {
  const authority = new Authority(client, options)
  if (instance.defaults.adapter === 'fetch')
    throw new TypeError("pass { adapter: 'fetch', env: { fetch: authorizedFetch(client) } } to axios.create")
  const adapter = axios.getAdapter(instance.defaults.adapter)

  async function send(
    config: InternalAxiosRequestConfig,
    url: string,
    credentials: ApiCredentials,
  ): Promise<Sent> {
    const { method = 'get' } = config
    const headers = headersOf(config)
    await authority.sign({ method: method.toUpperCase(), url, headers }, credentials)
    let hasLeft = false
    const signed: InternalAxiosRequestConfig = {
      ...config,
      headers: AxiosHeaders.concat(config.headers, Object.fromEntries(headers)),
      beforeRedirect(to, ...details) {
        hasLeft ||= new URL(String(to['href'])).origin !== new URL(url).origin
        if (hasLeft) {
          const kept = new Headers(to['headers'] as Record<string, string>)
          authority.unsign(kept)
          to['headers'] = Object.fromEntries(kept)
        }
        config.beforeRedirect?.(to, ...details)
      },
    }
    const sentOf = (response: AxiosResponse, error?: unknown): Sent => ({
      response: Object.assign(response, { config }), // without the credentials
      readable: hasLeft ? undefined : readableOf(response),
      error,
    })
    try {
      return sentOf(await adapter(signed))
    } catch (error) {
      if (!isAxiosError(error)) throw error
      error.config = config
      if (!error.response) throw error
      return sentOf(error.response, error)
    }
  }

  instance.defaults.adapter = async config => {
    const url = new URL(instance.getUri(config), globalThis.location?.href).href
    if (!(await authority.covers(url, headersOf(config)))) return adapter(config)
    const sent = await authority.send<Sent>({
      url,
      signal: config.signal as AbortSignal | undefined,
      send: credentials => send(config, url, credentials),
      responseOf: ({ readable }) => readable,
      discard: ({ response }) => (response.data as Partial<Readable> | null)?.destroy?.(),
      canRepeat: () => !isStream(config.data),
    })
    if (sent.error !== undefined) throw sent.error
    return sent.response
  }
  return instance
}

function headersOf({ headers }: InternalAxiosRequestConfig): Headers {
  return new Headers(headers.toJSON(true) as Record<string, string>)
}

/** Returns a response as `Authority` reads it: an adapter of axios gives text or bytes. A stream is left for the caller. */
function readableOf({ status, headers, data }: AxiosResponse<BodyInit | null>): Response | undefined {
  if (status < 200 || status > 599) return undefined
  const hasBody = status !== 204 && status !== 205 && status !== 304 && !isStream(data)
  return new Response(hasBody ? data : null, { status, headers: headers as Record<string, string> })
}

const isStream = (data: unknown): boolean =>
  typeof (data as { pipe?: unknown } | undefined)?.pipe === 'function' || data instanceof ReadableStream
