// Prints as JSON the commit at the tip of main and the SHA-256 of everything in it, by the keys of the official store.
//   usage: node tip.mjs REPOSITORY
import { openLocal, sha256 } from './official.mjs'

const repository = await openLocal(process.argv[2])
const session = await repository.readonlySession({ branch: 'main' })
const files = {}
for (const key of (await session.store.list()).sort()) {
  files[key] = sha256(await session.store.get(key))
}
console.log(JSON.stringify({ commit: session.snapshotId, files }))
