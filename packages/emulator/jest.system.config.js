export { default } from '../../jest.system.preset.js'
