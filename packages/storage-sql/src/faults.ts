import type { DialectName } from './connector.ts'
import { PermanentError } from './connector.ts'

/** Whether the failure passes by itself, and what became of a statement that writes. */
type Kind =
  /** Not carried out. A retry may succeed. */
  | 'retry'
  /** It may have been carried out. A retry may succeed. */
  | 'lost'
  /** Not carried out, and a retry would not help. */
  | 'none'

export interface Fault {
  readonly kind: Kind
  /** What went wrong. Not the database's own message, which may quote a token. */
  readonly reason: string
  /** The code of the database or of the system. */
  readonly code: string | undefined
}

type Row = readonly [kind: Kind, reason: string, codes: string]

/** The errors of each database, by code: an SQLSTATE, MySQL's number, SQLite's primary result code. */
const BY_DIALECT: Readonly<Record<DialectName, readonly Row[]>> = {
  postgres: [
    ['retry', 'concurrent transactions were in the way', '40001 40P01 55P03 55006 23505 42710 42P07 XX000'],
    ['retry', 'the statement took longer than the server allows', '57014'],
    ['retry', 'a connection of the pool had a failed transaction', '25P02'],
    ['retry', 'the server is a read-only replica', '25006'],
    ['retry', 'the server is starting or stopping', '57P03'],
    ['retry', 'the server has too many connections', '53300'],
    ['lost', 'the server ended the connection', '57P01 57P02 57P05 25P03 25P04 40003'],
    ['lost', 'the connection was lost', '08000 08001 08003 08004 08006 08007 08P01'],
    ['none', 'the disk is full', '53100'],
    ['none', 'the server is out of memory', '53200'],
    ['none', 'the user or the password is wrong', '28P01 28000'],
    ['none', 'this user lacks a permission (the README lists those needed)', '42501'],
    ['none', 'the table does not exist: call migrate()', '42P01 3F000'],
    ['none', 'the database does not exist', '3D000'],
    ['none', 'the table has other columns', '42703 42804 42883 42P10 22P02'],
  ],
  mysql: [
    ['retry', 'concurrent transactions were in the way', '1213 1205 1020 1412 3572'],
    ['retry', 'the statement took longer than the server allows', '1969 3024 1317'],
    ['retry', 'the server is a read-only replica', '1290 1792 1836'],
    ['retry', 'the cluster node is not ready', '1047'],
    ['retry', 'the server has too many connections', '1040 1203 1226'],
    ['lost', 'the server ended the connection', '1053 1927 1158 1159 1160 1161 1180 1077 1079 1080 4031'],
    ['retry', 'the server has too many prepared statements', '1461'],
    // Servers do not send the client's 2006 and 2013. ProxySQL repeats a statement that it lost, and may then send 9001.
    ['lost', 'a proxy lost the server', '2006 2013 9001'],
    ['none', 'the disk is full', '1021 1114 1026 3 28'],
    ['none', 'the server is out of memory', '1037 1038 1041'],
    ['none', 'the user or the password is wrong', '1045 1698 1251 3118'],
    ['none', 'this user lacks a permission (the README lists those needed)', '1044 1142 1143 1227 1370'],
    ['none', 'the table does not exist: call migrate()', '1146'],
    ['none', 'the database does not exist', '1049'],
    ['none', 'the table has other columns', '1054 1364 1366 1406'],
    ['none', "the value is larger than the server's max_allowed_packet", '1153 1301'],
  ],
  sqlite: [
    ['retry', 'another connection writes to the database', '5 6 15 17'],
    ['none', 'the database is read-only', '8'],
    ['none', 'the disk is full', '13'],
    ['none', 'the disk failed', '10'],
    ['none', 'the file cannot be opened', '14'],
    ['none', 'the file is damaged, or is not a database', '11 26'],
    ['none', 'the value is too large', '18'],
    ['none', 'the server is out of memory', '7'],
    ['none', 'this connection lacks a permission', '3 23'],
  ],
}

