// Makes a repository through the official client and prints the ids of its commits as JSON.
//   usage: node make.mjs REPOSITORY [everything | rootless | odd]
// everything: groups, arrays of all sizes, inline and native chunks, split manifests, tags, branches, moves, resets, an amended commit.
// rootless: an array whose parents were never written, and nothing else.
// odd: an array whose chunk_key_encoding no specification has.
import { arrayDocument, groupDocument, json, Repository, Storage } from './official.mjs'

const [folder, shape = 'everything'] = process.argv.slice(2)
const config = {
  inlineChunkThresholdBytes: 64,
  manifest: {
    splitting: {
      split_sizes: [[{ path_matches: { regex: '^/split/' } }, [{ condition: { Axis: 0 }, num_chunks: 2 }]]],
    },
  },
}
const repository = await Repository.create(await Storage.newLocalFilesystem(folder), config, 2)
const commits = { initial: await repository.lookupBranch('main') }

const bytes = (length, seed) => Buffer.from(Array.from({ length }, (_, i) => (i * 31 + seed * 7) & 0xff))

// A change set on a branch: keys to bytes, or to null for "delete"; a key that ends with a slash deletes all below it.
async function commit(name, branch, message, changes) {
  const session = await repository.writableSession(branch)
  for (const [key, value] of Object.entries(changes)) {
    if (value !== null) await session.store.set(key, value)
    else if (key.endsWith('/')) await session.store.deleteDir(key.slice(0, -1))
    else await session.store.delete(key)
  }
  commits[name] = await session.commit(message)
}

async function move(name, branch, message, moves) {
  const session = await repository.rearrangeSession(branch)
  for (const [from, to] of moves) await session.moveNode(from, to)
  commits[name] = await session.commit(message)
}

function firstTree() {
  const int16 = { data_type: 'int16', codecs: [{ name: 'bytes', configuration: { endian: 'little' } }] }
  const changes = {
    'zarr.json': json(groupDocument({ title: 'Ocean Data Repository 🐳', nested: { list: [1, 2.5, null, true] } })),
    // Sorts between "a" and "a/…" by bytes; the document is not as a machine would write it.
    'a-b/zarr.json': Buffer.from('  {"node_type" : "group",\n\t"zarr_format":3,"attributes":{"é🧊":1e400}}\n\n'),
    'a/zarr.json': json(groupDocument()),
    'a/deep/zarr.json': json(groupDocument({ units: 'K' })),
    'Ozean 🌊/zarr.json': json(groupDocument()),
    'split/zarr.json': json(groupDocument()),
    'a/native/zarr.json': json(arrayDocument([8, 1000], [2, 500], { dimension_names: ['y', null] })),
    'a/inline/zarr.json': json(arrayDocument([60], [10], { dimension_names: ['t'] })),
    'a/deep/mixed/zarr.json': json(arrayDocument([4, 100], [1, 100], int16)),
    'split/many/zarr.json': json(arrayDocument([9, 4], [1, 2])),
    'scalar/zarr.json': json(arrayDocument([], [])),
    'unset-scalar/zarr.json': json(arrayDocument([], [])),
    'empty/zarr.json': json(arrayDocument([0, 3], [2, 3])),
    'unwritten/zarr.json': json(arrayDocument([4], [2])),
    'Ozean 🌊/points/zarr.json': json(arrayDocument([4, 4], [2, 2], { chunk_key_encoding: { name: 'v2' } })),
    'Ozean 🌊/nested/zarr.json': json(
      arrayDocument([4, 4], [2, 2], { chunk_key_encoding: { name: 'v2', configuration: { separator: '/' } } })),
    'Ozean 🌊/dotted/zarr.json': json(
      arrayDocument([4, 4], [2, 2], { chunk_key_encoding: { name: 'default', configuration: { separator: '.' } } })),
    'uneven/zarr.json': json(arrayDocument([10], [], {
      chunk_grid: { name: 'rectilinear', configuration: { kind: 'inline', chunk_shapes: [[4, [3, 2]]] } },
    })),
    'scalar/c': bytes(1, 42),
  }
  for (let y = 0; y < 4; y++) for (let x = 0; x < 2; x++) changes[`a/native/c/${y}/${x}`] = bytes(1000, y * 2 + x)
  for (let t = 0; t < 6; t++) changes[`a/inline/c/${t}`] = bytes(10, t)
  for (const [y, length] of [64, 65, 1, 200].entries()) changes[`a/deep/mixed/c/${y}/0`] = bytes(length, y)
  for (let y = 0; y < 9; y++) for (let x = 0; x < 2; x++) changes[`split/many/c/${y}/${x}`] = bytes(100, y * 2 + x)
  for (const name of ['points', 'nested', 'dotted']) {
    for (const at of ['0/0', '0/1', '1/1']) changes[`Ozean 🌊/${name}/c/${at}`] = bytes(at === '1/1' ? 4 : 400, 3)
  }
  for (let i = 0; i < 3; i++) changes[`uneven/c/${i}`] = bytes(70 + i, i)
  return changes
}

async function everything() {
  await commit('first', 'main', 'first commit', firstTree())
  await commit('second', 'main', 'second commit\n\nwith a body 🥹', {
    'a/native/c/1/0': bytes(1000, 99),
    'a/inline/c/1': null,
    'a/deep/': null,
    'a/zarr.json': json(groupDocument({ changed: true })),
    'split/many/zarr.json': json(arrayDocument([5, 4], [1, 2])),
    'split/many/c/0/0': bytes(10, 1),
  })
  await repository.createTag('v1', commits.first)
  await repository.createTag('release/2026', commits.second)
  await repository.createTag('gone', commits.first)
  await repository.deleteTag('gone')
  await repository.createBranch('dev', commits.second)
  await repository.createBranch('feature/one', commits.first)
  await repository.createBranch('gone', commits.first)
  await repository.deleteBranch('gone')
  await move('moved', 'dev', 'moved nodes', [['/a', '/b'], ['/split', '/a'], ['/b/native', '/native']])
  await commit('afterMove', 'dev', 'wrote after a move', { 'native/c/0/0': bytes(1000, 5), 'a/many/c/2/1': bytes(100, 6) })

  await commit('amendedAway', 'feature/one', 'to be amended', { 'unwritten/c/0': bytes(2, 1) })
  const session = await repository.writableSession('feature/one')
  await session.store.set('unwritten/c/1', bytes(2, 2))
  commits.amended = await session.amend('amended')
  await repository.resetBranch('dev', commits.second)
  await repository.resetBranch('dev', commits.afterMove)
}

async function rootless() {
  await commit('first', 'main', 'an array without parents', {
    'p/q/r/zarr.json': json(arrayDocument([4], [2])),
    'p/q/r/c/1': bytes(2, 1),
  })
}

async function odd() {
  await commit('first', 'main', 'an array as nobody knows it yet', {
    'zarr.json': json(groupDocument()),
    'g/zarr.json': json(groupDocument()),
    'g/odd/zarr.json': json(arrayDocument([4], [2], { chunk_key_encoding: { name: 'spiral', configuration: { turns: 3 } } })),
    'g/odd/c/0': bytes(2, 1),
    'g/odd/c/1': bytes(600, 2),
  })
}

await { everything, rootless, odd }[shape]()
console.log(JSON.stringify(commits))
