using System.Buffers;
using System.IO.Compression;
using System.Text;
using ArraylakeFs.Icechunk;
using ArraylakeFs.Repository.Verification;
using ArraylakeFs.Storage;
using Native.Blosc;
using Native.Zstd;

namespace ArraylakeFs.Repository.Tests.Verification;

public sealed class VerificationTests
{
    private static readonly byte[] _chunk = [.. Enumerable.Range(0, 2000).Select(i => (byte)(i * i / 7))];

    [Fact]
    public async Task A_sound_repository_has_nothing_wrong()
    {
        var lake = await NewLakeAsync();
        var report = await VerifyAsync(lake, deep: true);
        Assert.Empty(report.Findings);
        Assert.Equal((0L, 0L), (report.Errors, report.Warnings));
        Assert.Equal((5, 5, 3), (report.Snapshots, report.TransactionLogs, report.Manifests));
        // The second manifest repeats the reference to the first chunk, which is decoded once.
        Assert.Equal((3L, 2L, 0L, 4L), (report.NativeChunks, report.InlineChunks, report.VirtualChunks, report.DecodedChunks));
        Assert.Empty(report.NotChecked);
    }

    [Fact]
    public async Task A_missing_chunk_and_a_short_one_are_named_with_where_they_belong()
    {
        var lake = await NewLakeAsync();
        var chunks = (await lake.ChunksAsync("/moved/x")).All().Where(chunk => chunk.Chunk.Kind == ChunkKind.Native).ToList();
        var missing = IcechunkPaths.Chunk(chunks[0].Chunk.ChunkId);
        var @short = IcechunkPaths.Chunk(chunks[1].Chunk.ChunkId);
        await lake.Store.DeleteAsync(missing, default);
        await lake.Store.PutAsync(@short, _chunk.AsMemory(1), default);
        var report = await VerifyAsync(lake);
        var ofMissing = report.Findings.Where(finding => finding.Object == missing).ToList();
        Assert.All(ofMissing, finding => Assert.Equal((Severity.Error, "the file is missing."), (finding.Severity, finding.Problem)));
        Assert.Equal([0U], ofMissing[0].Chunk!);
        Assert.Equal("/moved/x", ofMissing[0].Path);
        Assert.Equal(await lake.TipAsync(), ofMissing[0].Commit);
        Assert.Contains(report.Findings, finding => finding.Object == @short && finding.Problem == "the file has 1999 bytes, and the chunk ends at byte 2000.");
        Assert.Equal(report.Findings.Count, report.Findings.Count(finding => finding.Object == missing || finding.Object == @short));
    }

    [Fact]
    public async Task A_flipped_byte_of_any_metadata_file_is_found_there()
    {
        var lake = await NewLakeAsync();
        foreach (var prefix in (string[])["manifests/", "snapshots/", "transactions/", "repo"])
        {
            foreach (var key in await lake.KeysAsync(prefix))
            {
                var file = (await lake.Store.GetAsync(key, Limits.MaxFileBytes, default))!.Content.ToArray();
                foreach (var position in (int[])[0, 37, 45, file.Length / 2])
                {
                    var damaged = file.ToArray();
                    damaged[position] ^= 0x5A;
                    await lake.Store.PutAsync(key, damaged, default);
                    var report = await VerifyAsync(lake);
                    // The compression has no checksum: a byte of a text or number may be another without anything breaking.
                    Assert.True(report.Errors > 0 || position >= 45, $"{key}: {position}");
                    Assert.True(report.Findings.All(finding => finding.Object == key || position >= 45), $"{key}: {position}");
                }

                await lake.Store.PutAsync(key, file, default);
            }
        }

        Assert.Empty((await VerifyAsync(lake)).Findings);
    }

    [Fact]
    public async Task A_branch_tag_or_commit_that_names_a_missing_snapshot_is_told()
    {
        var lake = await NewLakeAsync();
        var tip = await lake.TipAsync();
        await lake.EditAsync(builder => builder.CreateTag("v1", tip));
        await lake.Store.DeleteAsync(IcechunkPaths.Snapshot(tip), default);
        var finding = Assert.Single((await VerifyAsync(lake)).Findings);
        Assert.Equal((Severity.Error, IcechunkPaths.Snapshot(tip)), (finding.Severity, finding.Object));
        Assert.Equal("the file is missing. It is named by the branch 'main', the tag 'v1'.", finding.Problem);
    }

