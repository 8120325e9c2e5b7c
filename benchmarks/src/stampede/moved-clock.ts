// Imported first, for its effect: the clocks of this process or page can be moved. Every library reads them in its
// own way, so it is the platform's that are moved.
let aheadMs = 0

/** Time passes, by both clocks. */
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
