import type { RecordV1 } from '../keeper/record-v1.ts'
import type { Stored } from '../ports/token-store.ts'
import { importHash } from './import-hash.ts'

/** Returns a value of 0.1 with a hash of the imported tokens that it remembers, so that no write repeats them. */
export async function withImportHash(stored: Stored | undefined): Promise<Stored | undefined> {
  const { v, imported, lineage } = Object(stored?.value) as RecordV1
  const importedHash = v === 1 && imported && (await importHash(imported, lineage))
  return importedHash ? { ...stored!, value: { ...(stored!.value as object), importedHash } } : stored
}
