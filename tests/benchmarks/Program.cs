using System.Text;
using ArraylakeFs.Icechunk;
using ArraylakeFs.Repository;
using ArraylakeFs.Storage;

// usage: ArraylakeFs.Benchmarks REPOSITORY
// Commits one changed chunk of the array /g/a, made by client.mjs, without a mount.
await using var store = new LocalObjectStore(args[0]);
await using var repository = await ZarrRepository.OpenAsync(store, default);
if (!(await repository.ReferencesAsync(default)).TryGetBranch("main", out var tip))
{
    return 1;
}

var view = await repository.SnapshotAsync(tip, default);
var changes = new ChangeSet();
var content = Encoding.UTF8.GetBytes($"chunk of {DateTime.UtcNow:O}");
changes.Chunks.Add(view.FindNode("/g/a")!.Id, [new ChunkChange([0, 0], new ChunkPayload.Inline(content))]);
await repository.CommitAsync(new CommitRequest("main", tip, ObjectId12.New(), "one other chunk", [], changes), default);
return 0;
