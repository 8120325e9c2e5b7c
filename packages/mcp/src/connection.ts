// Which authorization server an MCP server has, who this host is there, and the client of both.
import { Client, discover, DiscoveryError, forResource, MisconfiguredError } from '@latchkey/core'
import { discoverResource, register, type Registration, type ResourceMetadata } from '@latchkey/core/provider'
import { inTurn, type LeasePorts } from './lease.ts'
import type { McpOptions } from './options.ts'
import type { SdkClientMetadata } from './sdk-types.ts'
import {
  descriptionOf,
  keyOf,
  nameOf,
  providerFor,
  readStored,
  replaceStored,
  type StoredRegistration,
  type StoredServer,
} from './stored.ts'

/** This host at the authorization server of an MCP server. */
export interface Account {
  readonly server: StoredServer
  readonly registration: Registration
  /** Its tokens are those of this server and issuer, and no other's. */
  readonly client: Client
}

/** Finds the account of an MCP server: in memory, in the store, or by discovery and registration. */
export class Connection {
  readonly #options: McpOptions & { readonly server: string }
  readonly #ports: LeasePorts
  /** One client for each issuer and client id, so that callers share its refresh. */
  readonly #clients = new Map<string, Client>()
  #account: Account | undefined

  constructor(options: McpOptions & { readonly server: string }, ports: LeasePorts) {
    this.#options = options
    this.#ports = ports
  }

  /** What this host says about itself. */
  get metadata(): SdkClientMetadata {
    const { redirectUri, clientMetadata } = this.#options
    return {
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
      // RFC 8252 section 8.4: servers accept loopback and private-use URIs of native clients only.
      application_type: redirectUri.startsWith('https:') ? 'web' : 'native',
      ...(clientMetadata as Partial<SdkClientMetadata>),
      redirect_uris: [redirectUri],
    }
  }

