// Makes a repository that has one feature of the format, through the official client; prints the ids of commits that no branch or tag holds.
//   usage: node features.mjs REPOSITORY FEATURE
// Files that virtual chunks refer to are made in the folder REPOSITORY-data.
import fs from 'node:fs'
import { arrayDocument, groupDocument, json, Repository, Storage, virtualPrefix } from './official.mjs'

const [folder, feature] = process.argv.slice(2)
const bytes = (length, seed) => Buffer.from(Array.from({ length }, (_, i) => (i * 31 + seed * 7) & 0xff))
const root = { 'zarr.json': json(groupDocument({ title: feature })) }
const detached = []
let repository

async function create(config = {}, specVersion = 2) {
  repository = await Repository.create(await Storage.newLocalFilesystem(folder), config, specVersion, { [virtualPrefix(folder)]: null })
  return repository.lookupBranch('main')
}

async function write(store, changes) {
  for (const [key, value] of Object.entries(changes)) {
    if (value !== null) await store.set(key, value)
    else if (key.endsWith('/')) await store.deleteDir(key.slice(0, -1))
    else await store.delete(key)
  }
}

async function commit(message, changes, branch = 'main') {
  const session = await repository.writableSession(branch)
  await write(session.store, changes)
  return session.commit(message)
}

async function move(message, ...moves) {
  const session = await repository.rearrangeSession('main')
  for (const [from, to] of moves) await session.moveNode(from, to)
  return session.commit(message)
}

function chunks(array, counts, length) {
  const changes = {}
  const walk = (prefix, rest) => {
    if (rest.length === 0) changes[`${array}/c${prefix}`] = bytes(length, prefix.length + Object.keys(changes).length)
    else for (let i = 0; i < rest[0]; i++) walk(`${prefix}/${i}`, rest.slice(1))
  }
  walk('', counts)
  return changes
}

const splitting = split_sizes => ({ inlineChunkThresholdBytes: 16, manifest: { splitting: { split_sizes } } })

