import preset from '../jest.preset.js'

// oidc-client-ts has a timer that holds the process.
export default { ...preset, forceExit: true }
