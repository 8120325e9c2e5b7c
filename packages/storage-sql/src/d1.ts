// `@latchkey/storage-sql/d1`: Cloudflare D1.
import type { Connector } from './connector.ts'

/** The part of `D1Database` that it needs. */
export interface D1 {
  /** Returns a statement with `?` for each parameter. */
  prepare(text: string): {
    bind(...parameters: unknown[]): {
      run(): Promise<{ readonly results: unknown[]; readonly meta: { readonly changes: number } }>
    }
  }
}

/** Returns a connector for a binding of D1. The Worker needs the flag `nodejs_compat`. */
export function fromD1(database: D1): Connector {
  return {
    dialect: 'sqlite',
    atomicity: 'cluster',
    async query(text, parameters) {
      const { results, meta } = await database
        .prepare(text)
        .bind(...parameters)
        .run()
      return { rows: results as Record<string, unknown>[], affected: meta.changes }
    },
  }
}
