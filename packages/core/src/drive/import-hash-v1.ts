import type { RecordV1 } from '../keeper/record-v1.ts'
import type { Stored } from '../ports/token-store.ts'
import { importHash } from './import-hash.ts'

/** Returns a value of 0.1 with a hash of the imported tokens that it remembers, so that no write repeats them. */
export async function withImportHash(stored: Stored | undefined): Promise<Stored | undefined> {
  const value = stored?.value as Partial<RecordV1> | undefined
  if (value?.v !== 1 || !value.imported) return stored
  const importedHash = await importHash(value.imported, value.lineage!)
  return importedHash ? { ...stored!, value: { ...(value as object), importedHash } } : stored
}
