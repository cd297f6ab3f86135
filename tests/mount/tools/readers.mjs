// What zarrita finds in a directory, and in a commit of an Icechunk repository: as readers.py tells it.
import { createHash } from 'node:crypto'
import fs from 'node:fs/promises'
import path from 'node:path'
import { importModule } from '../../interop/modules.mjs'

export const zarr = await importModule('zarrita/dist/src/index.js')
const { default: FileSystemStore } = await importModule('@zarrita/storage/dist/src/fs.js')

const documents = { 'zarr.json': 'v3', '.zarray': 'v2', '.zgroup': 'v2' }
const hidden = [
  '_FillValue', '_ARRAY_DIMENSIONS', '_NCProperties', '_Netcdf4Dimid', '_NCZARR_ATTR',
  '_nczarr_group', '_nczarr_superblock', '_nczarr_array', '_nczarr_attr',
]

export const openStore = folder => zarr.root(new FileSystemStore(folder))

// zarrita lists nothing by itself.
export async function find(folder) {
  const names = await fs.readdir(folder, { recursive: true })
  return findAll(openStore(folder), names.filter(name => path.basename(name) in documents))
}

export async function findInCommit(repository, snapshotId) {
  const { openLocal } = await import('../../interop/official.mjs')
  const { store } = await (await openLocal(repository)).readonlySession({ snapshotId })
  const get = async key => await store.exists(key.slice(1)) ? named(key, await store.get(key.slice(1))) : undefined
  const getRange = async (key, range) => {
    const bytes = await get(key)
    return bytes && (range.suffixLength ? bytes.slice(-range.suffixLength) : bytes.slice(range.offset, range.offset + range.length))
  }
  return findAll(zarr.root({ get, getRange }), (await store.list()).filter(key => path.basename(key) in documents))
}

// The official client names every chunk c/0/0, whatever its array says.
function named(key, bytes) {
  if (path.basename(key) !== 'zarr.json') return new Uint8Array(bytes)
  const document = JSON.parse(Buffer.from(bytes))
  if (document.chunk_key_encoding) document.chunk_key_encoding = { name: 'default', configuration: { separator: '/' } }
  return new TextEncoder().encode(JSON.stringify(document))
}

async function findAll(root, names) {
  const found = {}
  for (const name of names.sort()) {
    const node = path.posix.join('/', path.dirname(name))
    found[node] = await describe(root.resolve(node), documents[path.basename(name)])
      .catch(error => ({ cannot: `${error.name}: ${error.message}` }))
  }
  return found
}

async function describe(location, version) {
  const node = await zarr.open[version](location)
  const attributes = Object.fromEntries(Object.entries(node.attrs ?? {}).filter(([name]) => !hidden.includes(name)))
  if (node.kind === 'group') return { kind: 'group', attributes }
  const isText = /string|^v2:/.test(node.dtype)
  const values = inOrder(await zarr.get(node), node.shape)
  return {
    kind: 'array',
    shape: node.shape,
    dtype: isText ? 'string' : node.dtype,
    dimensions: node.dimensionNames ?? node.attrs?._ARRAY_DIMENSIONS ?? (node.shape.length === 0 ? [] : null),
    attributes,
    digest: createHash('sha256').update(isText ? values.join('\0') : bytesOf(values, node.dtype)).digest('hex'),
  }
}

// The values as a list in C order; an array of no dimensions is a bare value.
function inOrder(result, shape) {
  if (shape.length === 0) return [result]
  const values = []
  const walk = (dimension, offset) => {
    if (dimension === shape.length) return values.push(at(result.data, offset))
    for (let i = 0; i < shape[dimension]; i++) walk(dimension + 1, offset + i * result.stride[dimension])
  }
  walk(0, 0)
  return values
}

const at = (data, index) => typeof data.get === 'function' ? data.get(index) : data[index]

const typedArrays = {
  int8: Int8Array, int16: Int16Array, int32: Int32Array, int64: BigInt64Array, float32: Float32Array, float64: Float64Array,
  uint8: Uint8Array, uint16: Uint16Array, uint32: Uint32Array, uint64: BigUint64Array, bool: Uint8Array,
}

const bytesOf = (values, dtype) => new Uint8Array(typedArrays[dtype].from(dtype === 'bool' ? values.map(Number) : values).buffer)
