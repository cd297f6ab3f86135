// The official Icechunk client doing what the mount does. Prints the seconds of each step as JSON, without those of starting node.
//   usage: node client.mjs commit REPOSITORY CHUNKS BYTES     a new repository with an array /a; its chunks; the commit; one more chunk; its commit
//          node client.mjs references REPOSITORY CHUNKS       a new repository with /g/a, a square of references into foreign objects, but for one chunk
//          node client.mjs change REPOSITORY                  opens it and commits another chunk
//          node client.mjs read REPOSITORY                    opens it and reads one chunk
//          node client.mjs history REPOSITORY                 each step of history.py that it can do, with opening it
import { arrayDocument, groupDocument, json, openLocal, Repository, Storage } from '../interop/official.mjs'

const [verb, folder, ...rest] = process.argv.slice(2)
const BATCH = 50_000, AT_ONCE = 64, ONE_MORE = 3
const seconds = {}

async function timed(name, work) {
  const start = performance.now()
  await work()
  return seconds[name] = (performance.now() - start) / 1000
}

const create = async () => Repository.create(await Storage.newLocalFilesystem(folder), undefined, 2)

async function commit(count, size) {
  const repository = await create()
  const first = await repository.writableSession('main')
  await first.store.set('zarr.json', json(groupDocument()))
  await first.store.set('a/zarr.json', json(arrayDocument([(count + ONE_MORE) * size], [size])))
  await first.commit('array')
  const chunk = Buffer.alloc(size, 17)
  const session = await repository.writableSession('main')
  await timed('write', async () => {
    for (let i = 0; i < count; i += AT_ONCE) {
      await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - i) }, (_, j) => session.store.set(`a/c/${i + j}`, chunk)))
    }
  })
  await timed('commit', () => session.commit('many chunks'))
  const each = []
  for (let i = 0; i < ONE_MORE; i++) {
    each.push(await timed('one more', async () => {
      const next = await repository.writableSession('main')
      await next.store.set(`a/c/${count + i}`, chunk)
      await next.commit('one more chunk')
    }))
  }
  seconds['one more'] = each.sort((a, b) => a - b)[ONE_MORE >> 1]
}

async function references(count) {
  const side = Math.round(Math.sqrt(count))
  const session = await (await create()).writableSession('main')
  await session.store.set('zarr.json', json(groupDocument()))
  await session.store.set('g/zarr.json', json(groupDocument()))
  await session.store.set('g/a/zarr.json', json(arrayDocument([side, side * 1000], [1, 1000])))
  for (let start = 0; start < side * side; start += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, side * side - start) }, (_, i) => [Math.floor((start + i) / side), (start + i) % side])
    await session.store.setVirtualRefs('/g/a', batch.map(([y, x]) => ({
      index: [y, x], location: `s3://bucket-of-somebody/model/run/year=${2000 + (y % 25)}/variable-${y}/part-${String(x).padStart(6, '0')}.nc`,
      offset: 4096 * (x + 1), length: 1000,
    })), false)
  }
  await session.store.set('g/a/c/1/1', Buffer.alloc(1000, 17))
  await session.commit('references')
}

async function change() {
  await timed('change', async () => {
    const session = await (await openLocal(folder)).writableSession('main')
    await session.store.set('g/a/c/2/2', Buffer.alloc(1000, Date.now() % 256))
    await session.commit('another chunk')
  })
}

async function read() {
  await timed('read', async () => {
    const session = await (await openLocal(folder)).readonlySession({ branch: 'main' })
    const chunk = await session.store.get('g/a/c/1/1')
    if (chunk.length !== 1000) throw new Error('not the chunk')
  })
}

async function history() {
  const step = (name, work) => timed(name, async () => work(await openLocal(folder)))
  const change = branch => async repository => {
    const session = await repository.writableSession(branch)
    await session.store.set('zarr.json', json(groupDocument({ at: Date.now() })))
    await session.commit('one change')
  }
  await step('list branches', repository => repository.listBranches())
  await step('read log', repository => repository.ancestry({ branch: 'main' }))
  await step('list the nodes, first', async repository => (await repository.readonlySession({ branch: 'main' })).store.listDir('many'))
  await step('make a branch', async repository => repository.createBranch(`official-${Date.now()}`, await repository.lookupBranch('main')))
  await step('commit one change', change('main'))
  await step('commit one change to a small tree', change('b0002'))
}

await { commit, references, change, read, history }[verb](...rest.map(Number))
console.log(JSON.stringify(seconds))
