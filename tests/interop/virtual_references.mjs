// Virtual references through the official client.
//   usage: node virtual_references.mjs make REPOSITORY COUNT     an array /a of COUNT chunks (a square), each a reference into a foreign object
//          node virtual_references.mjs change REPOSITORY Y X     commits one other reference
//          node virtual_references.mjs locations REPOSITORY      prints all locations that /a refers to, sorted, one a line
import { arrayDocument, groupDocument, json, openLocal, Repository, Storage } from './official.mjs'

const [verb, folder, ...rest] = process.argv.slice(2)
const BATCH = 50_000

const location = (y, x, object) =>
  `s3://bucket-of-somebody/model/run/year=${2000 + (y % 25)}/variable-${y}/${object}-${String(x).padStart(6, '0')}.nc`

const reference = (y, x, object) => ({ index: [y, x], location: location(y, x, object), offset: 4096 * (x + 1), length: 4096 + (x % 64) })

async function make(count) {
  const side = Math.round(Math.sqrt(count))
  const repository = await Repository.create(await Storage.newLocalFilesystem(folder), undefined, 2)
  const session = await repository.writableSession('main')
  await session.store.set('zarr.json', json(groupDocument()))
  await session.store.set('a/zarr.json', json(arrayDocument([side, side], [1, 1])))
  for (let start = 0; start < side * side; start += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, side * side - start) }, (_, i) => start + i)
    await session.store.setVirtualRefs('/a', batch.map(i => reference(Math.floor(i / side), i % side, 'part')), false)
  }
  await session.commit('references')
}

async function change(y, x) {
  const session = await (await openLocal(folder)).writableSession('main')
  await session.store.setVirtualRefs('/a', [reference(y, x, `new-${Date.now()}`)], false)
  await session.commit('one other reference')
}

async function locations() {
  const session = await (await openLocal(folder)).readonlySession({ branch: 'main' })
  console.log((await session.allVirtualChunkLocations()).sort().join('\n'))
}

await { make, change, locations }[verb](...rest.map(Number))
