// Imported first, for its effect: makes the clocks of this process or page movable. Each library reads them in its own
// way, so this replaces the platform's clocks.
let aheadMs = 0

/** Moves both clocks forward. */
export function advance(ms: number): void {
  aheadMs += ms
}

const RealDate = Date
const nowMs = (): number => RealDate.now() + aheadMs
globalThis.Date = new Proxy(RealDate, {
  construct: (target, args: [], newTarget) =>
    Reflect.construct(target, args.length > 0 ? args : [nowMs()], newTarget) as object,
  get: (target, name) => (name === 'now' ? nowMs : (Reflect.get(target, name) as unknown)),
})

const monotonicMs = performance.now.bind(performance)
performance.now = () => monotonicMs() + aheadMs
