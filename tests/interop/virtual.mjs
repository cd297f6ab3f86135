// Virtual chunks through the official client: bytes of files outside the repository.
//   usage: node virtual.mjs make REPOSITORY FOLDER [LOCATION]   refers to files of FOLDER, which are there, and to LOCATION as kinds/c/7
//          node virtual.mjs read REPOSITORY FOLDER              reads every chunk; prints JSON: key to SHA-256 or error
// The container of FOLDER is to be named "local", which this binding cannot do. Arrays: many (all of big.bin, whose 120,000 bytes are 1200 chunks),
// kinds (one kind of reference each).
import fs from 'node:fs'
import { arrayDocument, groupDocument, json, Repository, sha256, Storage } from './official.mjs'

const [verb, repository, folder, location] = process.argv.slice(2)
const prefix = `file://${folder}/`
const authorized = { [prefix]: null }

// As object_store makes it of a local file, in quotes. The client takes one pair of quotes off what it is given, so it gets two.
function etag(file) {
  const status = fs.statSync(`${folder}/${file}`, { bigint: true })
  return `""${status.ino.toString(16)}-${(status.mtimeNs / 1000n).toString(16)}-${status.size.toString(16)}""`
}

async function make() {
  const config = { virtualChunkContainers: { [prefix]: { urlPrefix: prefix, store: { type: 'LocalFileSystem', field0: folder } } } }
  const made = await Repository.create(await Storage.newLocalFilesystem(repository), config, 2, authorized)
  await made.saveConfig()
  const session = await made.writableSession('main')
  const store = session.store
  await store.set('zarr.json', json(groupDocument()))
  await store.set('many/zarr.json', json(arrayDocument([120000], [100])))
  await store.set('kinds/zarr.json', json(arrayDocument([400], [50])))
  const many = Array.from({ length: 1200 }, (_, i) => ({ index: [i], location: `${prefix}big.bin`, offset: i * 100, length: 100 }))
  await store.setVirtualRefs('/many', many, true)
  const modified = fs.statSync(`${folder}/big.bin`).mtimeMs
  const kinds = [
    [`${prefix}big.bin`, null, null],
    [`${prefix}big.bin`, etag('big.bin'), null],
    [`${prefix}big.bin`, null, new Date(Math.ceil(modified / 1000) * 1000)],
    ['vcc://local/below/small.bin', null, null],
    [`${prefix}below/an%20odd%23name%3F%25.bin`, null, null],
    [`${prefix}below/../big.bin`, null, null],
    [`${prefix}small-link.bin`, etag('below/small.bin'), null],
  ]
  if (location) kinds.push([location, null, null])
  for (const [i, [place, checksum, time]] of kinds.entries()) {
    await store.setVirtualRef(`kinds/c/${i}`, place, i, 50, checksum, time, false)
  }
  console.log(await session.commit('virtual'))
}

async function read() {
  const session = await (await Repository.open(await Storage.newLocalFilesystem(repository), null, authorized)).readonlySession({ branch: 'main' })
  const chunks = {}
  for (const key of (await session.store.list()).filter(key => !key.endsWith('zarr.json'))) {
    try {
      chunks[key] = sha256(await session.store.get(key))
    } catch (e) {
      chunks[key] = `error: ${e.message}`
    }
  }
  console.log(JSON.stringify(chunks))
}

await { make, read }[verb]()
