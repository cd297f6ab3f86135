// The scenario in zarrita's own terms; what it cannot do its users do with the file system.
//   usage: node zarrita.mjs TURN FORMAT DIRECTORY      TURN: 1 or 2; FORMAT: 3 or 2
import assert from 'node:assert/strict'
import fs from 'node:fs/promises'
import path from 'node:path'
import { find, openStore, zarr } from './readers.mjs'

const [turn, format, folder] = [Number(process.argv[2]), ...process.argv.slice(3)]
const version = `v${format}`
const root = openStore(folder)
const openArray = name => zarr.open[version](root.resolve(name), { kind: 'array' })
const openGroup = name => zarr.open[version](root.resolve(name), { kind: 'group' })
const text = value => new TextEncoder().encode(JSON.stringify(value))

// zarrita writes documents of v3 only; those of v2 its users write through its store.
async function makeGroup(name, attributes = {}) {
  if (format === '3') return zarr.create(root.resolve(name), { attributes })
  await root.store.set(path.posix.join(name, '.zgroup'), text({ zarr_format: 2 }))
  await root.store.set(path.posix.join(name, '.zattrs'), text(attributes))
}

const codecs = {
  none: [{ name: 'bytes', configuration: { endian: 'little' } }],
  gzip: [{ name: 'bytes', configuration: { endian: 'little' } }, { name: 'gzip', configuration: { level: 5 } }],
  zstd: [{ name: 'bytes', configuration: { endian: 'little' } }, { name: 'zstd', configuration: { level: 3, checksum: false } }],
  blosc: [
    { name: 'bytes', configuration: { endian: 'little' } },
    { name: 'blosc', configuration: { cname: 'lz4', clevel: 5, shuffle: 'shuffle', typesize: 4, blocksize: 0 } },
  ],
}
const compressors = {
  none: null, gzip: { id: 'gzip', level: 5 }, zstd: { id: 'zstd', level: 3 },
  blosc: { id: 'blosc', cname: 'lz4', clevel: 5, shuffle: 1, blocksize: 0 },
}
const dtypes = { float32: '<f4', int32: '<i4', int64: '<i8' }

async function makeArray(name, dtype, shape, chunkShape, dimensions, codec, fill = 0, attributes = {}) {
  if (format === '3') {
    await zarr.create(root.resolve(name), {
      dtype, shape, chunkShape, dimensionNames: dimensions, codecs: codecs[codec], fillValue: fill, attributes,
    })
    return
  }
  await root.store.set(`${name}/.zarray`, text({
    zarr_format: 2, shape, chunks: chunkShape, dtype: dtypes[dtype], order: 'C', filters: null, compressor: compressors[codec],
    fill_value: Number.isNaN(fill) ? 'NaN' : fill, dimension_separator: codec === 'zstd' ? '.' : '/',
  }))
  await root.store.set(`${name}/.zattrs`, text({ ...attributes, _ARRAY_DIMENSIONS: dimensions }))
}

// A document read, changed and written again.
async function change(name, edit) {
  const key = path.posix.join('/', name)
  const document = JSON.parse(new TextDecoder().decode(await root.store.get(key)))
  edit(document)
  await root.store.set(key, text(document))
}

const resize = (name, shape) => change(`${name}/${format === '3' ? 'zarr.json' : '.zarray'}`, document => { document.shape = shape })
const values = async (name, selection) => Array.from((await zarr.get(await openArray(name), selection)).data)
const range = (length, offset = 0) => Array.from({ length }, (_, i) => i + offset)
const within = name => path.join(folder, name)

async function setArray(name, Kind, data, shape) {
  const stride = shape.map((_, i) => shape.slice(i + 1).reduce((a, b) => a * b, 1))
  await zarr.set(await openArray(name), null, { data: Kind.from(data), shape, stride })
}

