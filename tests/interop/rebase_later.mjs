// Opens a session on a branch and writes a group; prints "ready", waits for a line on standard input, and commits, after a rebase where the
// branch has moved meanwhile. Prints the commit's id.
//   usage: node rebase_later.mjs REPOSITORY BRANCH GROUP
import { createInterface } from 'node:readline'
import { groupDocument, json, openLocal } from './official.mjs'

const [folder, branch, group] = process.argv.slice(2)
const session = await (await openLocal(folder)).writableSession(branch)
await session.store.set(`${group}/zarr.json`, json(groupDocument()))
console.log('ready')
const input = createInterface({ input: process.stdin })
await input[Symbol.asyncIterator]().next()
input.close()
try {
  console.log(await session.commit('at once'))
} catch {
  await session.rebase()
  console.log(await session.commit('rebased'))
}
