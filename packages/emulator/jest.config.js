import preset from '../../jest.preset.js'

export default { ...preset, testPathIgnorePatterns: ['/test/system/'] }