const features = {
  // Manifests split by several rules; rewritten in part, also after an array has changed its shape.
  async split() {
    await create(splitting([
      [{ name_matches: { regex: '^by_axis$' } }, [{ condition: { Axis: 0 }, num_chunks: 2 }, { condition: { DimensionName: 'x' }, num_chunks: 3 }]],
      [{ path_matches: { regex: '^/g/' } }, [{ condition: 'Any', num_chunks: 1 }]],
      ['any_array', [{ condition: 'Any', num_chunks: 4 }]],
    ]))
    const many = arrayDocument([7, 8], [1, 1], { dimension_names: ['y', 'x'] })
    await commit('split', {
      ...root, 'g/zarr.json': json(groupDocument()), 'by_axis/zarr.json': json(many), 'g/single/zarr.json': json(many),
      'rest/zarr.json': json(arrayDocument([10], [1])),
      ...chunks('by_axis', [7, 8], 20), ...chunks('g/single', [2, 3], 10), ...chunks('rest', [10], 30),
    })
    await commit('some of them', { 'by_axis/c/0/0': bytes(20, 99), 'by_axis/c/6/7': null, 'rest/c/9': bytes(1, 1) })
    await commit('shorter', { 'by_axis/zarr.json': json(arrayDocument([3, 8], [1, 1])) })
    await commit('longer', { 'by_axis/zarr.json': json(arrayDocument([9, 9], [1, 1])), 'by_axis/c/8/8': bytes(20, 5) })
  },

  // References into files, compressed with a dictionary because there are more than 1000; with checksums, at offsets, and beyond our reach.
  async virtual(specVersion = 2) {
    const prefix = virtualPrefix(folder)
    const data = `${folder}-data`
    fs.mkdirSync(`${data}/deep er`, { recursive: true })
    for (let i = 0; i < 10; i++) fs.writeFileSync(`${data}/deep er/file-${i}.bin`, bytes(1000, i))
    const store = { type: 'LocalFileSystem', field0: data }
    await create({ virtualChunkContainers: { [prefix]: { urlPrefix: prefix, store } } }, specVersion)
    const session = await repository.writableSession('main')
    await write(session.store, {
      ...root, 'many/zarr.json': json(arrayDocument([1010], [1])), 'few/zarr.json': json(arrayDocument([80], [10])), 'few/c/7': bytes(10, 3),
    })
    await session.store.setVirtualRefs('many', Array.from({ length: 1003 }, (_, i) => (
      { index: [i], location: `${prefix}deep%20er/file-${i % 10}.bin`, offset: i % 900, length: 1 + (i % 100) })), true)
    const modified = new Date(fs.statSync(`${data}/deep er/file-0.bin`).mtimeMs + 5000)
    await session.store.setVirtualRef('few/c/0', `${prefix}deep%20er/file-0.bin`, 10, 10, null, modified, true)
    await session.store.setVirtualRef('few/c/1', `${prefix}missing`, 0, 10, null, null, true)
    await session.store.setVirtualRef('few/c/2', 's3://bucket/a//b/../c%20d', 5, 7, 'an-etag', null, false)
    await session.store.setVirtualRef('few/c/3', 'vcc://container/relative path', 1 << 20, 9, null, null, false)
    await session.commit('virtual')
  },

  // The same by spec version 1, whose configuration is config.yaml; it compresses no locations.
  'virtual-version1': () => features.virtual(1),

  // Spec version 1: the same kinds of things, in other files. It knows neither moves nor rectilinear grids.
  async version1() {
    const initial = await create(splitting([['any_array', [{ condition: 'Any', num_chunks: 3 }]]]), 1)
    const first = await commit('first 🧊', {
      ...root, 'g/zarr.json': json(groupDocument()), 'g/a/zarr.json': json(arrayDocument([8, 4], [1, 2], { dimension_names: ['y', null] })),
      'scalar/zarr.json': json(arrayDocument([], [])), 'scalar/c': bytes(1, 1), 'empty/zarr.json': json(arrayDocument([0], [2])),
      'unwritten/zarr.json': json(arrayDocument([4], [2])), ...chunks('g/a', [8, 2], 20), 'g/a/c/0/0': bytes(3, 3),
    })
    await repository.createTag('v1', first)
    await repository.createTag('gone', first)
    await repository.deleteTag('gone')
    await repository.createBranch('dev', initial)
    await repository.createBranch('it works! 100', first)
    await commit('on dev', { ...root, 'only/zarr.json': json(groupDocument()) }, 'dev')
    await commit('second', { 'g/a/c/0/0': null, 'g/a/c/7/1': bytes(30, 8), 'empty/': null, 'unwritten/c/1': bytes(2, 2) })
    await commit('shorter', { 'g/a/zarr.json': json(arrayDocument([3, 4], [1, 2])) })
    await repository.createBranch('deleted', first)
    await repository.deleteBranch('deleted')
  },

  async rectilinear() {
    await create()
    const grid = chunk_shapes => ({ chunk_grid: { name: 'rectilinear', configuration: { kind: 'inline', chunk_shapes } } })
    await commit('rectilinear', {
      ...root, 'one/zarr.json': json(arrayDocument([10], [], grid([[4, [3, 2]]]))),
      'two/zarr.json': json(arrayDocument([7, 100], [], grid([[1, 2, 4], [[10, 10]]]))),
      ...chunks('one', [3], 600), ...chunks('two', [3, 10], 5),
    })
  },

  // Arrays without dimensions and of length 0, with and without chunks, the root among them.
  async scalars() {
    await create()
    await commit('a root that is an array', { 'zarr.json': json(arrayDocument([], [])), c: bytes(1, 9) })
    await commit('scalars', {
      'zarr.json': null, 's/zarr.json': json(arrayDocument([], [])), 's/c': bytes(700, 1), 'unset/zarr.json': json(arrayDocument([], [])),
      'dotted/zarr.json': json(arrayDocument([], [], { chunk_key_encoding: { name: 'v2' } })), 'dotted/c': bytes(1, 4),
      'none/zarr.json': json(arrayDocument([0, 3], [2, 3])), 'half/zarr.json': json(arrayDocument([4, 0], [2, 1])),
    })
    await commit('grown', { 'none/zarr.json': json(arrayDocument([2, 3], [2, 3])), 'none/c/0/0': bytes(6, 1), 's/c': null })
  },

  // Names that are awkward for shells, file systems and the store's own keys; some that no file can have.
  async nodes() {
    await create()
    const names = [
      ' sp ', '%2F', '*?<>|', '-dash', '.hidden', '.zgroup', 'CON', 'a:b', 'abc', 'arc', 'c', 'back\\slash', 'new\nline', 'q"uote', 'tab\t',
      'x#1', 'e\u0301', '\u00e9', '\u202e', '🧊', 'x'.repeat(255), 'in/the/middle', 'c/c/c', 'above/below', 'above',
      'a//b', 'a/', 'arc//twice', `arc/${'w'.repeat(256)}`, 'zarr.json', 'nul\0', 'y'.repeat(256), `${'z'.repeat(256)}/below`,
    ]
    const changes = { ...root }
    for (const name of names) {
      changes[`${name}/zarr.json`] = json(groupDocument({ name }))
      if (name.endsWith('/')) continue
      changes[`${name}/arr/zarr.json`] = json(arrayDocument([2], [1]))
      changes[`${name}/arr/c/1`] = bytes(name.length, 1)
    }
    changes['above/arr/inner/zarr.json'] = json(arrayDocument([2], [1]))
    changes['above/arr/inner/c/0'] = bytes(3, 3)
    await commit('names', changes)
    await commit('another root', { './zarr.json': json(groupDocument({ name: '.' })) })
    await move('moved', ['/above', '/🧊/moved'])
  },

  async refs() {
    const initial = await create()
    const first = await commit('first', { ...root, 'a/zarr.json': json(arrayDocument([1], [1])), 'a/c/0': bytes(3, 3) })
    for (const name of ['', '..', '.', 'a/b', 'a%2Fb', '%', 'nul\0', 'line\nfeed', ' padded ', 'é🧊', 'x'.repeat(300), 'x'.repeat(301), 'MAIN']) {
      await repository.createBranch(name, initial)
      await repository.createTag(name, first)
    }
    await repository.createTag('main', initial)
    await commit('on a branch', { ...root, 'b/zarr.json': json(groupDocument()) }, 'a/b')
  },

  // Chunks around the threshold up to which they are inline, and native ones beside them in one manifest.
  async mixed() {
    await create()
    const changes = { ...root, 'a/zarr.json': json(arrayDocument([9000], [1000])) }
    for (const [i, length] of [1, 511, 512, 513, 1000, 70000].entries()) changes[`a/c/${i}`] = bytes(length, i)
    await commit('mixed', changes)
    await commit('the other way round', { 'a/c/0': bytes(2000, 1), 'a/c/5': bytes(2, 1), 'a/c/8': bytes(512, 7) })
  },

  // Commits that no branch holds: flushed, amended away, left behind by a reset.
  async detached() {
    await create()
    const array = { ...root, 'a/zarr.json': json(arrayDocument([4], [1])) }
    const first = await commit('first', { ...array, 'a/c/0': bytes(1, 1) })
    const flushed = await repository.writableSession('main')
    await write(flushed.store, { 'a/c/1': bytes(600, 2) })
    detached.push(await flushed.flush('detached'))
    detached.push(await commit('to be amended', { 'a/c/2': bytes(1, 3) }))
    const amended = await repository.writableSession('main')
    await write(amended.store, { 'a/c/3': bytes(600, 4), 'a/c/0': null })
    detached.push(await amended.amend('amended'))
    await repository.resetBranch('main', first)
    await commit('after the reset', { 'a/c/0': bytes(600, 5) })
  },

  async moved() {
    await create()
    const array = json(arrayDocument([4], [1]))
    await commit('first', {
      ...root, 'a/zarr.json': json(groupDocument()), 'a/x/zarr.json': array, 'b/zarr.json': json(groupDocument()), 'b/x/zarr.json': array,
      ...chunks('a/x', [4], 600), ...chunks('b/x', [2], 5),
    })
    await move('exchanged', ['/a', '/t'], ['/b', '/a'], ['/t', '/b'])
    await commit('written after the move', { 'a/x/c/3': bytes(700, 1), 'b/x/c/0': null })
    await move('renamed', ['/b/x', '/a/y'])
    await commit('made anew', { 'a/': null, 'a/zarr.json': json(groupDocument()), 'a/y/zarr.json': array, 'a/y/c/0': bytes(1, 9) })
  },
}

await features[feature]()
console.log(JSON.stringify(detached))
