import type { Tokens } from '../tokens.ts'
import type { Lease, Owner, SpareRefreshToken, TokenRecord } from './record.ts'

/** A record of version 1, as Latchkey 0.1 wrote it. */
export interface RecordV1 extends Owner {
  readonly v: 1
  readonly lineage: string
  readonly replaced?: string
  readonly gen: number
  readonly status: TokenRecord['status']
  readonly sinceMs: number
  readonly because: TokenRecord['because']
  readonly tokens: Partial<Tokens>
  readonly obtainedAtMs: number
  readonly renewal?: 'client_credentials'
  readonly rejectedGen?: number
  readonly rejections?: number
  readonly claim?: Omit<Lease, 'count'> & { readonly n: number }
  readonly alternates: readonly SpareRefreshToken[]
  readonly notBeforeMs?: number
  readonly imported?: Partial<Tokens>
  /** Added by the driver, in place of `imported`. */
  readonly importedHash?: string
}

/** Returns a record of version 1 as one of version 2; the next write stores it. */
export function upgraded({
  lineage,
  replaced,
  gen,
  renewal,
  rejectedGen,
  claim,
  alternates,
  imported: _,
  rejections,
  notBeforeMs,
  ...kept
}: RecordV1): TokenRecord {
  return {
    ...kept,
    v: 2,
    family: lineage,
    ...(replaced !== undefined && { replacedFamily: replaced }),
    generation: gen,
    ...(renewal && { renewal: { type: renewal } }),
    ...(rejectedGen !== undefined && { rejectedGeneration: rejectedGen }),
    ...(claim && { lease: leaseOf(claim) }),
    ...(rejections !== undefined && { rejections: { level: rejections, atMs: kept.obtainedAtMs } }),
    ...(notBeforeMs !== undefined && {
      refusals: {
        count: 0,
        attempts: 0,
        firstAtMs: 0,
        lastAtMs: notBeforeMs - 60_000,
        nextTryAtMs: notBeforeMs,
      },
    }),
    spareRefreshTokens: alternates,
  }
}

function leaseOf({ n, ...lease }: NonNullable<RecordV1['claim']>): Lease {
  return { ...lease, count: n }
}
