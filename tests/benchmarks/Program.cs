using System.Globalization;
using System.Text;
using ArraylakeFs.Benchmarks;
using ArraylakeFs.Icechunk;
using ArraylakeFs.Repository;
using ArraylakeFs.Storage;

// usage: ArraylakeFs.Benchmarks change REPOSITORY                           commits one changed chunk of /g/a, made by client.mjs, without a mount
//        ArraylakeFs.Benchmarks history FOLDER COMMITS BRANCHES NODES       makes a repository with a long past and a wide tree
await using var store = new LocalObjectStore(args[1]);
if (args[0] == "history")
{
    int[] numbers = [.. args[2..].Select(number => int.Parse(number, CultureInfo.InvariantCulture))];
    await LongHistory.MakeAsync(store, numbers[0], numbers[1], numbers[2]);
    return 0;
}

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
