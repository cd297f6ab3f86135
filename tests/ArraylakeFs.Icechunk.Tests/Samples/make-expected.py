#!/usr/bin/env python3
"""Writes expected.json beside each sample repository: what an independent decoder (icedump.py, hand-written, no libraries) finds in
every metadata file, in the shape that SampleDump.cs makes from our views.
usage: make-expected.py DIRECTORY-OF-icedump.py   (needs the `zstd` command)"""
import json, os, sys, tarfile, tempfile
sys.path.insert(0, sys.argv[1])
sys.argv = ['x']
import icedump as I

def num(v):
    return int(v.split()[0]) if isinstance(v, str) and v.endswith('(default)') else v

def items(v):
    return {m['name']: m['value']['value'] for m in v or []}

def status(s):
    return {'availability': num(s['availability']), 'set_at': num(s['set_at']), 'reason': s.get('limited_availability_reason')}

def update(u):
    (value,) = u['update_type'].values()
    get = lambda *names: next((value[n] for n in names if n in value), None)
    out = {'kind': u['update_type_type'], 'at': num(u['updated_at']), 'backup': u.get('backup_path'), 'name': get('name', 'branch'),
           'previous': get('previous_snap_id'), 'new': get('new_snap_id')}
    if 'is_set' in value:
        out['flag'], out['value'] = num(value['id']), (num(value['new_value']) != 0 if num(value['is_set']) else None)
    return out

def repo(t):
    ids = [s['id'] for s in t['snapshots']]
    ref = lambda refs: {r['name']: ids[num(r['snapshot_index'])] for r in refs}
    return {'spec_version': t['spec_version'], 'branches': ref(t['branches']), 'tags': ref(t['tags']), 'deleted_tags': t['deleted_tags'],
            'snapshots': [{'id': s['id'], 'parent': None if num(s['parent_offset']) < 0 else ids[num(s['parent_offset'])],
                           'flushed_at': s['flushed_at'], 'message': s['message'], 'metadata': items(s.get('metadata'))} for s in t['snapshots']],
            'status': status(t['status']), 'metadata': items(t.get('metadata')), 'updates': [update(u) for u in t['latest_updates']],
            'before': t.get('repo_before_updates'), 'config': t['config']['value'] if 'config' in t else None,
            'enabled': t.get('enabled_feature_flags'), 'disabled': t.get('disabled_feature_flags')}

def node(n):
    out = {'id': n['id'], 'path': n['path'], 'document': n['user_data'], 'kind': n['node_data_type']}
    if n['node_data_type'] == 1:
        a = n['node_data']['ArrayNodeData']
        if 'shape_v2' in a:
            out['shape'] = [[num(d['array_length']), num(d['num_chunks'])] for d in a['shape_v2']]
        else:
            out['shape'] = [[d['array_length'], -(-d['array_length'] // d['chunk_length'])] for d in a['shape']]
        out['names'] = [d.get('name') for d in a['dimension_names']] if 'dimension_names' in a else None
        out['manifests'] = [[m['object_id'], m['extents']] for m in a['manifests']]
    return out

def snapshot(t):
    files = t['manifest_files_v2'] if 'manifest_files_v2' in t else t['manifest_files']
    out = {'id': t['id'], 'flushed_at': t['flushed_at'], 'message': t['message'], 'metadata': items(t['metadata']),
           'nodes': [node(n) for n in t['nodes']],
           'manifest_files': [[f['id'], f['size_bytes'], f['num_chunk_refs']] for f in files]}
    if 'parent_id' in t: out['parent'] = t['parent_id']
    return out

def ref(r):
    out = {'index': r['index'], 'offset': num(r['offset']), 'length': num(r['length']), 'modified': num(r['checksum_last_modified']),
           'etag': r.get('checksum_etag')}
    if 'chunk_id' in r: out['chunk'] = r['chunk_id']
    elif 'inline' in r:
        assert len(r['inline']) < 100
        out['inline'] = r['inline'].split(':')[1]; out['length'] = len(out['inline']) // 2
    elif 'location' in r: out['location'] = r['location']
    else: out['location'] = 'compressed'
    return out

def manifest(t):
    return {'id': t['id'], 'arrays': [{'node': a['node_id'], 'refs': [ref(r) for r in a['refs'][:8]], 'count': len(a['refs'])} for a in t['arrays']]}

def log(t):
    out = {k: t[k] for k in ('id', 'new_groups', 'new_arrays', 'deleted_groups', 'deleted_arrays', 'updated_arrays', 'updated_groups')}
    out['chunks'] = [{'node': c['node_id'], 'chunks': [x['coords'] for x in c['chunks'][:50]], 'count': len(c['chunks'])} for c in t['updated_chunks']]
    out['moves'] = [[m['from'], m['to'], m['node_id'], num(m['node_type'])] for m in t.get('moved_nodes', [])]
    return out

SHAPE = {1: snapshot, 2: manifest, 4: log, 6: repo}
here = os.path.dirname(os.path.abspath(__file__))
unpacked = tempfile.TemporaryDirectory()
tarfile.open(os.path.join(here, 'official-releases.tar.gz')).extractall(unpacked.name, filter='data')
for name in ('split-repo-v1', 'test-repo-v1', 'test-repo-v2', 'made-by-2.2.2', 'virtual-by-2.2.2'):
    out = {}
    root = os.path.join(here if '-by-' in name else unpacked.name, name)
    for folder, _, files in sorted(os.walk(root)):
        if os.path.relpath(folder, root).split(os.sep)[0] in ('chunks', 'refs'): continue
        for f in sorted(files):
            if f in ('expected.json', 'config.yaml'): continue
            path = os.path.join(folder, f)
            head, t = I.load(path)
            out[os.path.relpath(path, root)] = SHAPE[head['type']](t)
    os.makedirs(os.path.join(here, name), exist_ok=True)
    with open(os.path.join(here, name, 'expected.json'), 'w') as o:
        json.dump(out, o, ensure_ascii=False, indent=0, sort_keys=True); o.write('\n')
