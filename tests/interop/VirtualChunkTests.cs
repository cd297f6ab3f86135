using System.Text.Json;
using ArraylakeFs.Icechunk;
using ArraylakeFs.Repository;
using ArraylakeFs.Storage;
using ArraylakeFs.TestHarness;

namespace ArraylakeFs.Interop.Tests;

/// <summary>
/// Virtual chunks that the official client laid into local files, a thousand of them with locations compressed by a dictionary: where the
/// folder is allowed, both read the same bytes, and both refuse the same chunks once files have changed.
/// </summary>
public sealed class VirtualChunkTests : IDisposable
{
    private const int BigBytes = 120_000;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [OfficialClientFact]
    public async Task Both_read_the_same_virtual_chunks_and_refuse_the_same_when_files_have_changed()
    {
        var big = Write("big.bin", BigBytes);
        Write("below/small.bin", 100);
        Write("below/an odd#name?%.bin", 100);
        File.CreateSymbolicLink(Path.Combine(Data, "small-link.bin"), "below/small.bin");
        OfficialClient.RunScript("virtual.mjs", "make", _folder["repo"], Data).Succeed();
        NamedContainer.Name(_folder["repo"], "local");
        Assert.Contains(Directory.GetFiles(_folder["repo/manifests"]), HasCompressedLocations);
        var all = await AssertBothAgreeAsync();
        Assert.Equal(1207, all.Count);
        Assert.DoesNotContain(Refused, all.Values);

        // The same bytes in a file that was written later: two of the references say that they do not want that.
        File.SetLastWriteTimeUtc(big, DateTime.UtcNow.AddHours(1));
        Assert.Equal(["kinds/c/1", "kinds/c/2"], RefusedOf(await AssertBothAgreeAsync()));

        using (var file = new FileStream(big, FileMode.Open))
        {
            file.SetLength(100_050);
        }

        var shorter = RefusedOf(await AssertBothAgreeAsync());
        Assert.Equal(2 + 200, shorter.Length);
        Assert.Contains("many/c/1000", shorter);
        Assert.DoesNotContain("many/c/999", shorter);

        File.Delete(big);
        Assert.Equal(1200 + 4, RefusedOf(await AssertBothAgreeAsync()).Length);
    }

    private const string Refused = "refused";

    private string Data => _folder["data"];

    private string Write(string name, int length)
    {
        var path = Path.Combine(Data, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var bytes = new byte[length];
        new Random(name.Length).NextBytes(bytes);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private static bool HasCompressedLocations(string manifest) =>
        Manifest.Decode(manifest, File.ReadAllBytes(manifest)) is { ArrayCount: 1 } decoded && decoded.ArrayAt(0) is { Count: 1200 } refs
        && refs[0].IsLocationCompressed;

    private static string[] RefusedOf(SortedDictionary<string, string> chunks) => [.. chunks.Where(chunk => chunk.Value == Refused).Select(chunk => chunk.Key)];

    /// <summary>Reads every chunk there and here; what came of it, by key.</summary>
    private async Task<SortedDictionary<string, string>> AssertBothAgreeAsync()
    {
        var official = JsonSerializer.Deserialize<Dictionary<string, string>>(
            OfficialClient.RunScript("virtual.mjs", "read", _folder["repo"], Data).Succeed())!;
        var theirs = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, read) in official)
        {
            theirs[key] = read.StartsWith("error: ", StringComparison.Ordinal) ? Refused : read;
        }

        var ours = await OursAsync();
        Assert.Equal(theirs, ours);
        return ours;
    }

    private async Task<SortedDictionary<string, string>> OursAsync()
    {
        await using var store = new LocalObjectStore(_folder["repo"]);
        await using var repository = await ZarrRepository.OpenAsync(store, VirtualAccess.Of([$"file://{Data}/"]), default);
        Assert.True((await repository.ReferencesAsync(default)).TryGetBranch("main", out var tip));
        var snapshot = await repository.SnapshotAsync(tip, default);
        var chunks = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var array in snapshot.Nodes.Where(node => node.Kind == Zarr.NodeKind.Array).ToList())
        {
            foreach (var (coordinates, chunk) in (await snapshot.ChunksAsync(array, default)).All())
            {
                chunks[$"{array.Path[1..]}/c/{coordinates[0]}"] = await ReadAsync(repository, chunk);
            }
        }

        return chunks;
    }

    private static async Task<string> ReadAsync(ZarrRepository repository, ChunkReference chunk)
    {
        var bytes = new byte[chunk.Length];
        try
        {
            Assert.Equal(bytes.Length, await repository.ReadChunkAsync(chunk, 0, bytes, default));
            return RepositoryView.Sha256(bytes);
        }
        catch (RepositoryException e) when (e.Kind == RepositoryErrorKind.TargetLost)
        {
            return Refused;
        }
    }
}
