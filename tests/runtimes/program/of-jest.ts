// The three functions that `expect` and `jest-mock` take from packages of Jest that want Node as they load.
export const isPromise = (value: unknown): boolean =>
  typeof (value as { then?: unknown } | undefined | null)?.then === 'function'

// The words of a failed `toThrow`, without the place in a file.
export const formatStackTrace = (): string => ''
export const separateMessageFromStack = (content: string): object => ({ message: content, stack: '' })