  /** Returns the account as memory or the store has it. Nothing is sent. */
  async known(): Promise<Account | undefined> {
    if (this.#account) return this.#account
    const server = await readStored<StoredServer>(this.#ports.store, this.#serverKey)
    const registration = server && (await this.#identityAt(server))
    return registration && (this.#account = this.#accountOf(server, registration))
  }

  /**
   * Asks the MCP server for its authorization server, and registers there if need be: once for all processes.
   *
   * @throws {DiscoveryError} when there is no usable metadata.
   * @throws {MisconfiguredError} when the server does not accept this host.
   * @throws {TransientError} when a server cannot be reached.
   */
  async connect(challenge?: string | null): Promise<Account> {
    const server = await this.#discover(challenge)
    const registration = (await this.#redirectableAt(server)) ?? (await this.#register(server))
    return (this.#account = this.#accountOf(server, registration))
  }

  /**
   * Forgets a registration that the server does not know, so that the next login makes another one; but not one with tokens
   * that work, or that another process has replaced already.
   */
  async forgetRegistration({ server, registration, client }: Account): Promise<void> {
    if ((await client.status()).status === 'live') return
    const { store } = this.#ports
    const key = this.#registrationKey(server.issuer)
    const found = await store.read(key)
    const stored = found?.value as unknown as StoredRegistration | undefined
    if (stored?.registration?.client_id === registration.client_id)
      await store.compareAndSwap(key, found!.version, { v: 0 }) // no version of this package reads it
    this.forget()
  }

  /** Reads the store again the next time. */
  forget(): void {
    this.#account = undefined
  }

  async #discover(challenge: string | null | undefined): Promise<StoredServer> {
    const { server, issuer: given, transport, clock, store } = this.#options
    const resource = this.#options.resource ?? server
    const common = { ...(transport && { transport }) }
    const metadata: Partial<ResourceMetadata> =
      given !== undefined ? {} : await discoverResource(resource, { ...common, challenge })
    const issuer = given ?? metadata.authorization_servers![0]!
    const options = { ...common, ...(clock && { clock }), name: nameOf(issuer) }
    const provider = await discover(issuer, options).catch((error: unknown) => {
      // The issuer is the server's word, not an argument of the caller.
      if (!(error instanceof TypeError) || given !== undefined) throw error
      throw new DiscoveryError(`${resource} names an authorization server that is none: ${error.message}`)
    })
    if (!provider.authorizationEndpoint)
      throw new DiscoveryError(`${issuer} has no authorization endpoint, so no user can sign in there`)
    const found: StoredServer = {
      v: 1,
      // As the metadata writes it: servers compare it letter for letter.
      resource: metadata.resource ?? resource,
      issuer,
      description: descriptionOf(provider),
      ...(metadata.scopes_supported && { scopes: metadata.scopes_supported }),
    }
    await replaceStored(store, this.#serverKey, found)
    return found
  }

  /** Returns who this host is at a server, if that may redirect to it: a login needs it, tokens do not. */
  async #redirectableAt(server: StoredServer): Promise<Registration | undefined> {
    const found = await this.#identityAt(server)
    const { redirect_uris: allowed } = found ?? {}
    return !allowed || allowed.includes(this.#options.redirectUri) ? found : undefined
  }

  /** Returns who this host is at a server, if it is known there. */
  async #identityAt({ issuer, description }: StoredServer): Promise<Registration | undefined> {
    const { client, clientMetadataUrl } = this.#options
    if (client) {
      const { issuer: own, client_id, client_secret } = client
      if (own === issuer) return { client_id, ...(client_secret !== undefined && { client_secret }) }
      throw new MisconfiguredError({
        message: `the client ${client.client_id} is registered at ${own}, and the server now has ${issuer}: register a client there`,
      })
    }
    if (clientMetadataUrl !== undefined && description.clientIdMetadataDocumentSupported)
      return { client_id: clientMetadataUrl, token_endpoint_auth_method: 'none' }
    const stored = await readStored<StoredRegistration>(this.#ports.store, this.#registrationKey(issuer))
    if (stored?.issuer !== issuer) return undefined
    const { client_secret_expires_at: endsAt = 0 } = stored.registration
    const hasEnded = endsAt !== 0 && endsAt * 1000 <= this.#ports.clock.nowMs()
    return hasEnded ? undefined : { ...stored.registration, redirect_uris: [stored.redirectUri] }
  }

  #register(server: StoredServer): Promise<Registration> {
    const { transport, clock, clientMetadata, store, redirectUri } = this.#options
    const { issuer } = server
    const provider = providerFor(server, { client_id: '' })
    if (!provider.registrationEndpoint || !clientMetadata)
      throw new MisconfiguredError({
        message: `${issuer} ${provider.registrationEndpoint ? 'requires a registration, and there is no clientMetadata' : 'does not register clients by itself: register one there, and pass it as client'}`,
      })
    const key = this.#registrationKey(issuer)
    return inTurn(this.#ports, keyOf.registering(key), {
      find: () => this.#redirectableAt(server),
      work: async () => {
        const registration = await register(
          provider,
          { ...this.metadata },
          {
            ...(transport && { transport }),
            ...(clock && { clock }),
          },
        )
        await replaceStored(store, key, { v: 1, issuer, redirectUri, registration: { ...registration } })
        return registration
      },
    })
  }

  get #serverKey(): string {
    const { server, resource, issuer } = this.#options
    return keyOf.server(server, [resource, issuer])
  }

  #registrationKey(issuer: string): string {
    return keyOf.registration(issuer, this.#options.clientMetadata ?? {})
  }

  #accountOf(server: StoredServer, registration: Registration): Account {
    const { store, transport, clock, crypto, logger, redirectUri, account } = this.#options
    const { client_id, client_secret } = registration
    const id = JSON.stringify([server.issuer, server.resource, client_id])
    let client = this.#clients.get(id)
    if (!client) {
      client = new Client({
        client_id,
        client_secret,
        redirect_uri: redirectUri,
        provider: forResource(providerFor(server, registration), server.resource),
        account: account === undefined ? server.resource : `${account} at ${server.resource}`,
        store,
        transport,
        clock,
        crypto,
        logger,
        requireState: true,
      })
      this.#clients.set(id, client)
    }
    return { server, registration, client }
  }
}
