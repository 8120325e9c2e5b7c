// Stands for what a module of Node exports, where there are none: importing it is nothing, using it is an error.
export const absent = name =>
  new Proxy(function () {}, {
    get: (_, member) => (typeof member === 'string' ? absent(`${name}.${member}`) : undefined),
    apply: () => missing(name),
    construct: () => missing(name),
  })

/** The modules that were used, for the runner to see. */
globalThis.absent ??= new Set()

function missing(name) {
  globalThis.absent.add(name.split('.')[0])
  throw new Error(`${name}: this runtime has no modules of Node`)
}