const steps = {
  async create() {
    await makeGroup('/', { title: 'Ocean' })
    await makeGroup('/atlantic', { depth: 5000 })
    await makeGroup('/atlantic/deep')
    const names = { units: 'K', long_name: 'Temperatur 🌊', short_name: 't' }
    await makeArray('/atlantic/temperature', 'float32', [20, 30], [10, 10], ['y', 'x'], 'blosc', NaN, names)
    await makeArray('/atlantic/count', 'int64', [100], [10], ['n'], 'zstd')
    await makeArray('/plain', 'int32', [8, 6], [4, 3], ['p', 'q'], 'none', 7)
    await makeArray('/loose', 'int32', [8], [4], ['l'], 'none')
    for (const name of ['/old1', '/old2']) {
      await makeArray(`${name}/gone`, 'int32', [4], [4], ['g'], 'none')
      await makeGroup(name)
      await setArray(`${name}/gone`, Int32Array, range(4), [4])
    }
  },
  async attributes() {
    const editAll = (name, edit) =>
      format === '3' ? change(`${name}/zarr.json`, document => edit(document.attributes)) : change(`${name}/.zattrs`, edit)
    await editAll('', attributes => Object.assign(attributes, { title: 'Oceans', count: turn, list: [1, 2, 3 * turn] }))
    await editAll('atlantic/temperature', attributes => {
      attributes.units = 'K'.repeat(turn)
      if (turn === 2) delete attributes.short_name
    })
    assert.deepEqual((await openGroup('/')).attrs.list, [1, 2, 3 * turn])
  },
  async write() {
    await setArray('/atlantic/temperature', Float32Array, range(600), [20, 30])
    await setArray('/atlantic/count', BigInt64Array, range(100).map(BigInt), [100])
    await setArray('/plain', Int32Array, range(48), [8, 6])
    await setArray('/loose', Int32Array, range(8), [8])
    assert.deepEqual(await values('/atlantic/temperature'), range(600))
  },
  async write_gzip() {
    await makeArray(`/old${turn}/zipped`, 'int32', [4], [4], ['z'], 'gzip')
    await setArray(`/old${turn}/zipped`, Int32Array, range(4), [4])
  },
  async overwrite() {
    await zarr.set(await openArray('/atlantic/temperature'), [zarr.slice(5, 15), zarr.slice(5, 15)], -turn)
    await zarr.set(await openArray('/atlantic/count'), [33], 10n ** 15n + BigInt(turn))
    await zarr.set(await openArray('/atlantic/count'), [zarr.slice(40, 50)], BigInt(turn))
    await zarr.set(await openArray('/plain'), [zarr.slice(2, 4), zarr.slice(1, 5)], 8 + turn)
    assert.equal(await zarr.get(await openArray('/atlantic/count'), [33]), 10n ** 15n + BigInt(turn))
  },
  async append() {
    const length = 100 + 25 * turn
    await resize('/atlantic/count', [length])
    await zarr.set(await openArray('/atlantic/count'), [zarr.slice(length - 15, null)], BigInt(5 * turn))
    await resize('/atlantic/temperature', [27, 30])
    await zarr.set(await openArray('/atlantic/temperature'), [zarr.slice(18 + 2 * turn, null), null], 8 * turn)
    assert.deepEqual(await values('/atlantic/count', [zarr.slice(length - 16, length - 14)]), [0n, BigInt(5 * turn)])
  },
  async shrink() {
    // The document first, then the chunks that are outside now, as far as they are not in the last row.
    await resize('/plain', [4, 9 - 3 * turn])
    for (const name of turn === 1 ? ['1/0', '1/1'] : ['0/1']) await root.store.delete(`/plain/${format === '3' ? 'c/' : ''}${name}`)
    await resize('/atlantic/temperature', [20 + 2 * turn, 30])
    assert.equal((await values('/plain')).length, 4 * (9 - 3 * turn))
  },
  async delete() {
    await fs.rm(within(`old${turn}`), { recursive: true })
    await assert.rejects(openGroup(`/old${turn}`), { name: 'NotFoundError' })
  },
  async move() {
    if (turn === 1) return fs.rename(within('loose'), within('atlantic/deep/loose'))
    await fs.rename(within('atlantic/count'), within('atlantic/number'))
    await fs.rename(within('atlantic'), within('pacific'))
    await fs.rename(within('plain'), within('pacific/deep/plain'))
    assert.equal(await zarr.get(await openArray('/pacific/number'), [33]), 10n ** 15n + 2n)
  },
  async consolidate() {
    await zarr.consolidateMetadata(root)
  },
  async reopen() {
    // Without being told which version it is.
    const opened = await zarr.open(openStore(folder).resolve('/pacific/temperature'), { kind: 'array' })
    assert.deepEqual(opened.shape, [24, 30])
    assert.equal(await zarr.get(opened, [23, 3]), 16)
  },
}

// The first turn creates and changes, the second changes what that has left.
const without = turn === 1 ? ['reopen'] : ['create', 'write']
const outcomes = {}
for (const [name, step] of Object.entries(steps).filter(([name]) => !without.includes(name))) {
  outcomes[name] = await step().then(() => null, error => `${error.name}: ${error.message}`)
}
console.log(JSON.stringify({ steps: outcomes, found: await find(folder) }))
