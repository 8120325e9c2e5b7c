// Jest's environment of Node, with an ordinary global object.
import vm from 'node:vm'
import { TestEnvironment } from 'jest-environment-node'

const { createContext } = vm

/**
 * Jest's own global object is behind a proxy, which every use of a name such as `Object` or `Math` calls: tests that compute
 * take a tenth to a fifth longer.
 */
export default class extends TestEnvironment {
  constructor(config, context) {
    vm.createContext = () => createContext(vm.constants.DONT_CONTEXTIFY)
    try {
      super(config, context)
    } finally {
      vm.createContext = createContext
    }
  }
}
