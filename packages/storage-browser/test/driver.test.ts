// The driver is a complete localforage driver, including what the store does not use.
import { expect, test } from '@jest/globals'
import { inBrowsers } from './stage.ts'

inBrowsers(stage => {
  test('every method that localforage requires does what its documentation says', async () => {
    const [tab] = await stage.tabs(1)
    const found = await tab!.evaluate(async () => {
      const forage = latchkey.openDatabase('forage')
      const seen: unknown[] = []
      const iterate = (until: number) =>
        forage.iterate((value, key, nth) => {
          seen.push([value, key, nth])
          return nth === until ? 'left early' : undefined
        })
      return {
        absent: await forage.getItem('a'),
        set: [await forage.setItem('b', { n: 2 }), await forage.setItem('a', 1)],
        got: [await forage.getItem('a'), await forage.getItem('b')],
        length: await forage.length(),
        keys: await forage.keys(),
        key: [await forage.key(0), await forage.key(1), await forage.key(2)],
        // WebDriver returns `undefined` as null, so the types are compared.
        iterated: [await iterate(1), typeof (await iterate(9)), seen],
        removed: [
          typeof (await forage.removeItem('a')),
          typeof (await forage.removeItem('a')),
          await forage.keys(),
        ],
        cleared: [typeof (await forage.clear()), await forage.length()],
      }
    })
    expect(found).toEqual({
      absent: null,
      set: [{ n: 2 }, 1],
      got: [1, { n: 2 }],
      length: 2,
      keys: ['a', 'b'],
      key: ['a', 'b', null],
      iterated: [
        'left early',
        'undefined',
        [
          [1, 'a', 1],
          [1, 'a', 1],
          [{ n: 2 }, 'b', 2],
        ],
      ],
      removed: ['undefined', 'undefined', ['b']],
      cleared: ['undefined', 0],
    })
  })
})
