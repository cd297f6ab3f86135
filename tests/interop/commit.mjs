// Commits on a branch through the official client and prints the commit's id.
//   usage: node commit.mjs REPOSITORY BRANCH MESSAGE [CHUNK_KEY TEXT]
import { arrayDocument, groupDocument, json, openLocal } from './official.mjs'

const [folder, branch, message, chunkKey, text] = process.argv.slice(2)
const session = await (await openLocal(folder)).writableSession(branch)
const { store } = session

const old = await store.get('zarr.json')
const root = old ? JSON.parse(Buffer.from(old)) : groupDocument()
root.attributes = { ...root.attributes, official: message }
await store.set('zarr.json', json(root))
await store.set('official/zarr.json', json(arrayDocument([4, 1000], [2, 1000])))
await store.set('official/c/0/0', Buffer.alloc(2000, message))
await store.set('official/c/1/0', Buffer.alloc(2000, 0xa5))
if (chunkKey) await store.set(chunkKey, Buffer.from(text))
console.log(await session.commit(message))