/** Errors of the system and of drivers, by `code`. */
const OF_SYSTEM: readonly Row[] = [
  ['retry', 'the connection was refused', 'ECONNREFUSED ENOENT EACCES'],
  ['retry', 'the host was not found', 'ENOTFOUND EAI_AGAIN'],
  ['lost', 'the connection was lost', 'ECONNRESET EPIPE ETIMEDOUT PROTOCOL_CONNECTION_LOST'],
  ['none', 'the database is closed', 'ERR_INVALID_STATE CLIENT_CLOSED'],
]

const byCode = (rows: readonly Row[]): ReadonlyMap<string, Row> =>
  new Map(rows.flatMap(row => row[2].split(' ').map(code => [code, row] as const)))

const TABLES = {
  postgres: byCode(BY_DIALECT.postgres),
  mysql: byCode(BY_DIALECT.mysql),
  sqlite: byCode(BY_DIALECT.sqlite),
}
const SYSTEM = byCode(OF_SYSTEM)

/** The shapes of drivers' errors. */
interface DriverError {
  readonly message?: string
  readonly code?: unknown
  /** MySQL's number; the system's is negative. */
  readonly errno?: unknown
  /** SQLite's extended result code. */
  readonly errcode?: unknown
}

/** SQLite's names of result codes, which some drivers have instead of numbers. */
const SQLITE_NAMES =
  'OK ERROR INTERNAL PERM ABORT BUSY LOCKED NOMEM READONLY INTERRUPT IOERR CORRUPT NOTFOUND FULL CANTOPEN PROTOCOL EMPTY SCHEMA TOOBIG CONSTRAINT MISMATCH MISUSE NOLFS AUTH FORMAT RANGE NOTADB'.split(
    ' ',
  )

/** Returns the database's own code in a driver's error, if the database sent it. */
const CODE_OF: Readonly<Record<DialectName, (error: DriverError) => string | undefined>> = {
  postgres: ({ code }) => (/^(?=.*\d)[0-9A-Z]{5}$/.test(String(code)) ? String(code) : undefined),
  mysql: ({ errno }) => (typeof errno === 'number' && errno > 0 ? String(errno) : undefined),
  sqlite({ errcode, code, message }) {
    if (typeof errcode === 'number') return String(errcode & 255)
    // D1 has it in the message.
    const name = /\bSQLITE_([A-Z]+)/.exec(`${String(code)} ${message}`)?.[1]
    return name === undefined ? undefined : String(SQLITE_NAMES.indexOf(name))
  },
}

/** MySQL reports a full disk as an error of the storage engine, with the number in the text. */
const ENGINE_DISK_FULL = /^Got error 28\b/

/** Whether the error is a duplicate key: the row exists. */
export function isDuplicate(dialect: DialectName, error: unknown): boolean {
  return dialect === 'mysql' && CODE_OF.mysql(error as DriverError) === '1062'
}

/** No response came in time. */
export class NoResponseError extends Error {
  override readonly name = 'TimeoutError'
}

/** Classifies an error of a connector. */
export function faultOf(dialect: DialectName, error: unknown): Fault {
  const given = (error ?? {}) as DriverError
  const { message = '' } = given
  const systemCode = typeof given.code === 'string' ? given.code : undefined
  if (error instanceof PermanentError) return { kind: 'none', reason: error.message, code: undefined }
  if (error instanceof NoResponseError)
    return { kind: 'lost', reason: 'no response in time', code: undefined }
  const system = SYSTEM.get(systemCode ?? '')
  if (system) return { kind: system[0], reason: system[1], code: systemCode }
  const code = CODE_OF[dialect](given)
  if (code === undefined) return { kind: 'lost', reason: 'the connection failed', code: systemCode }
  if (code === '1030' && ENGINE_DISK_FULL.test(message))
    return { kind: 'none', reason: 'the disk is full', code }
  if (dialect === 'sqlite' && message.includes('no such table'))
    return { kind: 'none', reason: 'the table does not exist: call migrate()', code }
  const [kind, reason] = TABLES[dialect].get(code) ?? ['none', 'the server rejected the statement']
  return { kind, reason, code }
}
