// The contract's server, which runs in Node whatever runtime asks it: `CONTRACT_SERVER` says where.
export async function startContractServer(): Promise<object> {
  return { ...JSON.parse(process.env['CONTRACT_SERVER']!), close: async () => {} }
}
