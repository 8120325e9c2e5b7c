// The three functions that `expect` and `jest-mock` import from packages of Jest that need Node to load.
export const isPromise = (value: unknown): boolean =>
  typeof (value as { then?: unknown } | undefined | null)?.then === 'function'

// The message of a failed `toThrow`, without a position in a file.
export const formatStackTrace = (): string => ''
export const separateMessageFromStack = (content: string): object => ({ message: content, stack: '' })
