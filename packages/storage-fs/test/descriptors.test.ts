// Few file descriptors: calls wait for one, and what a commit needs is there before its lock is acquired.
import { expect, test } from '@jest/globals'
import { Descriptors, type Patience } from '../src/files/descriptors.ts'
import { FileTokenStore } from '../src/index.ts'
import { run, temporaryFolder } from './support.ts'

const limited = (descriptors: number): readonly string[] => [
  ...['sh', '-c', `ulimit -n ${descriptors}; exec "$@"`, 'sh'],
]

const onPosix = process.platform === 'win32' ? test.skip : test
const onLinux = process.platform === 'linux' ? test : test.skip

onPosix.each([
  [256, 64],
  [64, 300],
])(
  'with %i descriptors, two processes refresh 300 accounts, %i at once (skipped on Windows)',
  async (descriptors, concurrency) => {
    const directory = temporaryFolder()
    const programs = [1, 2].map(() =>
      run('refreshes', [directory, '300', String(concurrency)], { within: limited(descriptors) }),
    )
    for (const program of programs) expect(await program.ended).toBe(0)
    const store = new FileTokenStore({ directory })
    for (let n = 1; n <= 300; n++) expect((await store.read(`account ${n}`))?.value).toEqual({ n: 2 })
  },
)

onLinux(
  'a store opens at most maxOpenFiles descriptors, however many calls it has (skipped but on Linux: only there /proc lists them)',
  async () => {
    const directory = temporaryFolder({ inMemory: true })
    const programs = [1, 2].map(() => run('refreshes', [directory, '200', '200', '16']))
    for (const program of programs) {
      expect(await program.ended).toBe(0)
      expect(Number(await program.line())).toBeLessThanOrEqual(16)
    }
  },
)

onPosix(
  'when the rest of the program uses every descriptor, a held lock still has its commit, and no other lock is acquired (skipped on Windows)',
  async () => {
    const program = run('starves', [temporaryFolder()], { within: limited(256) })
    expect(JSON.parse(await program.line())).toEqual({
      value: 'committed',
      error: expect.stringMatching(
        /^StoreError: cannot lock "other": this process has too many files open: raise its limit \(ulimit -n\) \(EMFILE/,
      ),
      recovered: true,
    })
    expect(await program.ended).toBe(0)
  },
)

test('a step that finds no free descriptor waits for another step to end, however long that takes', async () => {
  const descriptors = new Descriptors(256)
  const impatient: Patience = [].values()
  let free = 1
  const step = async (work: unknown): Promise<unknown> => {
    if (free === 0) throw Object.assign(new Error('too many'), { code: 'EMFILE' })
    free -= 1
    await work
    free += 1
    return work
  }
  const ends = Promise.withResolvers<unknown>()
  const first = descriptors.use(impatient, () => step(ends.promise))
  const others = [2, 3, 4].map(n => descriptors.use(impatient, () => step(n)))
  const all = Promise.all([first, ...others])
  ends.resolve(1)
  expect(await all).toEqual([1, 2, 3, 4])
  free = 0
  await expect(descriptors.use(impatient, () => step(5))).rejects.toThrow('too many')
})

test.each([0, 15, 100.5, '256', Infinity])('maxOpenFiles: %j is a TypeError that names it', maxOpenFiles => {
  const open = () =>
    new FileTokenStore({ directory: temporaryFolder(), maxOpenFiles: maxOpenFiles as number })
  expect(open).toThrow(TypeError)
  expect(open).toThrow(/maxOpenFiles/)
})
