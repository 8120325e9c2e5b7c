export { API, client } from '../src/client'
