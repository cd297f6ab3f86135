// Prints, for each array, how many chunks the official client finds at the tip of main, and the digest of all their bytes.
//   usage: node digests.mjs REPOSITORY ARRAY...
import { openLocal, sha256 } from './official.mjs'

const [folder, ...arrays] = process.argv.slice(2)
const session = await (await openLocal(folder)).readonlySession({ branch: 'main' })
for (const array of arrays) {
  const keys = (await session.store.listPrefix(array)).filter(key => !key.endsWith('zarr.json')).sort()
  const chunks = []
  for (let i = 0; i < keys.length; i += 500) {
    chunks.push(...await Promise.all(keys.slice(i, i + 500).map(key => session.store.get(key))))
  }
  console.log(keys.length, sha256(Buffer.concat(chunks)))
}
