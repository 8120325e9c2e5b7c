// `@latchkey/adapters/axios`
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
  /** The response as `Authority` reads it, which copies the body. */
  readonly readable: Response
  readonly error?: unknown
  /** A redirect led to another origin, which did not get the credentials. */
  readonly hasLeft: boolean
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
      headers: new AxiosHeaders(Object.fromEntries(headers)),
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
    try {
      const response = Object.assign(await adapter(signed), { config })
      return { response, readable: responseOf(response), hasLeft }
    } catch (error) {
      if (!isAxiosError(error)) throw error
      error.config = config // without the credentials
      if (!error.response) throw error
      const response = Object.assign(error.response, { config })
      return { response, readable: responseOf(response), error, hasLeft }
    }
  }

  /** Sends a request with these credentials; once more if the API asks for a nonce and the body can be sent again. */
  async function sendAuthorized(
    config: InternalAxiosRequestConfig,
    url: string,
    credentials: ApiCredentials,
  ): Promise<Sent> {
    const sent = await send(config, url, credentials)
    const needsNonce = !sent.hasLeft && authority.isNonceRequired(sent.readable, url)
    return needsNonce && !isStream(config.data) ? send(config, url, credentials) : sent
  }

  instance.defaults.adapter = async config => {
    const url = new URL(instance.getUri(config), globalThis.location?.href).href
    if (!(await authority.covers(url, headersOf(config)))) return adapter(config)
    const signal = config.signal as AbortSignal | undefined
    const credentials = await authority.credentials(signal)
    let sent = await sendAuthorized(config, url, credentials)
    if (!sent.hasLeft && (await authority.isTokenRejected(sent.readable, credentials, url))) {
      if (isStream(config.data))
        authority.refresh(credentials).catch(() => {}) // the next call for a token reports the error
      else sent = await sendAuthorized(config, url, await authority.refresh(credentials, signal))
    }
    if (sent.error !== undefined) throw sent.error
    return sent.response
  }
  return instance
}

function headersOf({ headers }: InternalAxiosRequestConfig): Headers {
  return new Headers(headers.toJSON(true) as Record<string, string>)
}

/** Returns a response as `Authority` reads it. A stream is left for the caller. */
function responseOf({ status, headers, data }: AxiosResponse): Response {
  const text = isStream(data) || data == null ? null : typeof data === 'string' ? data : JSON.stringify(data)
  return new Response(status === 204 || status === 205 || status === 304 ? null : text, {
    status,
    headers: headers as Record<string, string>,
  })
}

const isStream = (data: unknown): boolean =>
  typeof (data as { pipe?: unknown } | undefined)?.pipe === 'function' || data instanceof ReadableStream
