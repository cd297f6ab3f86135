// The official Icechunk client and zarrita, from the folder that tests/prepare.sh installed them into.
import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { importModule, modules } from './modules.mjs'

export { importModule }

export const { Repository, Storage } = createRequire(path.join(modules, 'any.js'))('@earthmover/icechunk')

// Virtual chunks of a test's repository are in files of the folder beside it.
export const virtualPrefix = folder => `${pathToFileURL(folder)}-data/`

export const openLocal = async folder =>
  Repository.open(await Storage.newLocalFilesystem(folder), null, { [virtualPrefix(folder)]: null })

export const sha256 = bytes => createHash('sha256').update(bytes).digest('hex')

export const json = value => Buffer.from(JSON.stringify(value))

export function arrayDocument(shape, chunkShape, more = {}) {
  return {
    zarr_format: 3,
    node_type: 'array',
    shape,
    data_type: 'uint8',
    chunk_grid: { name: 'regular', configuration: { chunk_shape: chunkShape } },
    chunk_key_encoding: { name: 'default', configuration: { separator: '/' } },
    fill_value: 0,
    codecs: [{ name: 'bytes' }],
    attributes: {},
    ...more,
  }
}

export const groupDocument = (attributes = {}) => ({ zarr_format: 3, node_type: 'group', attributes })