    [Fact]
    public async Task A_missing_log_or_manifest_is_named()
    {
        var lake = await NewLakeAsync();
        var tip = await lake.TipAsync();
        var manifest = IcechunkPaths.Manifest((await lake.NodeAsync("/moved/x")).Manifests[0].Manifest);
        await lake.Store.DeleteAsync(IcechunkPaths.TransactionLog(tip), default);
        await lake.Store.DeleteAsync(manifest, default);
        var findings = (await VerifyAsync(lake)).Findings;
        Assert.Contains(findings, finding => finding.Object == IcechunkPaths.TransactionLog(tip) && finding.Severity == Severity.Error);
        var ofManifest = Assert.Single(findings, finding => finding.Object == manifest);
        Assert.Equal(("/moved/x", 3, tip), (ofManifest.Path, ofManifest.Commits, ofManifest.Commit));
        Assert.Equal(2, findings.Count);
    }

    [Fact]
    public async Task What_a_snapshot_says_wrong_of_a_manifest_is_found()
    {
        var lake = await Lake.CreateAsync();
        var node = ObjectId8.New();
        var manifest = new ManifestWriter(ObjectId12.New());
        manifest.BeginArray(node);
        manifest.AddInline([0], "a"u8);
        manifest.AddInline([1], "b"u8);
        manifest.AddInline([7], "outside"u8);
        var file = manifest.Finish();
        await lake.Store.PutAsync(IcechunkPaths.Manifest(manifest.Id), file, default);
        await Foreign.CommitAsync(lake, writer =>
        {
            writer.AddManifestFile(new ManifestFile(manifest.Id, (ulong)file.Length - 1, 5));
            writer.AddNode(new NodeData(node, "/x", Icechunk.NodeKind.Array, Documents.Array([3], [1]))
            {
                Shape = [new DimensionShape(3, 3)],
                Manifests = [new ManifestReference(manifest.Id, [new ChunkIndexRange(0, 1)])],
            });
        });
        var problems = (await VerifyAsync(lake)).Findings.Select(finding => $"{finding.Severity}: {finding.Problem}").ToList();
        Assert.Equal(4, problems.Count);
        Assert.Contains($"Error: it has {file.Length} bytes, and a snapshot says {file.Length - 1}.", problems);
        Assert.Contains("Warning: it holds 3 references, and a snapshot says 5.", problems);
        Assert.Contains("Warning: 1 of its references lie outside of the array: nobody finds them.", problems);
        Assert.Contains("Error: 1 of its references lie outside of the extents: nobody looks there.", problems);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("zstd")]
    [InlineData("crc32c")]
    [InlineData("blosc")]
    public async Task A_chunk_that_was_damaged_is_found_by_decoding_it(string codec)
    {
        if (codec == "blosc" && !BloscCodec.IsAvailable)
        {
            return;
        }

        var bytes = new byte[2000];
        new Random(1).NextBytes(bytes);
        var encoded = codec switch
        {
            "gzip" => Gzip(bytes),
            "zstd" => Zstd(bytes),
            "blosc" => BloscCodec.Compress(bytes, "lz4", 5, 1, 1),
            _ => [.. bytes, .. Checksum(bytes)],
        };
        var lake = await LakeWithChunkAsync(Codecs(codec), encoded);
        Assert.Empty((await VerifyAsync(lake, deep: true)).Findings);

        var key = (await lake.KeysAsync("chunks/"))[0];
        // zstd and blosc have no checksum over the data: a byte of their headers.
        encoded[codec is "zstd" ? 1 : codec is "blosc" ? 4 : encoded.Length / 2] ^= 0xFF;
        await lake.Store.PutAsync(key, encoded, default);
        Assert.Empty((await VerifyAsync(lake)).Findings);
        var finding = Assert.Single((await VerifyAsync(lake, deep: true)).Findings);
        Assert.Equal((Severity.Error, key, "/x"), (finding.Severity, finding.Object, finding.Path));
        Assert.StartsWith("the chunk cannot be decoded: ", finding.Problem, StringComparison.Ordinal);
        Assert.Contains(codec, finding.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_chunk_of_the_wrong_size_is_found_by_decoding_it()
    {
        var lake = await LakeWithChunkAsync("""[{"name":"bytes"}]""", new byte[1999]);
        var finding = Assert.Single((await VerifyAsync(lake, deep: true)).Findings);
        Assert.Equal("the chunk cannot be decoded: it decodes to 1999 bytes, and a chunk has 2000.", finding.Problem);
    }

    [Fact]
    public async Task What_cannot_be_checked_is_counted_and_not_called_good()
    {
        var lake = await LakeWithChunkAsync("""[{"name":"bytes"},{"name":"our_own"}]""", new byte[100]);
        await Foreign.CommitArrayAsync(lake, "/v", [1], writer => writer.AddVirtual([0], "s3://bucket/key", 0, 10));
        var report = await VerifyAsync(lake, deep: true);
        Assert.Empty(report.Findings);
        Assert.Equal(0, report.DecodedChunks);
        Assert.Equal(["the codec our_own is not known", "virtual chunks are not read"], report.NotChecked.Keys);
        Assert.Equal(1, report.VirtualChunks);
    }

    [Fact]
    public async Task Only_what_led_to_a_commit_is_looked_at_if_one_is_named()
    {
        var lake = await NewLakeAsync();
        var tip = await lake.TipAsync();
        var first = (await lake.Repository.ReferencesAsync(default)).Ancestry(tip).Last().Id;
        await lake.Store.DeleteAsync(IcechunkPaths.Snapshot(tip), default);
        var report = await RepositoryVerification.RunAsync(lake.Store, new VerificationOptions([first]), null, default);
        Assert.Empty(report.Findings);
        Assert.Equal(1, report.Snapshots);
        Assert.NotEmpty((await VerifyAsync(lake)).Findings);
    }

    [Fact]
    public async Task There_is_nothing_to_verify_where_there_is_no_repository() => Assert.Equal(
        RepositoryErrorKind.NotFound,
        (await Assert.ThrowsAsync<RepositoryException>(() => RepositoryVerification.RunAsync(new MemoryObjectStore(), new(), null, default))).Kind);

    private static async Task<VerificationReport> VerifyAsync(Lake lake, bool deep = false)
    {
        var last = default(VerificationProgress);
        var report = await RepositoryVerification.RunAsync(lake.Store, new VerificationOptions(null, deep), new Last(value => last = value), default);
        Assert.True(last.Done <= last.Total);
        return report;
    }

    /// <summary>Five commits: chunks in files and manifests, one overwritten, one deleted, an array moved.</summary>
    private static async Task<Lake> NewLakeAsync()
    {
        var lake = await Lake.CreateAsync();
        var array = default(ObjectId8);
        var group = default(ObjectId8);
        var first = await PutAsync(lake, _chunk);
        var second = await PutAsync(lake, _chunk);
        await lake.CommitAsync(changes =>
        {
            changes.AddGroup("/");
            group = changes.AddGroup("/moved");
            array = changes.AddArray("/x", [6000], [2000]);
            changes.Put(array, first, 0);
        });
        await lake.CommitAsync(changes => changes.Put(array, second, 1));
        await lake.CommitAsync(changes =>
        {
            var small = changes.AddArray("/small", [2], [1]);
            changes.PutText(small, "a", 0);
            changes.PutText(small, "b", 1);
        });
        await lake.CommitAsync(changes => changes.Moves.Add(array, "/moved/x"));
        return lake;
    }

    private static async Task<Lake> LakeWithChunkAsync(string codecs, byte[] chunk)
    {
        var lake = await Lake.CreateAsync();
        var document = Encoding.UTF8.GetString(Documents.Array([2000], [2000]));
        var from = document.IndexOf("\"codecs\"", StringComparison.Ordinal);
        var to = document.IndexOf("\"attributes\"", StringComparison.Ordinal);
        document = $"{document[..from]}\"codecs\": {codecs}, {document[to..]}";
        var payload = await PutAsync(lake, chunk);
        await lake.CommitAsync(changes =>
        {
            var id = ObjectId8.New();
            changes.NewNodes.Add(new NewNode(id, "/x", NodeKind.Array, Encoding.UTF8.GetBytes(document)));
            changes.Put(id, payload, 0);
        });
        return lake;
    }

    private static async Task<ChunkPayload.Native> PutAsync(Lake lake, byte[] bytes)
    {
        var id = ObjectId12.New();
        await lake.Store.PutAsync(IcechunkPaths.Chunk(id), bytes, default);
        return new ChunkPayload.Native(id, bytes.Length);
    }

    private static string Codecs(string codec) => $$"""[{"name":"bytes"},{"name":"{{codec}}"}]""";

    private static byte[] Gzip(byte[] bytes)
    {
        using var output = new MemoryStream();
        using (var stream = new GZipStream(output, CompressionLevel.Fastest))
        {
            stream.Write(bytes);
        }

        return output.ToArray();
    }

    private static byte[] Zstd(byte[] bytes)
    {
        var output = new ArrayBufferWriter<byte>();
        ZstdCodec.Compress(bytes, 3, output);
        return output.WrittenSpan.ToArray();
    }

    private static byte[] Checksum(byte[] bytes)
    {
        var crc = bytes.Aggregate(uint.MaxValue, System.Numerics.BitOperations.Crc32C);
        return BitConverter.GetBytes(~crc);
    }

    private sealed class Last(Action<VerificationProgress> keep) : IProgress<VerificationProgress>
    {
        public void Report(VerificationProgress value) => keep(value);
    }
}
