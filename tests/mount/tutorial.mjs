// The tutorial "Manage Zarr Data" with an unmodified zarrita, one step a run.
//   usage: node tutorial.mjs STEP PATH [ARGUMENT...]
// PATH is any directory, so that the same steps run on a plain disk as the measure of what is right.
// What a step finds out is printed as JSON.
import fs from 'node:fs/promises'
import path from 'node:path'
import { importModule } from '../interop/modules.mjs'

const zarr = await importModule('zarrita/dist/src/index.js')
const { default: FileSystemStore } = await importModule('@zarrita/storage/dist/src/fs.js')

const [step, folder, ...rest] = process.argv.slice(2)
const root = zarr.root(new FileSystemStore(folder))
const openGroup = name => zarr.open.v3(root.resolve(name), { kind: 'group' })
const openArray = name => zarr.open.v3(root.resolve(name), { kind: 'array' })

async function attributesOf(name) {
  try {
    return (await openGroup(name)).attrs
  } catch (error) {
    if (zarr.isZarritaError(error, 'NotFoundError')) return {}
    throw error
  }
}

const setAttribute = async (key, value) => zarr.create(root, { attributes: { ...(await attributesOf('/')), [key]: value } })

const temperature = shape => zarr.create(root.resolve('/atlantic/temperature'), {
  shape: [shape],
  chunkShape: [10],
  dtype: 'float32',
  fillValue: NaN,
  codecs: [
    { name: 'bytes', configuration: { endian: 'little' } },
    { name: 'blosc', configuration: { cname: 'lz4', clevel: 5, shuffle: 'shuffle', typesize: 4, blocksize: 0 } },
  ],
  attributes: { name: 'Atlantic Ocean Temperature', units: 'degrees Celsius' },
})

async function attempt(change) {
  try {
    await change()
    return 'done'
  } catch (error) {
    if (error.code) return error.code
    throw error
  }
}

// The shape of an array and how often each value occurs.
async function summaryOf(name) {
  const array = await openArray(name)
  const { data } = await zarr.get(array)
  const values = {}
  for (const value of data) values[value] = (values[value] ?? 0) + 1
  return { shape: array.shape, attributes: array.attrs, values }
}

// Looks at an array again and again until the file "stop" appears; says with the file "ready" that it has begun.
async function watch(name, ready, stop) {
  const seen = []
  for (;;) {
    const last = await fs.access(stop).then(() => true, () => false)
    const { shape, values } = await summaryOf(name)
    const text = JSON.stringify({ shape, values })
    if (seen.at(-1) !== text) seen.push(text)
    if (last) return seen.map(JSON.parse)
    await fs.writeFile(ready, '')
  }
}

const steps = {
  set_title: () => setAttribute('title', 'Ocean Data Repository 🐳'),
  set_description: () => setAttribute('description', 'Data about the ocean.'),
  attributes: () => attributesOf('/'),
  try_to_write: async () => ({
    attributes: await attempt(() => setAttribute('refused', true)),
    // Not through zarrita: node answers ENOENT for any refused mkdir -p, on a plain disk too.
    group: await attempt(() => fs.mkdir(path.join(folder, 'refused'))),
    file: await attempt(() => fs.writeFile(path.join(folder, 'refused'), '')),
  }),
  create: async () => {
    await zarr.create(root.resolve('/atlantic'), { attributes: { title: 'Atlantic Ocean' } })
    await temperature(100)
  },
  first_element: async () => String(await zarr.get(await openArray('/atlantic/temperature'), [0])),
  fill: async () => zarr.set(await openArray('/atlantic/temperature'), [zarr.slice(50)], 10),
  resize: () => temperature(200),
  append: async () => zarr.set(await openArray('/atlantic/temperature'), [zarr.slice(100, null)], 99),
  summary: () => summaryOf(rest[0]),
  watch: () => watch(...rest),
  // zarrita deletes nothing by itself: its users remove the directory.
  delete_array: () => fs.rm(path.join(folder, 'atlantic_group/temperature_array'), { recursive: true }),
  delete_group: () => fs.rm(path.join(folder, 'atlantic_group'), { recursive: true }),
}

const answer = await steps[step]()
if (['attributes', 'try_to_write', 'first_element', 'summary', 'watch'].includes(step)) console.log(JSON.stringify(answer))
