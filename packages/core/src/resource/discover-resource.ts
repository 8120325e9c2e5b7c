import { getDefaults } from '../client/defaults.ts'
import { perform } from '../drive/drive.ts'
import { DiscoveryError, errorOf, MissingTransportError } from '../errors.ts'
import { systemClock } from '../platform.ts'
import type { AbortSignalLike, Transport } from '../ports/transport.ts'
import { endpoint, originOf } from '../provider/addresses.ts'
import { checkOptionNames, checkType } from '../util/check-type.ts'
import { quote } from '../util/scrub.ts'
import { challengeParameters } from '../wire/challenge.ts'
import { isObject, parseJson } from '../wire/json.ts'

/** The metadata of a protected resource (RFC 9728 section 2), with the names of the RFC. */
export interface ResourceMetadata {
  /** The identifier of the resource, for `forResource`. */
  readonly resource: string
  /** The issuers of the authorization servers, for `discover`. */
  readonly authorization_servers: readonly string[]
  /** Scopes for requests to the resource. The server may support others. */
  readonly scopes_supported?: readonly string[]
  /** Access tokens must be bound to a key (RFC 9449). */
  readonly dpop_bound_access_tokens_required?: boolean
  readonly [member: string]: unknown
}

/** The options of `discoverResource`. */
export interface DiscoverResourceOptions {
  /** The header `WWW-Authenticate` of a response of the resource, which may name the address of its metadata. */
  readonly challenge?: string | null | undefined
  /** Default: the default transport of this program. */
  readonly transport?: Transport | undefined
  /** Aborts the requests; then the result is a `TransientError`. */
  readonly signal?: AbortSignalLike | undefined
}

/**
 * Requests the metadata of a protected resource (RFC 9728): which authorization servers issue tokens for it. The metadata
 * must name exactly this resource. No redirect is followed, and an address that a challenge names is requested only if it
 * is of the resource's own origin.
 *
 * @throws {TypeError} when `url` is not an https URL (http on loopback only), or an option is wrong. Nothing is sent.
 * @throws {DiscoveryError} when there is no usable metadata. The message lists what each address returned.
 * @throws {TransientError} when the server cannot be reached.
 */
export async function discoverResource(
  url: string,
  options: DiscoverResourceOptions = {},
): Promise<ResourceMetadata> {
  checkOptionNames('discoverResource()', options, ['challenge', 'transport', 'signal'])
  const { challenge, transport = getDefaults().transport, signal } = options
  checkType('url', url, 'string')
  const resource = endpoint(url, '', 'url')
  if (challenge != null) checkType('challenge', challenge, 'string')
  if (!transport) throw new MissingTransportError()
  const ports = {
    transport: { send: request => transport.send(request, signal && { signal }) } satisfies Transport,
    clock: systemClock,
    // Nothing is signed here.
    provider: { clientAuthentication: 'none' } as never,
  }
  const problems: string[] = []
  let last: { readonly status: number } | undefined
  for (const address of addressesOf(resource, challenge ?? '')) {
    const request = { method: 'GET', url: address, headers: { accept: 'application/json' } } as const
    const event = await perform({ type: 'send', request }, ports)
    if (event.type === 'unanswered')
      throw errorOf({
        code: 'transient',
        message: `no metadata of ${resource}: ${event.message}`,
        cause: event.cause,
      })
    const { status, body, truncated } = event.response
    const metadata = status === 200 && !truncated ? parseJson(body) : undefined
    const problem = problemOf(metadata, resource)
    if (!problem) return metadata as ResourceMetadata
    problems.push(`${address} ${problem} (HTTP ${status})`)
    last = { status }
  }
  throw new DiscoveryError(`no usable metadata of ${resource}: ${problems.join('; ')}`, last)
}

/** Returns the addresses of the metadata: the one that a challenge names, else those of RFC 9728 section 3.1. */
function addressesOf(resource: string, challenge: string): readonly string[] {
  const [, named] = challengeParameters(challenge).find(([name]) => name === 'resource_metadata') ?? []
  if (named !== undefined) {
    if (named.startsWith(`${originOf(resource)}/`)) return [named]
    throw new DiscoveryError(
      `the address ${quote(named, [])} of the metadata has another origin than ${resource}`,
    )
  }
  const origin = originOf(resource)
  const path = resource.slice(origin.length).replace(/^\/(?=$|\?)/, '')
  const wellKnown = `${origin}/.well-known/oauth-protected-resource`
  return path === '' ? [wellKnown] : [wellKnown + path, wellKnown]
}

/** Returns what is wrong with the metadata of a resource. */
function problemOf(metadata: unknown, resource: string): string | undefined {
  if (!isObject(metadata)) return 'has no JSON object'
  const { resource: named, authorization_servers: servers } = metadata
  if (typeof named !== 'string' || !isSameUrl(named, resource))
    return `belongs to the resource ${quote(JSON.stringify(named) ?? 'without a name', [])}, not to this one`
  if (!Array.isArray(servers) || servers.length === 0 || !servers.every(one => typeof one === 'string'))
    return 'names no authorization server'
  return undefined
}

/** An origin with and without the slash at its end is one URL. */
function isSameUrl(named: string, resource: string): boolean {
  return named === resource || `${named}/` === resource
}
