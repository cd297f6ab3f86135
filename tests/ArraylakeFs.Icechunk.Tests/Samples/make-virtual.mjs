import { createRequire } from 'node:module'
import fs from 'node:fs'
// Virtual references: 1200 with locations compressed by a dictionary, two plain ones with checksums.
const require = createRequire(process.env.ICE_MODULES + '/x.js')
const { Repository, Storage } = require('@earthmover/icechunk')
const dir = process.argv[2]; fs.rmSync(dir, {recursive:true, force:true})
const repo = await Repository.create(await Storage.newLocalFilesystem(dir), { virtualChunkContainers: [{ urlPrefix: 's3://bucket/', name: 'b', store: {type:'S3', field0:{region:'us-east-1'}} }] }, 2).catch(async e => { console.log('cfg', e.message); return await Repository.create(await Storage.newLocalFilesystem(dir), undefined, 2) })
const s = await repo.writableSession('main')
const doc = (shape) => Buffer.from(JSON.stringify({zarr_format:3,node_type:'array',shape,data_type:'int32',chunk_grid:{name:'regular',configuration:{chunk_shape:shape.map(()=>1)}},chunk_key_encoding:{name:'default'},fill_value:0,codecs:[{name:'bytes'}],attributes:{}}))
await s.store.set('zarr.json', Buffer.from('{"zarr_format":3,"node_type":"group"}'))
await s.store.set('v/zarr.json', doc([1200]))
await s.store.set('few/zarr.json', doc([4]))
console.log(Object.getOwnPropertyNames(Object.getPrototypeOf(s.store)).join(' '))
const specs = []
for (let i=0;i<1200;i++) specs.push({ index:[i], location:`s3://bucket/some/long/path/to/data/file-${String(i).padStart(6,'0')}.nc`, offset: 1000+i, length: 4000, ...(i%3==0?{etagChecksum:'"abc'+i+'"'}:{}) })
try { await s.store.setVirtualRefs('/v', specs, false) } catch(e) { console.log(e.message) }
try { await s.store.setVirtualRef('few/c/1', 's3://bucket/x.nc', 5, 6, '"e1"', null, false) } catch(e) { console.log('1', e.message) }
try { await s.store.setVirtualRef('few/c/2', 's3://bucket/y.nc', 7, 8, null, new Date(1700000000000), false) } catch(e) { console.log('2', e.message) }
console.log(await s.commit('virtual'))
