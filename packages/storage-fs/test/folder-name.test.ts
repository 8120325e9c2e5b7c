import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { folderName, keyOfFolder } from '../src/files/folder-name.ts'

const key = fc.string({
  unit: fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('a', 'A', '%', '.', '\ud83d', 'é', '/')),
})

test('two keys never share a folder, even if the file system ignores case and normalises Unicode', () => {
  const onAnyDisk = (name: string): string => name.normalize('NFD').toLowerCase()
  fc.assert(
    fc.property(key, key, (a, b) => {
      expect(onAnyDisk(folderName(a)) === onAnyDisk(folderName(b))).toBe(a === b)
    }),
  )
})

test('a folder name has at most 100 bytes of a-z, 0-9, -, _, % and .', () => {
  fc.assert(fc.property(key, key => expect(folderName(key)).toMatch(/^[a-z0-9_%.-]{1,100}$/)))
})

test('a name can be decoded, unless the key was too long', () => {
  fc.assert(
    fc.property(key, key => {
      const name = folderName(key)
      expect(keyOfFolder(name)).toBe(name.includes('.') ? undefined : key)
    }),
  )
})

test.each([
  ['imgur/43652b743b5a7a0/default', 'imgur%2f43652b743b5a7a0%2fdefault'],
  ['', '%'],
  ['..', '%2e%2e'],
  ['../../x', '%2e%2e%2f%2e%2e%2fx'],
  ['con', '%63on'],
  ['NUL', '%4e%55%4c'],
  ['com1', '%63om1'],
  ['é', '%e9'],
  ['e\u0301', 'e%u0301'],
  ['\ud83d', '%ud83d'],
  ['a'.repeat(100), 'a'.repeat(100)],
])('%j is kept in %s', (key, name) => {
  expect(folderName(key)).toBe(name)
  expect(keyOfFolder(name)).toBe(key)
})

test('the hash distinguishes long keys with the same beginning', () => {
  const names = ['a', 'b'].map(end => folderName('k'.repeat(300) + end))
  expect(new Set(names).size).toBe(2)
  for (const name of names) expect(name).toMatch(/^k{34}%\.[0-9a-f]{64}$/)
})
